import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../contracts/k8s/index.ts';
import type { FieldSchema, Schemas, TypeSchema } from '../schema.ts';
import { applyServerSide, recordUpdate, STATUS_FIELDS } from './index.ts';

const type = (name: string, fields: Record<string, FieldSchema>): TypeSchema => ({ name, fields, required: [] });
const string: FieldSchema = { type: 'string' };
const strings: FieldSchema = { type: 'map', items: string };
const types = [
  type('Deployment', {
    apiVersion: string, kind: string,
    metadata: { type: 'ref', ref: 'Meta', always: true },
    spec: { type: 'ref', ref: 'Spec', always: true },
    status: { type: 'ref', ref: 'Status', always: true },
    data: strings,
  }),
  type('Meta', { name: string, namespace: string, uid: string, resourceVersion: string, labels: strings, annotations: strings, managedFields: { type: 'array', items: { type: 'any' } } }),
  type('Spec', {
    replicas: { type: 'integer' },
    selector: { type: 'ref', ref: 'Selector' },
    containers: { type: 'array', items: { type: 'ref', ref: 'Container' }, listType: 'map', listMapKeys: ['name'], always: true },
    args: { type: 'array', items: string, listType: 'atomic' },
    finalizers: { type: 'array', items: string, listType: 'set' },
  }),
  { ...type('Selector', { matchLabels: strings }), mapType: 'atomic' as const },
  type('Container', {
    name: string, image: string,
    ports: { type: 'array', items: { type: 'ref', ref: 'Port' }, listType: 'map', listMapKeys: ['containerPort', 'protocol'] },
    resources: { type: 'ref', ref: 'Resources', always: true },
  }),
  type('Resources', { limits: strings }),
  type('Port', { containerPort: { type: 'integer' }, protocol: { ...string, default: 'TCP' } }),
  type('Status', { ready: { type: 'integer' } }),
];
const schemas: Schemas = { get: (name) => types.find((candidate) => candidate.name === name), names: [] };
type Json = Record<string, unknown>;
const T0 = Date.UTC(2026, 0, 1);
const base = { typeName: 'Deployment', schemas, apiVersion: 'apps/v1', subresource: '', now: T0 };
const withManagers = (object: Json, managedFields: ManagedFieldsEntry[] | undefined): Json => ({
  ...object,
  metadata: { ...(object['metadata'] as Json), ...(managedFields ? { managedFields } : {}) },
});
const update = (before: Json | undefined, after: Json, manager: string, more: object = {}): Json =>
  withManagers(after, recordUpdate({ ...base, before, after, manager, ...more }));
const apply = (live: Json | undefined, configuration: Json, manager = 'me', force = false): Json => {
  const { object, managedFields } = applyServerSide({ ...base, live, configuration, manager, force });
  return withManagers(object, managedFields);
};
const fieldsOf = (object: Json): Json =>
  Object.fromEntries(((object['metadata'] as { managedFields?: ManagedFieldsEntry[] }).managedFields ?? []).map((entry) => [`${entry.manager}/${entry.operation}${entry.subresource ? `/${entry.subresource}` : ''}`, entry.fieldsV1]));
const meta = { name: 'd', uid: 'u' };

describe('recordUpdate', () => {
  const created = update(undefined, {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...meta, labels: { app: 'web' } },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, containers: [{ name: 'c', image: 'nginx', resources: {}, ports: [{ containerPort: 80 }] }] }, status: {},
  }, 'kubectl-create', { reset: STATUS_FIELDS });

  it('owns on create what was set: new maps with a dot, always-written structs without, atomic ones as one leaf', () => {
    expect(fieldsOf(created)).toEqual({
      'kubectl-create/Update': {
        'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
        'f:spec': {
          'f:replicas': {}, 'f:selector': {},
          'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:resources': {}, 'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } } } },
        },
      },
    });
  });

  it('moves a changed field to the writer and leaves everything alone when nothing changed', () => {
    const scaled = update(created, { ...created, spec: { ...(created['spec'] as Json), replicas: 3 } }, 'kubectl', { subresource: 'scale', now: undefined });
    expect(fieldsOf(scaled)['kubectl/Update/scale']).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(JSON.stringify(fieldsOf(scaled)['kubectl-create/Update'])).not.toContain('f:replicas');
    const entries = (scaled['metadata'] as { managedFields: ManagedFieldsEntry[] }).managedFields;
    expect(entries[0]).toMatchObject({ manager: 'kubectl', subresource: 'scale' });
    expect(entries[0]).not.toHaveProperty('time');
    expect(update(scaled, scaled, 'other', { now: T0 + 5_000 })).toEqual(scaled);
  });

  it('forgets removed fields and managers without fields, and all of them on request', () => {
    const data = update(undefined, { metadata: meta, spec: {}, status: {}, data: { a: '1' } }, 'one');
    const gone = update(data, { ...data, data: undefined } as Json, 'two');
    expect((gone['metadata'] as Json)['managedFields']).toEqual((data['metadata'] as Json)['managedFields']);
    expect(recordUpdate({ ...base, before: data, after: { ...data, data: undefined }, manager: 'two' })).toBeUndefined();
    expect(recordUpdate({ ...base, before: data, after: { ...data, metadata: { ...meta, managedFields: [{}] } }, manager: 'two' })).toBeUndefined();
  });

  it('merges the oldest updaters beyond ten', () => {
    let object = update(undefined, { metadata: meta, spec: {}, status: {}, data: {} }, 'm0');
    for (let i = 0; i < 13; i++) object = update(object, { ...object, data: { ...(object['data'] as Json), [`k${i}`]: 'v' } }, `m${i}`, { now: T0 + i * 1000 });
    const names = Object.keys(fieldsOf(object));
    expect(names).toHaveLength(10);
    expect(names[0]).toBe('ancient-changes/Update');
  });
});

