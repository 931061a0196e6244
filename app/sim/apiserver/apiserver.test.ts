import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pod, Service, Stored } from '../../contracts/k8s/index.ts';
import type { WatchEvent } from '../machinery/transport.ts';
import { createTestApiServer, type TestApiServer } from './testing.ts';

let api: TestApiServer;
beforeEach(async () => {
  api = await createTestApiServer();
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
});
afterEach(() => api.dispose());

const post = async <T = any>(path: string, body: unknown, query = {}): Promise<T> => (await api.admin.send<T>({ method: 'POST', path, body, query, cause: [] })).body;
const get = async <T = any>(path: string, query = {}): Promise<T> => (await api.admin.send<T>({ method: 'GET', path, query, cause: [] })).body;
const pod = (name: string, more: object = {}): object => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name, labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }], ...more } });
const PODS = '/api/v1/namespaces/default/pods';

describe('the generic registry', () => {
  it('creates with defaults, admission and ownership', async () => {
    const created = await post<Stored<Pod>>(PODS, pod('web'));
    expect(created.metadata).toMatchObject({ name: 'web', namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(created.spec).toMatchObject({ serviceAccountName: 'default', priority: 0, restartPolicy: 'Always' });
    expect(created.spec!.tolerations).toHaveLength(2);
    expect(created.spec!.volumes![0]!.name).toMatch(/^kube-api-access-/);
    expect(created.metadata.managedFields![0]).toMatchObject({ manager: 'kubectl', operation: 'Update' });
    expect(JSON.stringify(created.metadata.managedFields)).not.toContain('f:tolerations');
    expect(Object.isFrozen(created.spec)).toBe(true);
  });

  it.each([
    ['twice', async () => { await post(PODS, pod('web')); await post(PODS, pod('web')); }, 'pods "web" already exists', 409],
    ['in an absent namespace', () => post('/api/v1/namespaces/none/pods', pod('web')), 'namespaces "none" not found', 404],
    ['without containers', () => post(PODS, { metadata: { name: 'x' }, spec: { containers: [] } }), 'Pod "x" is invalid: spec.containers: Required value', 422],
    ['of another kind', () => post(PODS, { apiVersion: 'v1', kind: 'Nope', metadata: { name: 'x' } }), 'Nope in version "v1" cannot be handled as a Pod: no kind "Nope" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"', 400],
    ['with an unknown field', () => post(PODS, pod('x', { nope: 1 }), { fieldValidation: 'Strict' }), 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.nope"', 400],
    ['a read of nothing', () => get(`${PODS}/none`), 'pods "none" not found', 404],
    ['a system namespace deleted', () => api.admin.send({ method: 'DELETE', path: '/api/v1/namespaces/default', cause: [] }), 'namespaces "default" is forbidden: this namespace may not be deleted', 403],
  ])('refuses %s', async (_, act, message, code) => {
    await expect(act()).rejects.toMatchObject({ message, code });
  });

  it('patches, keeps the resource version when nothing changed, and refuses a stale one', async () => {
    const created = await post<Stored<Pod>>(PODS, pod('web'));
    const patch = (body: unknown, contentType: string): Promise<Stored<Pod>> =>
      api.admin.send<Stored<Pod>>({ method: 'PATCH', path: `${PODS}/web`, body, contentType, cause: [] }).then((answer) => answer.body);
    const labelled = await patch({ metadata: { labels: { tier: 'front' } } }, 'application/merge-patch+json');
    expect(labelled.metadata.labels).toEqual({ app: 'web', tier: 'front' });
    expect((await patch({}, 'application/merge-patch+json')).metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    const image = await patch({ spec: { containers: [{ name: 'c', image: 'nginx:1.26' }] } }, 'application/strategic-merge-patch+json');
    expect(image.metadata.generation).toBe(2);
    await expect(patch({ spec: { restartPolicy: 'Never' } }, 'application/merge-patch+json')).rejects.toMatchObject({ code: 422 });
    await expect(api.admin.send({ method: 'PUT', path: `${PODS}/web`, body: { ...created, metadata: { ...created.metadata, labels: {} } }, cause: [] })).rejects.toMatchObject({
      message: 'Operation cannot be fulfilled on pods "web": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('deletes at once, with grace, and after finalizers', async () => {
    await post(PODS, pod('web'));
    const remove = (body?: object): Promise<Stored<Pod>> => api.admin.send<Stored<Pod>>({ method: 'DELETE', path: `${PODS}/web`, body, cause: [] }).then((answer) => answer.body);
    await remove();
    await expect(get(`${PODS}/web`)).rejects.toMatchObject({ code: 404 });
    await post(PODS, pod('web', { nodeName: 'worker-1' }));
    expect((await remove()).metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30, generation: 2 });
    expect((await remove({ gracePeriodSeconds: 60 })).metadata.deletionGracePeriodSeconds).toBe(30);
    await remove({ gracePeriodSeconds: 0 });
    await expect(get(`${PODS}/web`)).rejects.toMatchObject({ code: 404 });
  });

  it('makes another name up when the first one is taken', async () => {
    const suffixes = ['aaaaa', 'aaaaa', 'bbbbb'];
    vi.spyOn(api.ids, 'suffix').mockImplementation(() => suffixes.shift()!);
    const make = async (): Promise<string> => (await post('/api/v1/namespaces/default/configmaps', { metadata: { generateName: 'c-' } })).metadata.name;
    expect([await make(), await make()]).toEqual(['c-aaaaa', 'c-bbbbb']);
  });

  it('gives Services addresses and ports', async () => {
    const services = '/api/v1/namespaces/default/services';
    const made = await post<Stored<Service>>(services, { metadata: { name: 'web' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
    expect(made.spec!.clusterIP).toMatch(/^10\.96\.\d+\.\d+$/);
    expect(made.spec!.ports![0]!.nodePort).toBeGreaterThanOrEqual(30_000);
    await expect(post(services, { metadata: { name: 'b' }, spec: { clusterIP: made.spec!.clusterIP, ports: [{ port: 80 }] } })).rejects.toThrow('provided IP is already allocated');
  });

  it('lists in pages with continue tokens, by labels and fields', async () => {
    for (const name of ['a', 'b', 'c']) await post(PODS, pod(name, name === 'c' ? { nodeName: 'n' } : {}));
    const first = await get(PODS, { limit: '2' });
    expect(first.items.map((item: Pod) => item.metadata!.name)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(1);
    const second = await get(PODS, { limit: '2', continue: first.metadata.continue });
    expect(second.items.map((item: Pod) => item.metadata!.name)).toEqual(['c']);
    expect((await get(PODS, { fieldSelector: 'spec.nodeName=n' })).items).toHaveLength(1);
    expect((await get(PODS, { labelSelector: 'app!=web' })).items).toHaveLength(0);
    await expect(get(PODS, { fieldSelector: 'spec.foo=1' })).rejects.toThrow('field label not supported: spec.foo');
  });
});

describe('watching', () => {
  it('sends the present, then changes, and turns changes of a selected field into ADDED and DELETED', async () => {
    await post(PODS, pod('a'));
    const abort = new AbortController();
    const seen: string[] = [];
    const reader = (async () => {
      for await (const event of api.admin.watch<Stored<Pod>>({ method: 'GET', path: PODS, query: { labelSelector: 'app=web' }, cause: [] }, abort.signal) as AsyncIterable<WatchEvent<Stored<Pod>>>) {
        seen.push(`${event.type} ${event.object.metadata.name}`);
        if (seen.length === 4) abort.abort();
      }
    })();
    await api.clock.advance(1);
    await post(PODS, pod('b'));
    await api.admin.send({ method: 'PATCH', path: `${PODS}/b`, body: { metadata: { labels: { app: 'other' } } }, contentType: 'application/merge-patch+json', cause: [] });
    await api.admin.send({ method: 'DELETE', path: `${PODS}/a`, cause: [] });
    await api.clock.advance(1);
    await reader;
    expect(seen).toEqual(['ADDED a', 'ADDED b', 'DELETED b', 'MODIFIED a']);
  });
});

describe('who may do what', () => {
  it('knows the default roles, and says no in the words of the real one', async () => {
    const as = (name: string, groups: string[] = []): ReturnType<TestApiServer['transport']> => api.transport({ part: 'kube-scheduler', user: { name, groups: [...groups, 'system:authenticated'] }, userAgent: 'test/1' });
    const list = (transport: ReturnType<typeof as>, path: string): Promise<unknown> => transport.send({ method: 'GET', path, cause: [] });
    await expect(list(as('bob'), PODS)).rejects.toMatchObject({ message: 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "default"', code: 403 });
    await expect(list(as('system:kube-scheduler'), '/api/v1/pods')).resolves.toBeDefined();
    await expect(list(as('system:kube-scheduler'), '/api/v1/secrets')).rejects.toMatchObject({ code: 403 });
    await expect(list(as('system:node:w', ['system:nodes']), '/api/v1/namespaces/default/secrets/x')).rejects.toThrow('no relationship found between node "w" and this object');
    await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { metadata: { name: 'bob' }, roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'User', name: 'bob' }] });
    await expect(list(as('bob'), PODS)).resolves.toBeDefined();
  });
});

describe('the trace', () => {
  it('tells request, store and answer as cause and effect', async () => {
    const before = api.trace.last;
    await post(PODS, pod('web'));
    const events = [...api.trace.since(before + 1)].map(({ kind, label, cause, seq }) => ({ kind, label, cause: cause.map((item) => item - before), seq: seq - before }));
    expect(events).toEqual([
      { kind: 'request', label: 'POST pods web', cause: [], seq: 1 },
      { kind: 'store', label: 'put /registry/pods/default/web', cause: [1], seq: 2 },
      { kind: 'response', label: '201', cause: [1], seq: 3 },
    ]);
  });
});
