import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type Docker from 'dockerode';
import { stringify } from 'yaml';
import { OrreryError } from '../base/errors/index.ts';
import { writeWhole } from '../base/files/index.ts';
import type { Progress } from '../cluster/cluster.ts';
import { runCommand } from './command.ts';
import { stepOf, whyFailed } from './create-progress.ts';

const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

export interface KindNode {
  /** Of the container and of the node in the cluster. */
  readonly name: string;
  readonly role: string;
  readonly state: 'running' | 'paused' | 'stopped';
  readonly image: string;
}

export interface KindClusterInfo {
  readonly name: string;
  /** `partly`: some of its nodes are switched off. */
  readonly state: 'running' | 'partly' | 'stopped';
  readonly nodes: readonly KindNode[];
  /** From the tag of the node image: `v1.36.1`; empty when the tag does not tell. */
  readonly version: string;
}

export interface CreateOptions {
  readonly name: string;
  readonly workers: number;
  /** Of the nodes; kind's own default if left out. */
  readonly image?: string;
  /** The nodes of a failed creation stay, for looking into them. */
  readonly retain?: boolean;
}

export interface KindProviderOptions {
  readonly docker: Docker;
  /** The kind command. */
  readonly kind: string;
  /** Private: logs and kubeconfigs, a file a cluster. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,48}$/;

/**
 * The kind clusters of this machine: those that Orrery made and any other (whoever made it, a cluster is the containers that
 * carry its label).
 *
 * Invariant: state is never remembered. It is read from the engine each time, so a cluster that was removed, stopped or made
 * behind our back is seen as it is.
 */
export class KindProvider {
  readonly #options: KindProviderOptions;

