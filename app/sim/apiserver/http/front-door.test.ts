import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCertificates, type ClusterCertificates } from '../pki/pki.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

let api: TestApiServer;
let certificates: ClusterCertificates;
let foreign: ClusterCertificates;
let port: number;
beforeAll(async () => {
  api = await createTestApiServer();
  [certificates, foreign] = await Promise.all([makeCertificates(api.clock.now()), makeCertificates(api.clock.now())]);
  port = await api.server.listen({ host: '127.0.0.1', port: 0, certificates });
});
afterAll(() => api.dispose());

async function ask(method: string, path: string, options: RequestOptions = {}, body?: object | string): Promise<number> {
  const sent = request({ host: '127.0.0.1', port, method, path, agent: false, ca: certificates.authority.certificate, ...options, headers: { 'content-type': 'application/json', ...options.headers } });
  // Who is refused while he still sends may find the connection cut.
  sent.on('error', () => {});
  sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode!;
}

/** Who shows nothing is anonymous, and may nothing; who shows what is not of this cluster is told so. */
const STRANGERS: readonly [string, 401 | 403, () => RequestOptions][] = [
  ['nobody: no certificate at all', 403, () => ({})],
  ['an administrator of another cluster', 401, () => ({ cert: foreign.admin.certificate, key: foreign.admin.key })],
  ['an invented token', 401, () => ({ headers: { authorization: 'Bearer x.y.z' } })],
  ['a password', 401, () => ({ headers: { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` } })],
  ['headers of a proxy', 403, () => ({ headers: { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters', 'x-forwarded-for': '127.0.0.1' } })],
  ['somebody who says whom he is', 403, () => ({ headers: { 'impersonate-user': 'kubernetes-admin', 'impersonate-group': 'system:masters' } })],
];

it.each(STRANGERS)('%s gets nothing and changes nothing', async (_, code, options) => {
  const before = api.store.revision;
  const asked = [
    await ask('GET', '/api/v1/secrets', options()), await ask('GET', '/api/v1/namespaces?watch=true', options()), await ask('GET', '/apis', options()), await ask('GET', '/metrics', options()),
    await ask('POST', '/api/v1/namespaces', options(), { metadata: { name: 'theirs' } }), await ask('DELETE', '/api/v1/namespaces/default', options()),
    await ask('GET', '/api/v1/namespaces/default/pods/x/exec?command=sh&stdin=true', { ...options(), headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'AA==', 'sec-websocket-version': '13', ...options().headers } }),
  ];
  expect(asked).toEqual(asked.map(() => code));
  expect(api.store.revision).toBe(before);
});

it('answers its own administrator, and tells a stranger only that it is well', async () => {
  expect(await ask('GET', '/api/v1/secrets', { cert: certificates.admin.certificate, key: certificates.admin.key })).toBe(200);
  expect(await ask('GET', '/readyz')).toBe(200);
});

it.each([
  ['POST', '/api/v1/namespaces/default/configmaps'],
  ['PATCH', '/api/v1/namespaces/default'],
])('%s of more than 3 MiB is too large, and nothing changes', async (method, path) => {
  const before = api.store.revision;
  const { certificate: cert, key } = certificates.admin;
  const body = JSON.stringify({ metadata: { name: 'big', annotations: { big: 'x'.repeat(3 * 1024 * 1024) } } });
  expect(await ask(method, path, { cert, key, headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } }, body)).toBe(413);
  expect(api.store.revision).toBe(before);
});

it('listens on this machine alone', () => expect(api.server.address).toBe(`127.0.0.1:${port}`));
