import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OrreryError } from '../base/errors/index.ts';
import { DisposableStore, Emitter } from '../base/lifecycle/index.ts';
import type { Clock } from '../base/clock/index.ts';
import type { Capabilities, Cluster, ClusterStatus, ComponentsCapability, InsideCapability, NetworkCapability, NodeShellCapability, Progress, TimeCapability, TimeState, TraceCapability } from '../cluster/cluster.ts';
import { HttpsKubeClient } from '../cluster/kube-client/kube-client.ts';
import type { PartView } from '../contracts/ipc/map.ts';
import type { Pod } from '../contracts/k8s/index.ts';
import type { TraceEvent } from '../contracts/trace/index.ts';
import { makeCertificates, type ClusterCertificates } from './apiserver/pki/pki.ts';
import { placeOf } from './inside/place.ts';
import { requestFrom } from './inside/request.ts';
import type { NetworkNamespace } from './network/network.ts';
import { SimCluster } from './sim-cluster.ts';

export interface SimProviderOptions {
  /** Where the private kubeconfig goes (mode 0600). */
  readonly kubeconfigPath: string;
  readonly workers: number;
  readonly seed: number;
  /** Real time: of certificates, the start of virtual time, and the client's retries. */
  readonly clock: Clock;
}

/**
 * The `Cluster` port over the simulator.
 *
 * Invariants
 * 1. `reset` keeps port, certificates and kubeconfig: terminals go on working. It makes a new simulated cluster, so nothing of
 *    the old one can stay behind; sequence numbers of the trace go on.
 * 2. Capabilities are the same objects before and after a reset.
 */
export class SimProvider implements Cluster {
  readonly provider = 'sim';
  readonly kubeconfigPath: string;
  readonly #options: SimProviderOptions;
  readonly #onDidChangeStatus = new Emitter<ClusterStatus>();
  readonly onDidChangeStatus = this.#onDidChangeStatus.event;
  readonly #onDidAppend = new Emitter<TraceEvent>();
  readonly #onDidChangeTime = new Emitter<TimeState>();
  readonly #onDidChangeParts = new Emitter<readonly PartView[]>();
  readonly #capabilities: Capabilities;
  #life = new DisposableStore();
  #sim: SimCluster | undefined;
  #client: HttpsKubeClient | undefined;
  #certificates: ClusterCertificates | undefined;
  #port = 0;
  #traceBase = 0;
  #status: ClusterStatus = { state: 'starting', message: 'Starting the cluster' };

  constructor(options: SimProviderOptions) {
    this.#options = options;
    this.kubeconfigPath = options.kubeconfigPath;
    this.#capabilities = { trace: this.#traceCapability(), time: this.#timeCapability(), components: this.#componentsCapability(), inside: this.#insideCapability(), network: this.#networkCapability(), nodeShell: this.#nodeShellCapability() };
  }

  get status(): ClusterStatus {
    return this.#status;
  }

