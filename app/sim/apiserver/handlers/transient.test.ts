import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

type Json = Record<string, any>;

let api: TestApiServer;

beforeEach(async () => {
  api = await createTestApiServer();
  await api.admin.send({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body: { metadata: { name: 'default' } }, cause: [] });
});
afterEach(() => api.dispose());

async function send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json, query?: Record<string, string>): Promise<Json> {
  return api.admin.send<Json>({ method, path, body, cause: [], ...(query ? { query } : {}) }).then((answer) => answer.body, (error: { status: Json }) => error.status);
}

describe('component statuses', () => {
  it('are asked after, not stored', async () => {
    const list = await send('GET', '/api/v1/componentstatuses');
    expect(list['metadata']).toEqual({});
    expect(list['items'].map(({ metadata, conditions }: Json) => [metadata.name, conditions[0].status])).toEqual([['etcd-0', 'True'], ['controller-manager', 'True'], ['scheduler', 'True']]);
    expect(await send('GET', '/api/v1/componentstatuses/scheduler')).toMatchObject({ kind: 'ComponentStatus', conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] });
  });

  it.each([
    ['GET', '/api/v1/componentstatuses/nobody', 500, 'Component not found: nobody'],
    ['DELETE', '/api/v1/componentstatuses/scheduler', 405, 'the server does not allow this method on the requested resource'],
    ['POST', '/api/v1/componentstatuses', 405, 'the server does not allow this method on the requested resource'],
  ] as const)('%s %s is refused', async (method, path, code, message) => {
    expect(await send(method, path)).toMatchObject({ code, message });
  });
});

describe('bindings', () => {
  const pod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
  const binding = (name: string, target: Json = { kind: 'Node', name: 'worker-1' }): Json => ({ metadata: { name }, target });

  it('tie a Pod to a node, by its own path or by the namespace', async () => {
    for (const [name, path] of [['a', 'pods/a/binding'], ['b', 'bindings']] as const) {
      await send('POST', '/api/v1/namespaces/default/pods', { ...pod, metadata: { name } });
      expect(await send('POST', `/api/v1/namespaces/default/${path}`, binding(name))).toMatchObject({ status: 'Success', code: 201 });
      expect((await send('GET', `/api/v1/namespaces/default/pods/${name}`))['spec'].nodeName).toBe('worker-1');
    }
  });

  it.each([
    ['another name', binding('q'), 400, 'name in URL does not match name in Binding object'],
    ['no target', binding('web', {}), 500, 'target.name: Required value'],
    ['no node', binding('web', { kind: 'Pod', name: 'x' }), 500, 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'],
  ])('with %s are refused', async (_, body, code, message) => {
    await send('POST', '/api/v1/namespaces/default/pods', pod);
    expect(await send('POST', '/api/v1/namespaces/default/pods/web/binding', body)).toMatchObject({ code, message });
  });

  it('can only be created', async () => {
    expect(await send('GET', '/api/v1/namespaces/default/bindings')).toMatchObject({ code: 405 });
  });
});