describe('applyServerSide', () => {
  const configuration = (data: Json, more: Json = {}): Json => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, data, ...more });

  it('creates, co-owns equal values, and removes what is no longer named unless somebody else owns it', () => {
    const first = apply(undefined, configuration({ a: '1', b: '2' }));
    expect(fieldsOf(first)).toEqual({ 'me/Apply': { 'f:data': { 'f:a': {}, 'f:b': {} } } });
    const both = apply(first, configuration({ b: '2' }), 'you');
    const less = apply(both, configuration({ c: '3' }));
    expect(less['data']).toEqual({ b: '2', c: '3' });
  });

  it('refuses to change what others own, names them, and takes it by force', () => {
    const live = update(undefined, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta, spec: {}, status: {}, data: { a: '1', b: '1' } }, 'facts');
    expect(() => apply(live, configuration({ a: '2' }))).toThrow('Apply failed with 1 conflict: conflict with "facts" using apps/v1: .data.a');
    expect(() => apply(live, configuration({ a: '2', b: '2' }))).toThrow('Apply failed with 2 conflicts: conflicts with "facts" using apps/v1:\n- .data.a\n- .data.b');
    const forced = apply(live, configuration({ a: '2' }), 'me', true);
    expect(fieldsOf(forced)).toEqual({ 'me/Apply': { 'f:data': { 'f:a': {} } }, 'facts/Update': { 'f:data': { '.': {}, 'f:b': {} } } });
  });

  it('merges list items by key and removes an item with its defaulted fields', () => {
    const spec = (containers: Json[]): Json => configuration({}, { spec: { containers } });
    const first = apply(undefined, spec([{ name: 'a', image: '1' }, { name: 'b', image: '1' }]));
    const defaulted = { ...first, spec: { containers: [{ name: 'a', image: '1', resources: {} }, { name: 'b', image: '1', resources: {} }] } };
    const second = apply(defaulted, spec([{ name: 'b', image: '2' }]));
    expect((second['spec'] as Json)['containers']).toEqual([{ name: 'b', image: '2', resources: {} }]);
  });

  it('takes over from client-side apply without force when the manager is kubectl', () => {
    const annotation = JSON.stringify(configuration({ a: '1' }));
    const live = update(undefined, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...meta, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': annotation } }, spec: {}, status: {}, data: { a: '1' } }, 'kubectl-client-side-apply');
    expect((apply(live, configuration({ a: '2' }), 'kubectl')['data'] as Json)['a']).toBe('2');
    expect(() => apply(live, configuration({ a: '2' }), 'someone')).toThrow('conflict');
  });

  it.each([
    [{ nope: 1 }, 'failed to create typed patch object (/d; apps/v1, Kind=Deployment): .nope: field not declared in schema'],
    [{ spec: { replicas: 'x' } }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ spec: { containers: [{ name: 'a' }, { name: 'a' }] } }, '.spec.containers: duplicate entries for key [name="a"]'],
  ])('refuses %j', (more, message) => expect(() => apply(undefined, configuration({}, more))).toThrow(message));

  it('changes nothing, time included, when applied again', () => {
    const first = apply(undefined, configuration({ a: '1' }));
    const { managedFields } = applyServerSide({ ...base, now: T0 + 9_000, live: first, configuration: configuration({ a: '1' }), manager: 'me', force: false });
    expect(managedFields).toEqual((first['metadata'] as Json)['managedFields']);
  });
});
