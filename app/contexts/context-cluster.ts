import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../base/clock/index.ts';
import { OrreryError } from '../base/errors/index.ts';
import { writeWhole } from '../base/files/index.ts';
import { Emitter, type Disposable } from '../base/lifecycle/index.ts';
import type { Capabilities, Cluster, ClusterStatus, Progress } from '../cluster/cluster.ts';
import type { Channel } from '../cluster/kube-client/connection.ts';
import { HttpsKubeClient } from '../cluster/kube-client/kube-client.ts';
import { WatchTrace } from '../cluster/watch-trace/watch-trace.ts';
import { ContextConnection } from './connection.ts';
import { only } from './kubeconfig.ts';
import { readOnly } from './read-only.ts';
import { plainly } from './reasons.ts';

export interface ContextClusterOptions {
  readonly name: string;
  /** The user's whole kubeconfig. */
  readonly config: KubeConfig;
  /** Where the private kubeconfig of this one context goes (mode 0600). */
  readonly kubeconfigPath: string;
  readonly clock: Clock;
}

/** How often it is asked whether it still answers. */
const HEARTBEAT_MS = 10_000;
const PATIENCE_MS = 10_000;

/**
 * The `Cluster` port over any context of the user's kubeconfig, for looking.
 *
 * Invariants
 * 1. Nothing but reading leaves this machine: the client has no other way to the server than `readOnly`.
 * 2. Of capabilities it has the trace alone, read from what watches tell. No switches, no faults, no clock, no node shell.
 */
export class ContextCluster implements Cluster {
  readonly provider = 'context';
  readonly kubeconfigPath: string;
  readonly client: HttpsKubeClient;
  readonly #name: string;
  readonly #server: string;
  readonly #alone: KubeConfig;
  readonly #clock: Clock;
  readonly #trace: WatchTrace;
  readonly #onDidChangeStatus = new Emitter<ClusterStatus>();
  readonly onDidChangeStatus = this.#onDidChangeStatus.event;
  #status: ClusterStatus;
  #timer: Disposable | undefined;
  #isDisposed = false;
  #isWatching = false;

  constructor({ name, config, kubeconfigPath, clock }: ContextClusterOptions) {
    this.#name = name;
    this.#clock = clock;
    this.kubeconfigPath = kubeconfigPath;
    this.#alone = only(config, name);
    this.#server = this.#alone.getCurrentCluster()!.server;
    const channel: Channel = readOnly(new ContextConnection(this.#alone), name);
    this.client = new HttpsKubeClient(channel, clock);
    this.#trace = new WatchTrace(this.client, clock);
    this.#status = { state: 'starting', message: `Asking ${name}` };
  }

  get status(): ClusterStatus {
    return this.#status;
  }

  capability<K extends keyof Capabilities>(name: K): Capabilities[K] | undefined {
    return name === 'trace' ? (this.#trace as unknown as Capabilities[K]) : undefined;
  }

  async start(progress: Progress, signal: AbortSignal): Promise<void> {
    try {
      progress.report('Keeping a private kubeconfig', 0.1);
      writeWhole(this.kubeconfigPath, this.#alone.exportConfig());
      progress.report(`Asking ${this.#name}`, 0.3);
      const version = await this.#version(signal);
      progress.report('Looking at its nodes', 0.7);
      const { items } = await this.client.list({ group: '', version: 'v1', resource: 'nodes' }, { signal });
      this.#setStatus({ state: 'running', message: `${version}, ${items.length} ${items.length === 1 ? 'node' : 'nodes'}; looked at only` });
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = plainly(error, this.#name, this.#server);
      this.#setStatus({ state: 'failed', message: reason.message });
      throw reason;
    }
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#trace.start();
    this.#beat();
  }

  async reset(): Promise<void> {
    throw new OrreryError('read-only', `${this.#name} is looked at only; Orrery changes nothing in it.`, { remedy: 'The simulated cluster can be reset.' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#timer?.dispose();
    this.#trace.dispose();
    this.client.dispose();
    this.#onDidChangeStatus.dispose();
  }

  async #version(signal: AbortSignal): Promise<string> {
    const answer = await this.client.raw('GET', '/version', { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) }).catch((error: Error) => {
      throw error.name === 'TimeoutError' ? Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }) : error;
    });
    if (answer.code !== 200) throw new OrreryError(`http-${answer.code}`, `GET /version: ${answer.code}`);
    return (JSON.parse(answer.body) as { gitVersion: string }).gitVersion;
  }

  #beat(): void {
    this.#timer = this.#clock.schedule(HEARTBEAT_MS, () => {
      void this.#version(new AbortController().signal).then(
        () => this.#status.state === 'degraded' && this.#setStatus({ state: 'running', message: 'It answers again; looked at only' }),
        (error: unknown) => this.#setStatus({ state: 'degraded', message: plainly(error, this.#name, this.#server).message }),
      ).finally(() => !this.#isDisposed && this.#beat());
    });
  }

  #setStatus(status: ClusterStatus): void {
    if (this.#isDisposed) return;
    this.#status = status;
    this.#onDidChangeStatus.fire(status);
  }
}
