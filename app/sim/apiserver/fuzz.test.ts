// Random patches, selectors, paths and bodies: never an internal error, and never a changed object after a refusal. The same
// each time; FUZZ_RUNS=5000 for others.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransportRequest } from '../machinery/transport.ts';
import { StatusError } from '../machinery/status.ts';
import { createTestApiServer, type TestApiServer } from './testing.ts';

const RUNS = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 150), ...(process.env['FUZZ_RUNS'] ? {} : { seed: 36 }) };
const NAMESPACE = '/api/v1/namespaces/default';
let api: TestApiServer;

beforeAll(async () => {
  api = await createTestApiServer();
  await api.admin.send({ method: 'POST', path: `${NAMESPACE}/serviceaccounts`, body: { metadata: { name: 'default' } }, cause: [] });
  await api.admin.send({ method: 'POST', path: `${NAMESPACE}/configmaps`, body: { metadata: { name: 'c', labels: { a: 'b' } }, data: { x: '1' } }, cause: [] });
  await api.admin.send({ method: 'POST', path: `${NAMESPACE}/pods`, body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }, cause: [] });
});
afterAll(() => api.dispose());

/** Undefined: done. An internal error is a bug of ours, whatever was sent; those that upstream has too carry no reason. */
async function attempt(request: Omit<TransportRequest, 'cause'>): Promise<StatusError | undefined> {
  try {
    await api.admin.send({ ...request, cause: [] });
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    expect(error.reason, `${JSON.stringify(request)}: ${error.message}`).not.toBe('InternalError');
    return error;
  }
}

const stored = async (path: string): Promise<string> => JSON.stringify((await api.admin.send({ method: 'GET', path, cause: [] })).body);

const FIELDS = ['metadata', 'spec', 'status', 'data', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields', 'containers', 'name', 'image', 'ports', 'env', 'resources', 'limits', 'cpu', 'volumes', 'tolerations', 'kind', 'apiVersion', 'namespace', 'uid', '$patch', '$retainKeys', '$deleteFromPrimitiveList/finalizers', '$setElementOrder/containers', ''];
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.constantFrom('replace', 'delete', 'merge', '100m', '1Gi', 'nginx', 'c', '2026-01-01T00:00:00Z'));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, scalar, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...FIELDS) }, { weight: 1, arbitrary: fc.string() }), tie('tree'), { maxKeys: 4, noNullPrototype: true })),
}));
const object = fc.dictionary(fc.constantFrom(...FIELDS), tree, { maxKeys: 4, noNullPrototype: true });
const pointer = fc.array(fc.oneof(fc.constantFrom(...FIELDS, '-', '0', '1', '~1', '~0x'), fc.string({ maxLength: 3 })), { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join(''));
const operation = fc.record({ op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'juggle'), path: pointer, from: pointer, value: tree });
const target = fc.constantFrom(`${NAMESPACE}/configmaps/c`, `${NAMESPACE}/pods/p`);

describe('whatever is sent', () => {
  it.each([
    ['merge patches', 'application/merge-patch+json', tree],
    ['strategic patches', 'application/strategic-merge-patch+json', object],
    ['JSON patches', 'application/json-patch+json', fc.array(operation, { maxLength: 3 })],
    ['applied objects', 'application/apply-patch+yaml', object],
  ] as const)('%s', async (_, contentType, patches) => {
    await fc.assert(fc.asyncProperty(target, patches as fc.Arbitrary<unknown>, fc.boolean(), async (path, body, dry) => {
      const before = await stored(path);
      const query = { ...(dry ? { dryRun: 'All' } : {}), ...(contentType.includes('apply') ? { fieldManager: 'fuzz', force: 'true' } : {}) };
      const refusal = await attempt({ method: 'PATCH', path, contentType, body, query });
      if (refusal || dry) expect(await stored(path)).toBe(before);
    }), RUNS);
  });

  it('bodies of new and updated objects', async () => {
    const place = fc.constantFrom('configmaps', 'pods', 'services', 'secrets', 'limitranges', 'resourcequotas', 'events');
    await fc.assert(fc.asyncProperty(place, object, fc.constantFrom(...['Strict', 'Warn', 'Ignore']), async (resource, body, fieldValidation) => {
      await attempt({ method: 'POST', path: `${NAMESPACE}/${resource}`, body, query: { dryRun: 'All', fieldValidation } });
    }), RUNS);
    await fc.assert(fc.asyncProperty(target, object, async (path, body) => {
      const before = await stored(path);
      const refusal = await attempt({ method: 'PUT', path, body, query: { dryRun: 'All' } });
      expect(await stored(path)).toBe(before);
      expect(refusal?.code ?? 200).toBeLessThan(500);
    }), RUNS);
  });

  it('selectors and list options', async () => {
    const text = fc.oneof(fc.string(), fc.array(fc.constantFrom('a', 'b', '=', '==', '!=', '!', ' in ', ' notin ', '(', ')', ',', 'metadata.name', 'spec.nodeName', '>', '1')).map((parts) => parts.join('')));
    await fc.assert(fc.asyncProperty(text, text, fc.oneof(fc.constant(''), fc.string()), fc.oneof(fc.constant(''), fc.integer().map(String), fc.string()), async (labelSelector, fieldSelector, token, limit) => {
      const refusal = await attempt({ method: 'GET', path: `${NAMESPACE}/pods`, query: { labelSelector, fieldSelector, continue: token, limit } });
      expect(refusal?.code ?? 200).toBeLessThan(500);
    }), RUNS);
  });

  it('paths', async () => {
    const part = fc.oneof({ weight: 5, arbitrary: fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'pods', 'p', 'status', 'log', 'scale', 'eviction', 'token', 'binding', 'watch', 'configmaps', 'healthz', 'openapi', 'v2', 'v3', '..', '%2e', '%zz', '') }, { weight: 1, arbitrary: fc.string() });
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH') as fc.Arbitrary<'GET' | 'POST' | 'PUT' | 'PATCH'>;
    await fc.assert(fc.asyncProperty(method, fc.array(part, { maxLength: 7 }), async (verb, parts) => {
      const path = `/${parts.join('/')}`;
      if (/\/(watch|log|exec|attach|portforward|proxy)(\/|$)/.test(path)) return;
      await attempt({ method: verb, path, ...(verb === 'GET' ? {} : { body: {}, query: { dryRun: 'All' } }) });
    }), RUNS);
  });
});
