import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusError } from '../../machinery/status.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

type Json = Record<string, any>;

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SCHEMA = {
  type: 'object',
  properties: {
    spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 }, colour: { type: 'string', default: 'red' } } },
    status: { type: 'object', properties: { ok: { type: 'boolean' }, n: { type: 'integer' } } },
  },
};

function widgets(changes: Json = {}): Json {
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: SCHEMA }, subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.n' } } }],
      ...changes,
    },
  };
}

describe('custom resources', () => {
  let api: TestApiServer;
  const send = async (method: string, path: string, body?: unknown, query: Record<string, string> = {}, contentType?: string): Promise<Json> =>
    (await api.admin.send<Json>({ method: method as never, path, body: method === 'POST' && path.endsWith('/widgets') ? { kind: 'Widget', ...(body as Json) } : body, query, cause: [], ...(contentType ? { contentType } : {}) })).body;
  const refusal = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'accepted', (error: StatusError) => error.message);
  /** Lets the loops inside the API server work. */
  const settle = async (): Promise<void> => api.clock.advance(1_000);
  const path = '/apis/example.com/v1/namespaces/default/widgets';

  beforeEach(async () => {
    api = await createTestApiServer({ loops: true });
  });
  afterEach(() => api.dispose());

  it('come with their definition and go with it, instances first', async () => {
    expect(await refusal(send('GET', path))).toBe('the server could not find the requested resource');
    await send('POST', CRDS, widgets());
    await settle();
    const crd = await send('GET', `${CRDS}/widgets.example.com`);
    expect(crd['status'].conditions.map((condition: Json) => [condition['type'], condition['status'], condition['reason']])).toEqual([['NamesAccepted', 'True', 'NoConflicts'], ['Established', 'True', 'InitialNamesAccepted']]);
    expect(crd['status'].acceptedNames).toEqual({ plural: 'widgets', singular: 'widget', shortNames: ['wd'], kind: 'Widget', listKind: 'WidgetList' });

    const made = await send('POST', path, { metadata: { name: 'a', finalizers: ['example.com/hold'] }, spec: { size: 2, nope: 1 } });
    expect(Object.keys(made)).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(made['spec']).toEqual({ colour: 'red', size: 2 });
    expect(await send('GET', path)).toMatchObject({ kind: 'WidgetList', items: [{ metadata: { name: 'a' } }] });

    await send('DELETE', `${CRDS}/widgets.example.com`);
    await settle();
    expect(await refusal(send('POST', path, { metadata: { name: 'late' }, spec: { size: 1 } }))).toBe('widgets.example.com "late" is forbidden: create not allowed while custom resource definition is terminating');
    expect((await send('GET', `${path}/a`))['metadata'].deletionTimestamp).toBeDefined();
    await send('PATCH', `${path}/a`, { metadata: { finalizers: null } }, {}, 'application/merge-patch+json');
    await api.clock.advance(6_000);
    expect(await refusal(send('GET', `${CRDS}/widgets.example.com`))).toContain('not found');
    expect(await refusal(send('GET', path))).toBe('the server could not find the requested resource');
  });

  it('are refused in the words of a real server, and only what changed is judged again', async () => {
    await send('POST', CRDS, widgets());
    await settle();
    expect(await refusal(send('POST', path, { metadata: { name: 'b' } , spec: { size: 0 } }))).toBe('Widget.example.com "b" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1');
    expect(await refusal(send('POST', path, { metadata: { name: 'b' }, spec: {} }))).toBe('Widget.example.com "b" is invalid: spec.size: Required value');
    expect(await refusal(send('POST', path, { metadata: { name: 'b' }, spec: { size: 1, x: 1 } }, { fieldValidation: 'Strict' }))).toBe('Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.x"');
    expect(await refusal(send('PATCH', `${path}/b`, {}, {}, 'application/strategic-merge-patch+json'))).toContain('application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
    await send('POST', path, { metadata: { name: 'b' }, spec: { size: 1 } });
    const narrowed = structuredClone(widgets());
    narrowed['spec'].versions[0].schema.openAPIV3Schema.properties.spec.properties.size.minimum = 5;
    const crd = await send('GET', `${CRDS}/widgets.example.com`);
    await send('PUT', `${CRDS}/widgets.example.com`, { ...crd, spec: { ...crd['spec'], versions: narrowed['spec'].versions } });
    expect(await send('PATCH', `${path}/b`, { spec: { colour: 'blue' } }, {}, 'application/merge-patch+json')).toMatchObject({ spec: { colour: 'blue', size: 1 }, metadata: { generation: 2 } });
  });

  it('have status and scale', async () => {
    await send('POST', CRDS, widgets());
    await settle();
    const made = await send('POST', path, { metadata: { name: 'c' }, spec: { size: 3 }, status: { n: 9 } });
    expect(made['status']).toBeUndefined();
    const written = await send('PUT', `${path}/c/status`, { ...made, spec: { size: 7 }, status: { n: 2 } });
    expect([written['spec'].size, written['status'].n, written['metadata'].generation]).toEqual([3, 2, 1]);
    expect(await send('GET', `${path}/c/scale`)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 }, status: { replicas: 2 } });
    await send('PATCH', `${path}/c/scale`, { spec: { replicas: 5 } }, {}, 'application/merge-patch+json');
    expect((await send('GET', `${path}/c`))['spec'].size).toBe(5);
  });

  it('merge lists with keys and tell who owns what', async () => {
    const list = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, v: { type: 'integer', default: 7 } } } };
    await send('POST', CRDS, widgets({ versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { list } } } } } }] }));
    await settle();
    const apply = (manager: string, items: Json[]): Promise<Json> => send('PATCH', `${path}/d`, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'd' }, spec: { list: items } }, { fieldManager: manager }, 'application/apply-patch+yaml');
    await apply('one', [{ name: 'a' }]);
    const merged = await apply('two', [{ name: 'b', v: 1 }]);
    expect(merged['spec'].list).toEqual([{ name: 'a', v: 7 }, { name: 'b', v: 1 }]);
    expect(merged['metadata'].managedFields.map((entry: Json) => entry['fieldsV1'])).toContainEqual({ 'f:spec': { 'f:list': { 'k:{"name":"b"}': { '.': {}, 'f:name': {}, 'f:v': {} } } } });
    expect(await refusal(apply('three', [{ name: 'c', w: 1 }]))).toBe('failed to create typed patch object (/d; example.com/v1, Kind=Widget): .spec.list[name="c"].w: field not declared in schema');
  });

  it('may not take names that another has', async () => {
    await send('POST', CRDS, widgets());
    await settle();
    await send('POST', CRDS, { metadata: { name: 'gadgets.example.com' }, spec: { ...widgets()['spec'], names: { plural: 'gadgets', kind: 'Gadget', shortNames: ['wd'] } } });
    await settle();
    const conditions = async (): Promise<string[]> => (await send('GET', `${CRDS}/gadgets.example.com`))['status'].conditions.map((condition: Json) => `${condition['type']}=${condition['status']} ${condition['reason']}`);
    expect(await conditions()).toEqual(['NamesAccepted=False ShortNamesConflict', 'Established=False NotAccepted']);
    await send('DELETE', `${CRDS}/widgets.example.com`);
    await settle();
    expect(await conditions()).toEqual(['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
  });
});
