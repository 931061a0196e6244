import { mkdtempSync, readFileSync, rmSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { RealClock } from '../../base/clock/index.ts';
import { setDisposableTracker } from '../../base/lifecycle/index.ts';
import { ClusterMap } from '../../cluster/map/cluster-map.ts';
import type { ClusterSnapshot } from '../../contracts/ipc/index.ts';
import { SimProvider } from '../../sim/sim-provider.ts';
import { Clusters } from './clusters.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'orrery-clusters-'));
const clock = new RealClock();
const pushed: { channel: string; value: unknown }[] = [];
let sim: SimProvider;
let map: ClusterMap;
let clusters: Clusters;

beforeAll(async () => {
  sim = new SimProvider({ kubeconfigPath: path.join(folder, 'kubeconfig'), workers: 1, seed: 1, clock });
  await sim.start({ report() {} }, new AbortController().signal);
  map = new ClusterMap(sim, clock);
  map.start();
  // The user's own kubeconfig: one context that works (our own cluster plays it), one whose server is gone.
  const own = parse(readFileSync(sim.kubeconfigPath, 'utf8')) as { clusters: [{ cluster: object }]; users: [{ user: object }] };
  const config = (name: string, more: object): string => stringify({
    'current-context': name, contexts: [{ name, context: { cluster: name, user: name } }], users: [{ name, user: own.users[0].user }], clusters: [{ name, cluster: { ...own.clusters[0].cluster, ...more } }],
  });
  writeFileSync(path.join(folder, 'user'), config('arn:aws:eks:eu/production', {}));
  writeFileSync(path.join(folder, 'user-gone'), config('gone', { server: 'https://127.0.0.1:9' }));
  clusters = new Clusters({
    sim, simMap: map, folders: { data: folder, tools: folder }, platform: 'linux', clock,
    environment: { KUBECONFIG: ['user', 'user-gone'].map((file) => path.join(folder, file)).join(path.delimiter), DOCKER_HOST: `unix://${folder}/no-docker.sock`, PATH: folder },
    push: (channel, value) => void pushed.push({ channel, value }),
  });
}, 60_000);
beforeEach(() => setDisposableTracker(undefined));
afterAll(async () => {
  await clusters.dispose();
  map.dispose();
  await sim[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

it('lists the simulated cluster, contexts, and what stands in the way of kind', async () => {
  const view = await clusters.list();
  expect(view).toMatchObject({
    viewed: 'sim',
    entries: [{ id: 'sim', state: 'running', can: ['view'] }, { provider: 'context', id: 'context/arn:aws:eks:eu/production', state: 'unknown', can: ['view'] }, { provider: 'context', where: 'https://127.0.0.1:9' }],
  });
  expect(view.findings.map(({ problem }) => problem)).toEqual(['The kind command is not here.', 'There is neither Docker nor Podman on this machine, or it is not running.']);
});

it('looks at a context and comes back', async () => {
  await clusters.view('context/arn:aws:eks:eu/production');
  await vi.waitFor(() => expect(clusters.map.snapshot()).toMatchObject({ provider: 'context', name: 'arn:aws:eks:eu/production', state: 'running', nodes: [{}, {}] }), 10_000);
  expect(pushed.filter(({ channel }) => channel === 'cluster:changed').map(({ value }) => (value as ClusterSnapshot).provider)).toContain('context');
  const [file] = readdirSync(path.join(folder, 'contexts'));
  expect(statSync(path.join(folder, 'contexts', file!)).mode & 0o777).toBe(0o600);
  expect(clusters.cluster.capability('components')).toBeUndefined();
  await clusters.view('sim');
  expect(clusters.map.snapshot().provider).toBe('sim');
});

it('stays where it is when another cluster does not answer', async () => {
  const gone = (await clusters.list()).entries.at(-1)!;
  await expect(clusters.view(gone.id)).rejects.toMatchObject({ code: 'unreachable' });
  await expect(clusters.view('context/none')).rejects.toMatchObject({ code: 'no-context' });
  await expect(clusters.view('kind/none')).rejects.toMatchObject({ code: 'no-engine' });
  expect((await clusters.list()).viewed).toBe('sim');
});
