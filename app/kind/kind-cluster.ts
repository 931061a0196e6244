import type { Clock } from '../base/clock/index.ts';
import { OrreryError } from '../base/errors/index.ts';
import { Emitter } from '../base/lifecycle/index.ts';
import type { Capabilities, Cluster, ClusterStatus, NodeShellCapability, Progress } from '../cluster/cluster.ts';
import { HttpsKubeClient } from '../cluster/kube-client/kube-client.ts';
import { WatchTrace } from '../cluster/watch-trace/watch-trace.ts';
import { openNodeShell } from './node-shell.ts';
import { NodeParts } from './parts.ts';
import type { KindProvider } from './provider.ts';

/** Until the API server of a cluster that was just switched on answers. */
const PATIENCE_MS = 120_000;
const RETRY_MS = 500;

/**
 * The `Cluster` port over one kind cluster, whoever made it.
 *
 * Capabilities: the trace (from watches), switches of parts by real means, a shell on each node. Time is the real one.
 */
export class KindCluster implements Cluster {
  readonly provider = 'kind';
  readonly kubeconfigPath: string;
  readonly #name: string;
  readonly #kind: KindProvider;
  readonly #clock: Clock;
  readonly #onDidChangeStatus = new Emitter<ClusterStatus>();
  readonly onDidChangeStatus = this.#onDidChangeStatus.event;
  readonly #parts: NodeParts;
  #client: HttpsKubeClient | undefined;
  #trace: WatchTrace | undefined;
  #nodes: readonly string[] = [];
  #status: ClusterStatus;

  constructor({ name, kind, clock }: { name: string; kind: KindProvider; clock: Clock }) {
    this.#name = name;
    this.#kind = kind;
    this.#clock = clock;
    this.kubeconfigPath = kind.kubeconfigOf(name);
    this.#status = { state: 'starting', message: `Looking for ${name}` };
    this.#parts = new NodeParts({ kind, name, clock, onTrouble: (message) => this.#setStatus({ state: 'degraded', message }) });
  }

  get status(): ClusterStatus {
    return this.#status;
  }

  get client(): HttpsKubeClient {
    if (!this.#client) throw new OrreryError('not-started', 'The cluster has not started yet.');
    return this.#client;
  }

  capability<K extends keyof Capabilities>(name: K): Capabilities[K] | undefined {
    const own: Partial<Capabilities> = { components: this.#parts, nodeShell: this.#nodeShell(), ...(this.#trace ? { trace: this.#trace } : {}) };
    return own[name] as Capabilities[K] | undefined;
  }

  /** Switches its nodes on where they are off, and waits until the API server answers. */
  async start(progress: Progress, signal: AbortSignal): Promise<void> {
    try {
      progress.report('Switching its nodes on', 0.2);
      await this.#kind.start(this.#name);
      this.#nodes = (await this.#kind.get(this.#name)).nodes.map(({ name }) => name);
      progress.report('Fetching its kubeconfig', 0.4);
      this.#client = new HttpsKubeClient(await this.#kind.kubeconfig(this.#name), this.#clock);
      progress.report('Waiting for the API server', 0.5);
      await this.#answers(signal);
      await this.#parts.refresh();
    } catch (error) {
      this.#setStatus({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    this.#setStatus({ state: 'running', message: `${this.#nodes.length} ${this.#nodes.length === 1 ? 'node' : 'nodes'} as containers of this machine` });
    this.#trace = new WatchTrace(this.#client, this.#clock);
    this.#trace.start();
    this.#parts.watch();
  }

  /** A kind cluster has no way back: it is deleted and made anew, which the chooser offers. */
  async reset(): Promise<void> {
    throw new OrreryError('no-reset', `${this.#name} cannot be taken back to its beginning.`, { remedy: 'Delete it and make it anew.' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#trace?.dispose();
    this.#parts.dispose();
    this.#client?.dispose();
    this.#onDidChangeStatus.dispose();
  }

  async #answers(signal: AbortSignal): Promise<void> {
    for (let waited = 0; ; waited += RETRY_MS) {
      const answer = await this.client.raw('GET', '/readyz', { signal }).catch((error: NodeJS.ErrnoException) => ({ code: 0, body: error.code ?? error.message }));
      if (answer.code === 200) return;
      signal.throwIfAborted();
      if (waited >= PATIENCE_MS) throw new OrreryError('no-answer', `The API server of ${this.#name} does not answer (${answer.code || answer.body}).`, { remedy: `docker logs ${this.#nodes[0] ?? ''} tells more.` });
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  #nodeShell(): NodeShellCapability {
    return { nodes: () => this.#nodes, open: (node) => (this.#nodes.includes(node) ? openNodeShell(this.#kind.container(node)) : undefined) };
  }

  #setStatus(status: ClusterStatus): void {
    this.#status = status;
    this.#onDidChangeStatus.fire(status);
  }
}
