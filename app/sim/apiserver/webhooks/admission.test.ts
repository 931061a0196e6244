import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatusError } from '../../machinery/status.ts';
import { makeCertificates, type ClusterCertificates } from '../pki/pki.ts';
import { createTestApiServer, type TestApiServer } from '../testing.ts';

type Json = Record<string, any>;

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';

describe('admission webhooks over HTTPS', () => {
  let api: TestApiServer;
  let server: Server;
  let certificates: ClusterCertificates;
  let answer: (request: Json) => Json;
  const send = async (method: string, path: string, body?: unknown, query: Record<string, string> = {}): Promise<Json> => (await api.admin.send<Json>({ method: method as never, path, body, query, cause: [] })).body;
  const refusal = async (promise: Promise<unknown>): Promise<string> => promise.then(() => 'accepted', (error: StatusError) => error.message);
  const url = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}/review`;
  const webhook = (changes: Json = {}): Json => ({
    name: 'w.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 5,
    clientConfig: { url: url(), caBundle: Buffer.from(certificates.authority.certificate).toString('base64') },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    ...changes,
  });
  const configure = (kind: string, changes?: Json): Promise<Json> => send('POST', `${GROUP}/${kind}`, { metadata: { name: 'c' }, webhooks: [webhook(changes)] });

  beforeEach(async () => {
    api = await createTestApiServer();
    certificates = await makeCertificates(Date.now());
    server = createServer({ key: certificates.server.key, cert: certificates.server.certificate }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString()) as Json;
        response.end(JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: { uid: review['request'].uid, ...answer(review['request'] as Json) } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    api.dispose();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuse, and are told of the request', async () => {
    let seen: Json = {};
    answer = (request) => ((seen = request), { allowed: request['object'].metadata.name !== 'bad', status: { message: 'no such names here', code: 403 } });
    await configure('validatingwebhookconfigurations');
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'bad' } }))).toBe('admission webhook "w.example.com" denied the request: no such names here');
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'good' } }))).toBe('accepted');
    expect(seen).toMatchObject({ operation: 'CREATE', namespace: 'default', name: 'good', kind: { group: '', version: 'v1', kind: 'ConfigMap' }, userInfo: { username: 'kubernetes-admin' }, dryRun: false });
  });

  it('change objects with a patch', async () => {
    answer = () => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify([{ op: 'add', path: '/metadata/labels', value: { seen: 'yes' } }])).toString('base64') });
    await configure('mutatingwebhookconfigurations');
    expect((await send('POST', CONFIGMAPS, { metadata: { name: 'm' } }))['metadata'].labels).toEqual({ seen: 'yes' });
  });

  it('fail as Go says when nobody answers, unless they may', async () => {
    answer = () => ({ allowed: true });
    await configure('validatingwebhookconfigurations', { clientConfig: { service: { namespace: 'default', name: 'absent', path: '/x' } } });
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'a' } }))).toBe('Internal error occurred: failed calling webhook "w.example.com": failed to call webhook: Post "https://absent.default.svc:443/x?timeout=5s": service "absent" not found');
    await send('PUT', `${GROUP}/validatingwebhookconfigurations/c`, { ...(await send('GET', `${GROUP}/validatingwebhookconfigurations/c`)), webhooks: [webhook({ clientConfig: { url: url() } })] });
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'a' } }))).toContain('tls: failed to verify certificate: x509: certificate signed by unknown authority');
    await send('PUT', `${GROUP}/validatingwebhookconfigurations/c`, { ...(await send('GET', `${GROUP}/validatingwebhookconfigurations/c`)), webhooks: [webhook({ clientConfig: { url: 'https://127.0.0.1:1/' }, failurePolicy: 'Ignore' })] });
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'a' } }))).toBe('accepted');
  });

  it('are not asked in a dry run when they have side effects', async () => {
    answer = () => ({ allowed: true });
    await configure('validatingwebhookconfigurations', { sideEffects: 'NoneOnDryRun' });
    expect(await refusal(send('POST', CONFIGMAPS, { metadata: { name: 'a' } }, { dryRun: 'All' }))).toBe('accepted');
  });
});
