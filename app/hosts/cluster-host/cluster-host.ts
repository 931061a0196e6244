// The utility process that holds the cluster and the labs. Wiring only.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RealClock, SeededRandom } from '../../base/clock/index.ts';
import { OrreryError } from '../../base/errors/index.ts';
import { DisposableStore } from '../../base/lifecycle/index.ts';
import type { Cluster, Capabilities } from '../../cluster/cluster.ts';
import { ClusterMap } from '../../cluster/map/cluster-map.ts';
import type { InspectionView, TimeView } from '../../contracts/ipc/index.ts';
import { LabEngine } from '../../lab-engine/lab-engine.ts';
import { loadChapters, type Matters } from '../../lab-engine/loader/loader.ts';
import { SimProvider } from '../../sim/sim-provider.ts';
import type { HostFolders, HostPort } from '../protocol/messages.ts';
import { serve, type Handlers, type Push, type Served } from '../protocol/serve.ts';
import { Clusters } from './clusters.ts';
import { serveLabCommand } from './lab-command.ts';

export interface ClusterHostConfig {
  readonly folders: HostFolders;
  readonly socket: string;
  readonly workers: number;
}

export async function startClusterHost({ folders, socket, workers }: ClusterHostConfig, push: Push): Promise<Served> {
  const clock = new RealClock();
  const life = new DisposableStore();
  mkdirSync(folders.data, { recursive: true, mode: 0o700 });
  const cluster = new SimProvider({ kubeconfigPath: path.join(folders.data, 'kubeconfig'), workers, seed: clock.now() % 2 ** 31, clock });
  const map = life.add(new ClusterMap(cluster, clock));
  const labs = life.add(
    new LabEngine({
      cluster, clock, random: new SeededRandom(clock.now() % 2 ** 31), chapters: loadChapters(folders.labs, mattersOfBuild()), workspaces: folders.workspaces,
      progressFile: path.join(folders.data, 'progress.json'), notify: (notice) => push('notice', notice),
    }),
  );
  life.add(map.onDidChange(() => labs.poke()));
  life.add(labs.onDidChange((view) => push('lab:changed', view)));
  life.add(cluster.capability('time').onDidChange((state) => push('time:changed', state)));
  await cluster.start({ report() {} }, new AbortController().signal);
  map.start();
  const clusters = new Clusters({ sim: cluster, simMap: map, folders, environment: process.env, platform: process.platform, clock, push });
  const server = await serveLabCommand(socket, cluster);
  return {
    handlers: { ...clusterHandlers(cluster, clusters, labs), ...clusters.handlers, ...labHandlers(labs) },
    async dispose() {
      server.close();
      await clusters.dispose();
      life.dispose();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** What the bundle's build made of the chapters' YAML: reading 23 of them takes a quarter of a second. */
function mattersOfBuild(): Matters {
  try {
    return JSON.parse(readFileSync(path.join(import.meta.dirname, 'data/matters.json'), 'utf8')) as Matters;
  } catch {
    return {};
  }
}

/** @param own the simulated cluster: time and labs are its; `clusters.cluster` is what the diagram shows */
function clusterHandlers(own: Cluster, clusters: Clusters, labs: LabEngine): Handlers {
  const need = <K extends keyof Capabilities>(name: K, cluster = clusters.cluster): Capabilities[K] => {
    const capability = cluster.capability(name);
    if (capability) return capability;
    throw new OrreryError('no-capability', `This cluster (${cluster.provider}) cannot do that.`, { remedy: 'The simulated cluster can.' });
  };
  const time = (): TimeView => need('time', own).state;
  return {
    'cluster:snapshot': () => clusters.map.snapshot(),
    async 'cluster:reset'() {
      await own.reset(new AbortController().signal);
      await labs.clusterReplaced();
    },
    'cluster:power': ({ id, on }) => (on ? need('components').start(id) : need('components').stop(id)),
    'cluster:inspect': ({ id }) => inspect(clusters.cluster, id),
    'trace:since': ({ seq }) => (clusters.cluster.capability('trace')?.since(seq) ?? []).slice(-5_000),
    'time:state': time,
    'time:set': ({ paused, speed }) => {
      if (speed !== undefined) need('time', own).setSpeed(speed);
      if (paused !== undefined) need('time', own)[paused ? 'pause' : 'resume']();
      return time();
    },
    async 'time:step'() {
      await need('time', own).step();
      return time();
    },
  };
}

function inspect(cluster: Cluster, id: string): InspectionView {
  const components = cluster.capability('components');
  const inspection = components?.inspect(id);
  if (!inspection) throw new OrreryError('unknown-part', `There is nothing to tell about ${id}.`);
  return { id, running: components!.list().find((part) => part.id === id)?.running ?? false, ...inspection };
}

function labHandlers(labs: LabEngine): Handlers {
  return {
    'lab:chapters': () => labs.chapters(),
    'lab:open': ({ chapter }) => labs.open(chapter),
    'lab:check': ({ chapter }) => labs.check(chapter),
    'lab:hint': ({ chapter, step }) => labs.hint(chapter, step),
    'lab:solution': ({ chapter, step }) => labs.solution(chapter, step),
    'lab:skip': ({ chapter, step }) => labs.skip(chapter, step),
    'lab:answer': ({ chapter, step, answer }) => labs.answer(chapter, step, answer),
    'lab:quiz': ({ chapter, index, answer }) => labs.quiz(chapter, index, answer),
    'lab:predict': ({ chapter, id, text }) => labs.predict(chapter, id, text),
    'lab:reset': ({ chapter, step }) => labs.reset(chapter, step),
  };
}

const port = (process as unknown as { parentPort?: HostPort }).parentPort;
if (port) serve<ClusterHostConfig>(port, startClusterHost, (code) => process.exit(code));