  constructor(options: KindProviderOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  async list(): Promise<KindClusterInfo[]> {
    const containers = await this.#options.docker.listContainers({ all: true, filters: { label: [CLUSTER_LABEL] } });
    const byCluster = new Map<string, KindNode[]>();
    for (const { Names, Labels, State, Image } of containers) {
      // Anybody may label a container; a name that kind would refuse is none of its clusters, and no part of a path here.
      if (!NAME.test(Labels[CLUSTER_LABEL] ?? '')) continue;
      const nodes = byCluster.get(Labels[CLUSTER_LABEL]!) ?? byCluster.set(Labels[CLUSTER_LABEL]!, []).get(Labels[CLUSTER_LABEL]!)!;
      nodes.push({ name: (Names[0] ?? '').replace(/^\//, ''), role: Labels[ROLE_LABEL] ?? 'worker', state: State === 'running' ? 'running' : State === 'paused' ? 'paused' : 'stopped', image: Image });
    }
    return [...byCluster].map(([name, nodes]) => describe(name, nodes)).sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** @throws `gone` */
  async get(name: string): Promise<KindClusterInfo> {
    const found = (await this.list()).find((one) => one.name === name);
    if (found) return found;
    throw new OrreryError('gone', `There is no kind cluster called ${name} (any more).`, { remedy: 'Make it anew, or choose another.' });
  }

  /** Where the log of the last creation is kept. */
  logOf(name: string): string {
    return path.join(this.#options.folder, `${name}.create.log`);
  }

  kubeconfigOf(name: string): string {
    return path.join(this.#options.folder, `${name}.kubeconfig`);
  }

  /**
   * Makes a cluster. What kind prints is kept whole. When it fails or is cancelled nothing of it stays behind (unless `retain`).
   *
   * @throws a plain reason; `cancelled`
   */
  async create({ name, workers, image, retain = false }: CreateOptions, progress: Progress, signal: AbortSignal): Promise<KindClusterInfo> {
    if (!NAME.test(name)) throw new OrreryError('bad-name', `${name} cannot be the name of a cluster.`, { remedy: 'Use small letters, digits, dots and dashes.' });
    if ((await this.list()).some((one) => one.name === name)) throw whyFailed('node(s) already exist for a cluster with the name', this.logOf(name));
    if (image) await this.#pull(image, progress, signal);
    const config = { kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', name, nodes: [{ role: 'control-plane' }, ...Array.from({ length: workers }, () => ({ role: 'worker' }))] };
    const args = ['create', 'cluster', '--name', name, '--config', '-', '--kubeconfig', this.kubeconfigOf(name), '--wait', '180s', ...(image ? ['--image', image] : []), ...(retain ? ['--retain'] : [])];
    const ran = await this.#kind(args, {
      input: stringify(config), signal,
      onLine(line) {
        const step = stepOf(line);
        if (step) progress.report(step.step, step.fraction);
      },
    });
    writeFileSync(this.logOf(name), ran.output, { mode: 0o600 });
    if (ran.code === 0 && !signal.aborted) return this.get(name);
    if (!retain || signal.aborted) await this.#remove(name);
    if (signal.aborted) throw new OrreryError('cancelled', `Making ${name} was cancelled; nothing of it stayed behind.`);
    throw whyFailed(ran.output, this.logOf(name));
  }

  /** Nodes go down one after the other, workers first. */
  async stop(name: string): Promise<void> {
    const { nodes } = await this.get(name);
    for (const node of [...nodes].reverse()) if (node.state !== 'stopped') await this.#power(node, false);
  }

  /** Nodes come up one after the other, the control plane first. */
  async start(name: string): Promise<void> {
    const { nodes } = await this.get(name);
    for (const node of nodes) if (node.state !== 'running') await this.#power(node, true);
  }

  async delete(name: string): Promise<void> {
    await this.get(name);
    await this.#remove(name);
  }

  /** A fault by real means: one machine loses its power, or gets it back. */
  async power(name: string, node: string, on: boolean): Promise<void> {
    const found = (await this.get(name)).nodes.find((one) => one.name === node);
    if (!found) throw new OrreryError('unknown-node', `${name} has no node called ${node}.`);
    await this.#power(found, on);
  }

  /** Writes the private kubeconfig (mode 0600) and returns its text. The user's own is never touched. */
  async kubeconfig(name: string): Promise<string> {
    const ran = await this.#kind(['get', 'kubeconfig', '--name', name], {});
    if (ran.code !== 0) throw new OrreryError('no-kubeconfig', `kind has no kubeconfig of ${name}: ${ran.output.trim().split('\n').at(-1)}`, { remedy: 'Is its control plane running?' });
    // The engine's warnings go to the other stream: the document begins with its version.
    const text = ran.output.slice(Math.max(0, ran.output.indexOf('apiVersion:')));
    writeWhole(this.kubeconfigOf(name), text);
    return text;
  }

  container(node: string): Docker.Container {
    return this.#options.docker.getContainer(node);
  }

  async #power({ name, state }: KindNode, on: boolean): Promise<void> {
    const container = this.container(name);
    if (state === 'paused') await container.unpause();
    if (on && state === 'stopped') await container.start();
    if (!on) await container.stop({ t: 5 });
  }

  async #remove(name: string): Promise<void> {
    const ran = await this.#kind(['delete', 'cluster', '--name', name, '--kubeconfig', this.kubeconfigOf(name)], {});
    if (ran.code !== 0) throw new OrreryError('kind-failed', `${name} could not be deleted: ${ran.output.trim().split('\n').at(-1)}`);
  }

  /** With how many bytes are there, which kind does not tell. */
  async #pull(image: string, progress: Progress, signal: AbortSignal): Promise<void> {
    const { docker } = this.#options;
    if (await docker.getImage(image).inspect().then(() => true, () => false)) return;
    const stream = await docker.pull(image, { abortSignal: signal }).catch((error: Error) => {
      throw signal.aborted ? new OrreryError('cancelled', 'Fetching the node image was cancelled.') : new OrreryError('no-image', `The node image ${image} could not be fetched: ${error.message}`, { remedy: 'Is this machine online, and is a proxy needed?', cause: error });
    });
    const layers = new Map<string, { current: number; total: number }>();
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, (error) => (error ? reject(new OrreryError('no-image', `The node image ${image} could not be fetched: ${error.message}`)) : resolve()), (event: { id?: string; progressDetail?: { current?: number; total?: number } }) => {
      if (!event.id || !event.progressDetail?.total) return;
      layers.set(event.id, { current: event.progressDetail.current ?? 0, total: event.progressDetail.total });
      const sum = (key: 'current' | 'total'): number => [...layers.values()].reduce((all, layer) => all + layer[key], 0);
      progress.report(`Fetching the node image: ${megabytes(sum('current'))} of ${megabytes(sum('total'))}`, 0.4 * (sum('current') / sum('total')));
    }));
  }

  #kind(args: readonly string[], options: { input?: string; signal?: AbortSignal; onLine?: (line: string) => void }): ReturnType<typeof runCommand> {
    return runCommand(this.#options.kind, args, { ...options, environment: { ...this.#options.environment, KUBECONFIG: undefined } as NodeJS.ProcessEnv }).catch((error: unknown) => {
      throw new OrreryError('no-kind', `${this.#options.kind} could not be started: ${(error as Error).message}`, { remedy: 'Install kind, or put it beside kubectl.', cause: error });
    });
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** Control plane first, then by name. */
function describe(name: string, found: readonly KindNode[]): KindClusterInfo {
  const nodes = [...found].sort((a, b) => Number(a.role === 'worker') - Number(b.role === 'worker') || a.name.localeCompare(b.name, 'en', { numeric: true }));
  const running = nodes.filter(({ state }) => state === 'running').length;
  return { name, nodes, state: running === nodes.length ? 'running' : running === 0 ? 'stopped' : 'partly', version: /:(v\d+\.\d+\.\d+)/.exec(nodes[0]?.image ?? '')?.[1] ?? '' };
}
