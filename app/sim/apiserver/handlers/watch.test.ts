import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeCertificates } from '../pki/pki.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

let api: TestApiServer;
beforeEach(async () => void (api = await createTestApiServer()));
afterEach(() => api.dispose());

const make = (name: string): Promise<unknown> => api.admin.send({ method: 'POST', path: MAPS, body: { metadata: { name } }, cause: [] });

/** What a watch with bookmarks brings, and after how many seconds. */
function watch(query: Record<string, string>): string[] {
  const seen: string[] = [];
  const startedAt = api.clock.now();
  const said = (words: string): unknown => seen.push(`${Math.round((api.clock.now() - startedAt) / 1000)}s ${words}`);
  const events = api.admin.watch({ method: 'GET', path: MAPS, query: { allowWatchBookmarks: 'true', ...query }, cause: [] }, new AbortController().signal);
  void (async () => {
    for await (const { type, object } of events) said(`${type} ${object.metadata.annotations?.['k8s.io/initial-events-end'] ? 'initial' : (object.metadata.name ?? '')}`.trim());
    said('end');
  })().catch((error: Error) => said(error.message));
  return seen;
}

it.each([
  ['each minute and shortly before the end', { timeoutSeconds: '80', resourceVersion: 'now' }, ['0s ADDED new', '61s BOOKMARK', '79s BOOKMARK', '80s end']],
  ['not for a watch that ends at once', { timeoutSeconds: '2', resourceVersion: 'now' }, ['0s ADDED new', '2s end']],
  ['soon after the initial events too', { timeoutSeconds: '30', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }, ['0s ADDED old', '0s BOOKMARK initial', '0s ADDED new', '1s BOOKMARK', '29s BOOKMARK', '30s end']],
])('bookmarks come %s', async (_, query, expected) => {
  await make('old');
  const seen = watch('resourceVersion' in query ? { ...query, resourceVersion: String(api.store.revision) } : query);
  await api.clock.advance(1);
  await make('new');
  await api.clock.advance(90_000);
  expect(seen).toEqual(expected);
});

it('brings no bookmark while nothing happened', async () => {
  const seen = watch({ timeoutSeconds: '80', resourceVersion: String(api.store.revision) });
  await api.clock.advance(90_000);
  expect(seen).toEqual(['80s end']);
});

it('from what is forgotten is let in, and told so in its stream', async () => {
  const certificates = await makeCertificates(api.clock.now());
  const port = await api.server.listen({ host: '127.0.0.1', port: 0, certificates });
  await make('busy');
  for (let change = 0; change < 4_100; change++) {
    await api.admin.send({ method: 'PATCH', path: `${MAPS}/busy`, body: { data: { change: String(change) } }, contentType: 'application/merge-patch+json', cause: [] });
  }
  const { certificate: cert, key } = certificates.admin;
  const answerOf = async (accept: string): Promise<[number | undefined, string]> => {
    const sent = request({ host: '127.0.0.1', port, path: `${MAPS}?watch=true&resourceVersion=1`, agent: false, ca: certificates.authority.certificate, cert, key, headers: { accept } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return [answer.statusCode, Buffer.concat(await answer.toArray()).toString()];
  };
  for (const accept of ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
    const [code, body] = await answerOf(accept);
    expect([code, JSON.parse(body)]).toMatchObject([200, { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/) } }]);
  }
  expect((await answerOf('application/vnd.kubernetes.protobuf'))[1]).toMatch(/ERROR[^]*too old resource version: 1/);
});
