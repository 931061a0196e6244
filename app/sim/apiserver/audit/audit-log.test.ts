import { afterEach, beforeEach, expect, it } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { createTestApiServer, type TestApiServer } from '../testing.ts';
import type { AuditEvent } from './events.ts';

const FACTS = '/work/shared/kubernetes/audit/configmap.jsonl';

let api: TestApiServer;
let before = 0;

beforeEach(async () => {
  api = await createTestApiServer();
  before = api.server.audit.written;
});
afterEach(() => api.dispose());

const events = (): AuditEvent[] => api.server.audit.since(before);
const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, query: Record<string, string> = {}, body?: object): Promise<unknown> =>
  api.admin.send({ method, path, query, body, cause: [], ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}) }).catch(() => undefined);

it('tells of each request when it comes and when it is answered', async () => {
  await send('POST', '/api/v1/namespaces/default/configmaps', { fieldManager: 'kubectl-create' }, { metadata: { name: 'app' } });
  const [received, complete] = events();
  expect(received).toMatchObject({ kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', stage: 'RequestReceived', objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' } });
  expect(received!.responseStatus).toBeUndefined();
  expect(complete).toEqual({
    kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: received!.auditID, stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/configmaps?fieldManager=kubectl-create', verb: 'create',
    user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, sourceIPs: ['127.0.0.1'], userAgent: 'kubectl/v1.35.2',
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'app', apiVersion: 'v1' }, responseStatus: { metadata: {}, code: 201 },
    requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z', stageTimestamp: '2026-01-01T00:00:00.000000Z',
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
});

it('says why somebody was refused', async () => {
  const bob = api.transport({ part: 'you', user: { name: 'bob', groups: ['system:authenticated'] }, userAgent: 'kubectl/v1.35.2' });
  await bob.send({ method: 'GET', path: '/api/v1/secrets', cause: [] }).catch(() => undefined);
  expect(events().at(-1)).toMatchObject({
    stage: 'ResponseComplete', user: { username: 'bob' }, annotations: { 'authorization.k8s.io/decision': 'forbid' },
    responseStatus: { metadata: {}, status: 'Failure', reason: 'Forbidden', code: 403, message: expect.stringContaining('User "bob" cannot list resource "secrets"') },
  });
});

it('shows a watch from its start to its end, and forgets the oldest', async () => {
  const abort = new AbortController();
  const watch = api.admin.watch({ method: 'GET', path: '/api/v1/pods', query: { watch: 'true' }, cause: [] }, abort.signal)[Symbol.asyncIterator]();
  const first = watch.next().catch(() => undefined);
  await api.clock.advance(0);
  expect(events().map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted']);
  abort.abort();
  await first;
  expect(events().at(-1)).toMatchObject({ stage: 'ResponseComplete', verb: 'watch', responseStatus: { code: 200 } });
  for (let index = 0; index < 2_048; index++) await send('GET', '/version');
  expect(events()).toHaveLength(4_096);
});

it.skipIf(!existsSync(FACTS))('is what a real server was seen to write', async () => {
  await send('POST', '/api/v1/namespaces', {}, { metadata: { name: 'path' } });
  const recorded = readFileSync(FACTS, 'utf8').split('\n').filter(Boolean).slice(1).map((line) => JSON.parse(line) as { verb: string; uri: string; user: string; code: number; request?: object; stage: string }).filter(({ user, stage }) => user === 'admin' && stage === 'ResponseComplete');
  before = api.server.audit.written;
  const methods = { create: 'POST', get: 'GET', patch: 'PATCH', delete: 'DELETE', list: 'GET' } as const;
  for (const { verb, uri, request } of recorded) {
    const [path, search = ''] = uri.split('?') as [string, string?];
    await send(methods[verb as keyof typeof methods], path, Object.fromEntries(new URLSearchParams(search)), verb === 'delete' ? undefined : request);
  }
  expect(events().filter(({ stage }) => stage === 'ResponseComplete').map(({ verb, requestURI, responseStatus }) => [verb, requestURI, responseStatus?.code])).toEqual(recorded.map(({ verb, uri, code }) => [verb, uri, code]));
});
