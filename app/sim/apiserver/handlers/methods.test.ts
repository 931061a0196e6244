import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

type Json = Record<string, any>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let api: TestApiServer;
const created: Json[] = [];

async function send(method: Method, path: string, query: Record<string, string> = {}, body?: Json): Promise<Json> {
  return api.admin.send<Json>({ method, path, query, body, cause: [] }).then((answer) => answer.body, (error: { status: Json }) => error.status);
}

beforeAll(async () => {
  api = await createTestApiServer();
  for (const name of ['a', 'b', 'c']) created.push(await send('POST', '/api/v1/namespaces/default/configmaps', {}, { metadata: { name }, data: { key: name } }));
});
afterAll(() => api.dispose());

describe('methods that no route has', () => {
  it.each([
    ['DELETE', '/apis/apps/v1/namespaces/default/deployments/d/status'], ['POST', '/apis/apps/v1/namespaces/default/deployments/d/scale'], ['GET', '/api/v1/namespaces/default/pods/p/eviction'],
    ['POST', '/api/v1/configmaps'], ['DELETE', '/api/v1/namespaces'], ['DELETE', '/api/v1/configmaps'], ['POST', '/version'], ['POST', '/apis/apps/v1'],
  ] as const)('%s %s: 405, and nothing is changed', async (method, path) => {
    const before = api.store.revision;
    expect(await send(method, path, {}, { metadata: { name: 'x' } })).toMatchObject({ code: 405, message: 'the server does not allow this method on the requested resource' });
    expect(api.store.revision).toBe(before);
  });

  it.each([['/api/v1/namespaces/default/configmaps/%2e%2e', 400], ['/api/v1/namespaces/default/configmaps/a%2Fb', 404], ['/api/v1//configmaps', 404], ['/apis/apps/v9/deployments', 404]])('GET %s: %i', async (path, code) => {
    expect(await send('GET', path)).toMatchObject({ code });
  });
});

describe('versions of a list', () => {
  const at = (index: number): string => created[index]!['metadata'].resourceVersion as string;
  const names = (list: Json): string[] => (list['items'] as Json[]).map(({ metadata }) => metadata.name as string);
  const list = (query: Record<string, string>): Promise<Json> => send('GET', '/api/v1/namespaces/default/configmaps', query);

  it('is the newest, unless one is wanted exactly', async () => {
    expect(names(await list({ resourceVersion: at(0), resourceVersionMatch: 'NotOlderThan' }))).toEqual(['a', 'b', 'c']);
    const exact = await list({ resourceVersion: at(1), resourceVersionMatch: 'Exact' });
    expect([names(exact), exact['metadata'].resourceVersion]).toEqual([['a', 'b'], at(1)]);
    expect(names(await list({ resourceVersion: at(1), limit: '5' }))).toEqual(['a', 'b']);
  });

  it.each([
    [{ resourceVersion: 'abc' }, 400, 'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'],
    [{ resourceVersionMatch: 'Exact' }, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    [{ resourceVersion: '0', resourceVersionMatch: 'Exact' }, 422, 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
    [{ resourceVersion: '99999' }, 504, expect.stringContaining('Too large resource version: 99999')],
  ])('%j: %i', async (query, code, message) => expect(await list(query as Record<string, string>)).toMatchObject({ code, message }));

  it('is gone once it was compacted', async () => {
    const page = await list({ limit: '1' });
    await send('POST', '/api/v1/namespaces/default/configmaps', {}, { metadata: { name: 'd' } });
    api.store.compact(api.store.revision);
    expect(await list({ resourceVersion: at(1), resourceVersionMatch: 'Exact' })).toMatchObject({ code: 410, reason: 'Expired', message: 'The resourceVersion for the provided list is too old.' });
    const expired = await list({ limit: '1', continue: page['metadata'].continue as string });
    expect(expired).toMatchObject({ code: 410, reason: 'Expired' });
    expect(names(await list({ continue: expired['metadata'].continue as string }))).toEqual(['b', 'c', 'd']);
  });
});