  get client(): HttpsKubeClient {
    if (!this.#client) throw new OrreryError('not-started', 'The cluster has not started yet.');
    return this.#client;
  }

  /** The simulator itself, for what has no seam yet. */
  get sim(): SimCluster {
    if (!this.#sim) throw new OrreryError('not-started', 'The cluster has not started yet.');
    return this.#sim;
  }

  capability<K extends keyof Capabilities>(name: K): Capabilities[K] {
    return this.#capabilities[name];
  }

  async start(progress: Progress, signal: AbortSignal): Promise<void> {
    try {
      progress.report('Making certificates', 0.1);
      this.#certificates ??= await makeCertificates(this.#options.clock.now());
      signal.throwIfAborted();
      progress.report('Starting the control plane', 0.4);
      await this.#build();
      progress.report('Waiting for nodes', 0.8);
      await this.#sim!.whenReady();
      this.#setStatus({ state: 'running', message: 'All nodes are Ready' });
      this.#partsChanged();
    } catch (error) {
      this.#setStatus({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  async reset(signal: AbortSignal): Promise<void> {
    this.#setStatus({ state: 'starting', message: 'Making a fresh cluster' });
    await this.#tearDown();
    await this.start({ report() {} }, signal);
    this.#onDidChangeTime.fire(this.sim.clock.state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tearDown();
    this.#client?.dispose();
    for (const emitter of [this.#onDidChangeStatus, this.#onDidAppend, this.#onDidChangeTime, this.#onDidChangeParts]) emitter.dispose();
  }

  async #build(): Promise<void> {
    const { workers, seed, clock } = this.#options;
    const sim = await SimCluster.create({ workers, seed, speed: 1, startAt: clock.now(), cloud: true, storage: true, addons: ['all'] }, this.#certificates, this.#traceBase);
    this.#sim = sim;
    this.#life = new DisposableStore();
    this.#life.add(sim.trace.onDidAppend((event) => this.#onDidAppend.fire(event)));
    this.#life.add(sim.clock.onDidChange((state) => this.#onDidChangeTime.fire(state)));
    this.#life.add(sim.onDidChangeComponents(() => this.#partsChanged()));
    const { server, kubeconfig } = await listen(sim, this.#port);
    this.#port = Number(new URL(server).port);
    await mkdir(path.dirname(this.kubeconfigPath), { recursive: true, mode: 0o700 });
    await writeFile(this.kubeconfigPath, kubeconfig, { mode: 0o600 });
    await chmod(this.kubeconfigPath, 0o600);
    this.#client ??= new HttpsKubeClient(kubeconfig, clock);
  }

  async #tearDown(): Promise<void> {
    const sim = this.#sim;
    if (!sim) return;
    this.#traceBase = sim.trace.last;
    this.#sim = undefined;
    this.#life.dispose();
    await sim.close();
  }

  #setStatus(status: ClusterStatus): void {
    this.#status = status;
    this.#onDidChangeStatus.fire(status);
  }

  #partsChanged(): void {
    const parts = this.#capabilities.components.list();
    const stopped = parts.filter(({ running }) => !running).map(({ id }) => id);
    if (this.#status.state === 'running' || this.#status.state === 'degraded') {
      this.#setStatus(stopped.length === 0 ? { state: 'running', message: 'All parts are running' } : { state: 'degraded', message: `Stopped: ${stopped.join(', ')}` });
    }
    this.#onDidChangeParts.fire(parts);
  }

  #traceCapability(): TraceCapability {
    const sim = (): SimCluster | undefined => this.#sim;
    const base = (): number => this.#traceBase;
    return {
      get last() {
        return sim()?.trace.last ?? base();
      },
      since: (seq) => [...(this.#sim?.trace.since(seq) ?? [])],
      onDidAppend: this.#onDidAppend.event,
    };
  }

  #timeCapability(): TimeCapability {
    const clock = (): SimCluster['clock'] => this.sim.clock;
    return {
      get state() {
        return clock().state;
      },
      onDidChange: this.#onDidChangeTime.event,
      pause: () => clock().pause(),
      resume: () => clock().resume(),
      step: () => stepVisibly(this.sim),
      setSpeed: (speed) => clock().setSpeed(speed),
    };
  }

  #componentsCapability(): ComponentsCapability {
    const component = (id: string): SimCluster['components'][number] => {
      const found = this.sim.component(id);
      if (found) return found;
      throw new OrreryError('unknown-part', `There is no part called ${id}.`, { remedy: `Parts are: ${this.sim.components.map((one) => one.id).join(', ')}.` });
    };
    return {
      list: () => this.#sim?.components.map((one) => ({ id: one.id, running: one.running, now: one.inspect().now })) ?? [],
      onDidChange: this.#onDidChangeParts.event,
      start: (id) => component(id).start(),
      stop: (id) => component(id).stop(),
      inspect: (id) => this.#sim?.component(id)?.inspect(),
    };
  }

  #networkCapability(): NetworkCapability {
    return {
      list: () => this.sim.network.faults.list,
      add: ({ from, to, latencyMs, lossPercent }) => {
        for (const node of [from, to]) if (node !== undefined && !this.sim.nodes.some(({ config }) => config.name === node)) throw new OrreryError('unknown-node', `There is no node called ${node}.`);
        return this.sim.network.faults.add({ ...(from ? { from } : {}), ...(to ? { to } : {}), ...(latencyMs ? { latencyMs } : {}), ...(lossPercent ? { lossPercent } : {}) });
      },
      heal: () => this.sim.network.faults.clear(),
      explain: (from, { address, port, protocol = 'tcp' }) => this.sim.network.explain(this.#namespaceOf(from), address, port, protocol),
    };
  }

  #namespaceOf(from: string): NetworkNamespace {
    const { sim } = this;
    if (sim.nodes.some(({ config }) => config.name === from)) return sim.network.nodeNamespace(from);
    const pod = (sim.apiServer.cache.list('pods') as readonly Pod[]).find(({ metadata }) => `${metadata?.namespace}/${metadata?.name}` === from);
    const found = pod?.status?.podIP && (pod.spec?.hostNetwork ? sim.network.nodeNamespace(pod.spec.nodeName!) : sim.network.namespaceAt(pod.status.podIP));
    if (found) return found;
    throw new OrreryError('unknown-place', `There is no node and no Pod with an address called ${from}.`, { remedy: 'Name a node, or a Pod as namespace/name.' });
  }

  #nodeShellCapability(): NodeShellCapability {
    return {
      nodes: () => this.sim.nodes.map(({ config }) => config.name),
      open: (name) => {
        const session = this.sim.nodes.find(({ config }) => config.name === name)?.machine.shell({ tty: true });
        return session && { write: (data) => void session.stdin?.write(data), resize: (columns, rows) => session.resize({ columns, rows }), output: session.stdout, exited: session.exit.then(({ exitCode }) => exitCode), dispose: () => session.detach() };
      },
    };
  }

  #insideCapability(): InsideCapability {
    return {
      get: async (url, options = {}) => {
        const { sim } = this;
        const { namespace, resolver } = await placeOf(sim, options);
        return requestFrom({
          namespace, resolver, url, timeoutMs: options.timeoutMs ?? 3_000, clock: sim.clock,
          // What comes from outside is seen where the load balancer hands it on.
          trace: options.silent || !resolver ? undefined : sim.trace, pods: () => sim.apiServer.cache.list('pods') as readonly Pod[],
        });
      },
    };
  }
}

/** A step never jumps further than this over an idle cluster. */
const LONGEST_STEP_MS = 1_000;

/** Fires callbacks until something happened that a learner sees: heartbeats and reads are passed over. */
async function stepVisibly({ clock, trace }: SimCluster): Promise<void> {
  const start = { seq: trace.last, at: clock.now() };
  const isSeen = ({ detail }: TraceEvent): boolean => detail?.['lease'] !== true && detail?.['read'] !== true && detail?.['discovery'] !== true;
  while (await clock.step()) {
    for (const event of trace.since(start.seq + 1)) if (isSeen(event)) return;
    if (clock.now() - start.at >= LONGEST_STEP_MS) return;
  }
}

async function listen(sim: SimCluster, port: number): Promise<{ server: string; kubeconfig: string }> {
  try {
    return await sim.listen('127.0.0.1', port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || port === 0) throw error;
    throw new OrreryError('port-taken', `Port ${port} of the cluster was taken by another program meanwhile.`, { remedy: 'Restart Orrery: it finds a free port.', cause: error });
  }
}
