import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { RealClock } from '../base/clock/index.ts';
import { setDisposableTracker } from '../base/lifecycle/index.ts';
import { ClusterMap } from '../cluster/map/cluster-map.ts';
import { describeCluster } from '../cluster/testing.ts';
import { SimProvider } from '../sim/sim-provider.ts';
import { ContextCluster } from './context-cluster.ts';
import { readKubeconfig } from './kubeconfig.ts';

// A cluster of our own plays the foreign one: it is reached by HTTPS with a kubeconfig like any other.
const folder = mkdtempSync(path.join(tmpdir(), 'orrery-context-'));
const file = path.join(folder, 'user-kubeconfig');
const clock = new RealClock();
let foreign: SimProvider;

async function makeForeign(): Promise<void> {
  foreign = new SimProvider({ kubeconfigPath: path.join(folder, 'foreign'), workers: 1, seed: 1, clock });
  await foreign.start({ report() {} }, new AbortController().signal);
  const text = readFileSync(foreign.kubeconfigPath, 'utf8');
  const config = parse(text) as { 'current-context': string; contexts: { name: string; context: object }[]; clusters: { name: string; cluster: { server: string } }[]; users: { name: string; user: object }[] };
  const [own] = config.contexts;
  config.contexts.push({ name: 'nobody', context: { ...own!.context, user: 'nobody' } }, { name: 'gone', context: { ...own!.context, cluster: 'gone' } }, { name: 'renewed', context: { ...own!.context, cluster: 'renewed' } }, { name: 'torn', context: { ...own!.context, user: 'torn' } });
  config.users.push({ name: 'nobody', user: { token: 'x.y.z' } });
  config.clusters.push({ name: 'gone', cluster: { server: `https://127.0.0.1:${await freePort()}` } }, { name: 'renewed', cluster: { server: config.clusters[0]!.cluster.server } });
  config.contexts[0]!.name = 'production';
  writeFileSync(file, stringify({ ...config, 'current-context': 'production' }));
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const look = (name: string): ContextCluster => new ContextCluster({ name, config: readKubeconfig({ KUBECONFIG: file }), kubeconfigPath: path.join(folder, `private-${name}`), clock });
const start = (cluster: ContextCluster): Promise<void> => cluster.start({ report() {} }, new AbortController().signal);

beforeAll(makeForeign, 60_000);
// The foreign cluster lives over all tests and makes and drops disposables in each of them.
beforeEach(() => setDisposableTracker(undefined));
afterAll(async () => {
  await foreign[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describeCluster('a context', async () => ({
  cluster: look('production'), isReadOnly: true, dispose: async () => {},
  makeConfigMap: (name) => foreign.client.create({ group: '', version: 'v1', resource: 'configmaps', namespace: 'default' }, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
}));

it.each([
  ['nobody', { code: 'unauthorized', message: 'nobody does not know who you are: your credentials are not valid (any more).' }],
  ['gone', { code: 'unreachable', message: expect.stringMatching(/^gone \(https:\/\/127\.0\.0\.1:\d+\) cannot be reached: nothing listens there\.$/) }],
  ['renewed', { code: 'unreachable', message: expect.stringContaining('its certificate is signed by nobody the kubeconfig trusts'), remedy: expect.stringContaining('fresh kubeconfig') }],
])('says plainly why %s cannot be looked at', async (name, reason) => {
  const cluster = look(name);
  try {
    await expect(start(cluster)).rejects.toMatchObject(reason);
    expect(cluster.status.state).toBe('failed');
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
});

it.each([['none', 'There is no context none'], ['torn', 'The user torn is not in the kubeconfig.']])('refuses %s', (name, message) => expect(() => look(name)).toThrow(message));

it('feeds the same picture, and a trace of who wrote what', async () => {
  const cluster = look('production');
  const map = new ClusterMap(cluster, clock);
  try {
    await start(cluster);
    map.start();
    await vi.waitFor(() => expect(map.snapshot().nodes.map(({ name }) => name)).toEqual(foreignNodes()), 10_000);
    await vi.waitFor(() => expect(map.snapshot()).toMatchObject({ provider: 'context', parts: [], version: expect.stringMatching(/^v1\./) }), 5_000);
    const before = cluster.capability('trace')!.last;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await foreign.client.create({ group: '', version: 'v1', resource: 'pods', namespace: 'default' }, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] } });
    const told = (): string[] => cluster.capability('trace')!.since(before + 1).filter(({ kind, object }) => kind === 'request' && object?.name === 'web').map(({ from, label }) => `${from}: ${label}`);
    await vi.waitFor(() => expect(told()).toEqual(expect.arrayContaining(['kube-scheduler: bind pods/binding web', expect.stringMatching(/^kubelet\/worker-1: update pods\/status web$/)])), 15_000);
    expect(map.snapshot().pods.map(({ name }) => name)).toContain('web');
  } finally {
    map.dispose();
    await cluster[Symbol.asyncDispose]();
  }
});

const foreignNodes = (): string[] => foreign.sim.nodes.map(({ config }) => config.name);
