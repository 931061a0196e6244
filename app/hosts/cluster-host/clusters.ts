import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Clock } from '../../base/clock/index.ts';
import { OrreryError, toErrorData } from '../../base/errors/index.ts';
import { DisposableStore } from '../../base/lifecycle/index.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { ClusterMap } from '../../cluster/map/cluster-map.ts';
import type { ClusterEntry, ClusterId, ClusterProgress, ClustersView } from '../../contracts/ipc/index.ts';
import type { findEngine } from '../../kind/engine.ts';
import type { KindProvider } from '../../kind/provider.ts';
import type { Handlers, Push } from '../protocol/serve.ts';
import { TraceFeed } from './trace-feed.ts';

export interface ClustersOptions {
  readonly sim: Cluster;
  /** Of the simulated cluster, kept whatever is looked at: the labs need it. */
  readonly simMap: ClusterMap;
  readonly folders: { readonly data: string; readonly tools: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly clock: Clock;
  readonly push: Push;
}

interface Viewed {
  readonly id: ClusterId;
  readonly cluster: Cluster;
  readonly map: ClusterMap;
  readonly life: DisposableStore;
}

/**
 * The clusters that can be looked at, and the one that is: the diagram's. Terminal, time and labs stay with the simulated one.
 *
 * Invariants
 * 1. Neither the user's kubeconfig nor Docker is touched before somebody opens the chooser.
 * 2. What is looked at changes only after the new cluster has answered.
 */
export class Clusters {
  readonly #options: ClustersOptions;
  readonly #making = new Map<string, AbortController>();
  #viewed: Viewed;

  constructor(options: ClustersOptions) {
    this.#options = options;
    this.#viewed = this.#show('sim', options.sim, options.simMap);
  }

  get cluster(): Cluster {
    return this.#viewed.cluster;
  }

  get map(): ClusterMap {
    return this.#viewed.map;
  }

  readonly handlers: Handlers = {
    'clusters:list': () => this.list(),
    'clusters:view': ({ id }) => this.view(id),
    'clusters:make': ({ name, workers }) => this.make(name, workers),
    'clusters:cancel': ({ name }) => this.#making.get(name)?.abort(),
    'clusters:power': async ({ name, on }) => {
      const kind = await this.#needKind();
      if (!on) await this.#leave(`kind/${name}`);
      await kind[on ? 'start' : 'stop'](name);
    },
    'clusters:delete': async ({ name }) => {
      await this.#leave(`kind/${name}`);
      await (await this.#needKind()).delete(name);
    },
  };

  async list(): Promise<ClustersView> {
    const { sim, simMap } = this.#options;
    const { version, nodes } = simMap.snapshot();
    const own: ClusterEntry = { id: 'sim', provider: 'sim', name: 'Simulated cluster', state: sim.status.state === 'stopped' || sim.status.state === 'failed' ? 'stopped' : 'running', version, nodes: nodes.length, where: 'inside Orrery', can: ['view'] };
    const [kind, contexts] = await Promise.all([this.#kindEntries(), this.#contextEntries()]);
    return { viewed: this.#viewed.id, entries: [own, ...kind.entries, ...contexts.entries], findings: kind.findings, ...(contexts.problem ? { problem: contexts.problem } : {}) };
  }

  async view(id: ClusterId): Promise<void> {
    if (id === this.#viewed.id) return;
    const { sim, simMap, clock } = this.#options;
    if (id === 'sim') return this.#swap(this.#show('sim', sim, simMap));
    const cluster = await this.#open(id);
    try {
      await cluster.start({ report: (step, fraction) => this.#progress({ name: nameOf(id), step, ...(fraction === undefined ? {} : { fraction }) }) }, AbortSignal.timeout(150_000));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    } finally {
      this.#progress({ name: nameOf(id), step: '', done: true });
    }
    const map = new ClusterMap(cluster, clock, nameOf(id));
    map.start();
    this.#swap(this.#show(id, cluster, map));
  }

  /** Begins to make a kind cluster; how far it is, and how it ended, is pushed. */
  async make(name: string, workers: number): Promise<void> {
    if (this.#making.has(name)) throw new OrreryError('making', `${name} is being made already.`);
    const kind = await this.#needKind();
    const abort = new AbortController();
    this.#making.set(name, abort);
    kind.create({ name, workers }, { report: (step, fraction) => this.#progress({ name, step, ...(fraction === undefined ? {} : { fraction }) }) }, abort.signal).then(
      () => this.#progress({ name, step: 'Done', done: true }),
      (error: unknown) => {
        const { message, remedy } = toErrorData(error);
        this.#progress({ name, step: '', done: true, problem: remedy ? `${message} ${remedy}` : message });
      },
    ).finally(() => this.#making.delete(name));
  }

  async dispose(): Promise<void> {
    for (const abort of this.#making.values()) abort.abort();
    await this.#drop(this.#viewed);
  }

  #show(id: ClusterId, cluster: Cluster, map: ClusterMap): Viewed {
    const { clock, push } = this.#options;
    const life = new DisposableStore();
    life.add(map.onDidChange((snapshot) => push('cluster:changed', snapshot)));
    const trace = cluster.capability('trace');
    if (trace) life.add(new TraceFeed(trace, clock, (events) => push('trace:events', events)));
    return { id, cluster, map, life };
  }

  #swap(next: Viewed): void {
    const before = this.#viewed;
    this.#viewed = next;
    this.#options.push('cluster:changed', next.map.snapshot());
    void this.#drop(before);
  }

  async #drop({ id, cluster, map, life }: Viewed): Promise<void> {
    life.dispose();
    if (id === 'sim') return;
    map.dispose();
    await cluster[Symbol.asyncDispose]();
  }

  async #leave(id: ClusterId): Promise<void> {
    if (this.#viewed.id === id) await this.view('sim');
  }

  async #open(id: ClusterId): Promise<Cluster> {
    const { folders, environment, clock } = this.#options;
    const name = nameOf(id);
    if (id.startsWith('kind/')) {
      const { KindCluster } = await import('../../kind/kind-cluster.ts');
      return new KindCluster({ name, kind: await this.#needKind(), clock });
    }
    const [{ ContextCluster }, { readKubeconfig }] = await Promise.all([import('../../contexts/context-cluster.ts'), import('../../contexts/kubeconfig.ts')]);
    const file = createHash('sha256').update(name).digest('hex').slice(0, 16);
    return new ContextCluster({ name, config: readKubeconfig(environment), kubeconfigPath: path.join(folders.data, 'contexts', `${file}.kubeconfig`), clock });
  }

  async #contextEntries(): Promise<{ entries: ClusterEntry[]; problem?: string }> {
    try {
      const { listContexts, readKubeconfig } = await import('../../contexts/kubeconfig.ts');
      return {
        entries: listContexts(readKubeconfig(this.#options.environment)).map(({ name, server, problem }): ClusterEntry => ({
          id: `context/${name}`, provider: 'context', name, state: 'unknown', version: '', nodes: undefined, where: server, can: problem ? [] : ['view'], ...(problem ? { problem } : {}),
        })),
      };
    } catch (error) {
      return { entries: [], problem: toErrorData(error).message };
    }
  }

  async #kindEntries(): Promise<Pick<ClustersView, 'entries' | 'findings'>> {
    const { preflight } = await import('../../kind/preflight.ts');
    const found = await this.#tools();
    const findings = (await preflight({ ...found, platform: this.#options.platform, environment: this.#options.environment })).map(({ severity, problem, remedy }) => ({ severity, problem, remedy }));
    const clusters = found.provider ? await found.provider.list().catch(() => []) : [];
    return {
      findings,
      entries: clusters.map(({ name, state, version, nodes }): ClusterEntry => ({
        id: `kind/${name}`, provider: 'kind', name, state: this.#making.has(name) ? 'making' : state, version, nodes: nodes.length, where: `${nodes.length === 1 ? 'a container' : 'containers'} of this machine`,
        can: this.#making.has(name) ? [] : state === 'running' ? ['view', 'stop', 'delete'] : ['start', 'delete'],
      })),
    };
  }

  async #tools(): Promise<{ engine: ReturnType<typeof findEngine>; kind: string | undefined; provider: KindProvider | undefined }> {
    const { folders, environment, platform } = this.#options;
    const [{ findEngine: find }, { findKind }, { KindProvider: Provider }] = await Promise.all([import('../../kind/engine.ts'), import('../../kind/command.ts'), import('../../kind/provider.ts')]);
    const engine = find(environment, platform);
    const kind = findKind(folders.tools, environment, platform);
    return { engine, kind, provider: engine && new Provider({ docker: engine.docker, kind: kind ?? 'kind', folder: path.join(folders.data, 'kind'), environment }) };
  }

  async #needKind(): Promise<KindProvider> {
    const { provider } = await this.#tools();
    if (provider) return provider;
    throw new OrreryError('no-engine', 'There is neither Docker nor Podman on this machine, or it is not running.', { remedy: 'Open the chooser: it says how to get one.' });
  }

  #progress(progress: ClusterProgress): void {
    this.#options.push('clusters:progress', progress);
  }
}

const nameOf = (id: ClusterId): string => id.slice(id.indexOf('/') + 1);
