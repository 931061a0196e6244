import type { RuntimeDetail } from '../../../contracts/inspection/index.ts';
import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../../base/lifecycle/index.ts';
import type { Cause, PartId } from '../../../contracts/trace/index.ts';
import type { Component, Inspection } from '../../machinery/component.ts';
import type { TraceRecorder } from '../../machinery/recorder.ts';
import type { Connection, ProcessSession } from '../../machinery/streams.ts';
import type { ClusterNetwork, NetworkNamespace } from '../../network/network.ts';
import {
  RuntimeError, type ContainerConfig, type ContainerEvent, type ContainerRuntime, type ContainerStats, type ContainerStatus, type ImageInfo, type LinuxResources, type LogLine, type PodSandboxConfig, type PodSandboxStatus,
} from '../cri.ts';
import { findImage, normalizeReference } from '../images/catalogue.ts';
import type { Disk } from '../filesystem/disk.ts';
import type { FileTree } from '../filesystem/file-tree.ts';
import type { Machine } from '../filesystem/special.ts';
import type { HostedPrograms } from '../processes/hosted.ts';
import { CommandNotFound, PidNamespace } from '../processes/process.ts';
import { Container } from './container.ts';
import { addLogFile, removeLogFile } from './log-files.ts';
import { MountFailed, sandboxFiles } from './root-filesystem.ts';

/** Time that the runtime's steps take. Sources: recorded pod timelines, 0.6 s from bind to running with the image present. */
const SANDBOX_MS = 220;
const CREATE_MS = 40;
const START_MS = 60;
/** From the end of a process to the answer of StopContainer. */
const STOP_MS = 80;
/** 90 MB in 1.4 s. */
const PULL_BYTES_PER_MS = 64_000;
const PULL_BASE_MS = 350;
const PAUSE = 'registry.k8s.io/pause:3.10';

export interface EngineOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly trace: TraceRecorder;
  readonly network: ClusterNetwork;
  readonly machine: Machine;
  /** The node's own files and its disk. */
  readonly host: { readonly disk: Disk; readonly host: FileTree };
  readonly hosted: HostedPrograms;
  /** All processes of the machine. */
  readonly pids?: PidNamespace;
}

interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  state: 'ready' | 'not-ready';
  readonly createdAt: number;
  readonly ips: readonly string[];
  readonly files: FileTree;
  /** Set when all containers share it. */
  readonly pids: PidNamespace | undefined;
}

/**
 * containerd on one node. Stopping it leaves containers alive, as shims do; only CRI calls fail.
 *
 * Invariant: every call that changes something leaves a `cri` event in the trace.
 */
export class Engine implements ContainerRuntime, Component {
  readonly id: PartId;
  readonly #options: EngineOptions;
  readonly #kubelet: PartId;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #onContainerEvent = new Emitter<ContainerEvent>();
  readonly onContainerEvent = this.#onContainerEvent.event;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, Container>();
  readonly #images = new Map<string, ImageInfo>();
  readonly #life = new DisposableStore();
  readonly #pids: PidNamespace;
  #running = true;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#pids = options.pids ?? new PidNamespace();
    this.id = `container-runtime/${options.node}`;
    this.#kubelet = `kubelet/${options.node}`;
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const running = [...this.#containers.values()].filter((container) => container.state === 'running').length;
    return {
      now: this.#running ? `${running} container${running === 1 ? ' runs' : 's run'}` : 'stopped: containers go on, nobody can manage them',
      facts: [
        { name: 'Sandboxes', value: this.#sandboxes.size },
        { name: 'Containers', value: this.#containers.size },
        { name: 'Images', value: this.#images.size },
      ],
      detail: {
        containers: [...this.#containers.values()].map((container) => container.inspect()),
        images: [...this.#images.values()].flatMap(({ repoTags, sizeBytes }) => repoTags.map((name) => ({ name, sizeBytes }))),
      } satisfies RuntimeDetail,
    };
  }

  dispose(): void {
    for (const container of this.#containers.values()) container.dispose();
    this.#life.dispose();
    this.#onDidChange.dispose();
    this.#onContainerEvent.dispose();
  }

  /** Puts an image on the node as if it had been pulled long ago. */
  preload(reference: string): void {
    const found = findImage(reference);
    if (found) this.#images.set(normalizeReference(reference), found.info);
  }

  version(): { runtimeName: string; runtimeVersion: string; runtimeApiVersion: string } {
    return { runtimeName: 'containerd', runtimeVersion: '2.1.9', runtimeApiVersion: 'v1' };
  }

  async status(): ReturnType<ContainerRuntime['status']> {
    this.#check();
    return { conditions: [{ type: 'RuntimeReady', status: true, reason: '', message: '' }, { type: 'NetworkReady', status: true, reason: '', message: '' }] };
  }

  async runPodSandbox(config: PodSandboxConfig, cause: Cause): Promise<{ podSandboxId: string }> {
    this.#check();
    this.#record('RunPodSandbox', config, cause);
    await this.#options.clock.sleep(SANDBOX_MS);
    const id = this.#options.ids.hex(64);
    const namespace = this.#options.network.attach(this.#options.node, id, { hostNetwork: config.hostNetwork, portMappings: config.portMappings ?? [] });
    const { clock } = this.#options;
    this.#sandboxes.set(id, { id, config, state: 'ready', createdAt: clock.now(), ips: namespace.addresses, files: sandboxFiles(config, namespace, clock), pids: config.hostPID ? this.#pids : config.shareProcessNamespace ? this.#pausePids(id, config, namespace) : undefined });
    return { podSandboxId: id };
  }

  async stopPodSandbox(podSandboxId: string, cause: Cause): Promise<void> {
    this.#check();
    const sandbox = this.#sandboxes.get(podSandboxId);
    if (!sandbox || sandbox.state === 'not-ready') return;
    this.#record('StopPodSandbox', sandbox.config, cause);
    for (const container of this.#containers.values()) if (container.podSandboxId === podSandboxId) container.signal('SIGKILL');
    sandbox.state = 'not-ready';
    this.#options.network.detach(podSandboxId);
  }

  async removePodSandbox(podSandboxId: string, cause: Cause): Promise<void> {
    this.#check();
    const sandbox = this.#sandboxes.get(podSandboxId);
    if (!sandbox) return;
    this.#record('RemovePodSandbox', sandbox.config, cause);
    for (const [id, container] of this.#containers) if (container.podSandboxId === podSandboxId) await this.#remove(id, container, cause);
    this.#sandboxes.delete(podSandboxId);
  }

  async podSandboxStatus(podSandboxId: string): Promise<PodSandboxStatus> {
    this.#check();
    return this.#sandbox(podSandboxId);
  }

  async listPodSandboxes(filter?: { podUid?: string }): Promise<readonly PodSandboxStatus[]> {
    this.#check();
    return [...this.#sandboxes.values()].filter((sandbox) => filter?.podUid === undefined || sandbox.config.podUid === filter.podUid);
  }

  async createContainer(podSandboxId: string, config: ContainerConfig, cause: Cause): Promise<{ containerId: string }> {
    this.#check();
    const sandbox = this.#sandbox(podSandboxId);
    const found = findImage(config.image);
    if (!found || !this.#images.has(normalizeReference(config.image))) throw new RuntimeError('NotFound', `failed to create containerd container: error unpacking image: image ${config.image} not found`);
    const call = this.#record('CreateContainer', sandbox.config, cause, config.name);
    await this.#options.clock.sleep(CREATE_MS);
    const { clock, ids, random } = this.#options;
    const id = ids.hex(64);
    const network = this.#options.network.namespaceOf(podSandboxId);
    if (!network) throw new RuntimeError('NotFound', `sandbox ${podSandboxId} has no network`);
    const { machine, host, hosted } = this.#options;
    const pids = sandbox.pids ?? (config.targetContainerId === undefined ? undefined : this.#containers.get(config.targetContainerId)?.pids) ?? new PidNamespace(this.#pids);
    const info = this.#images.get(normalizeReference(config.image))!;
    const container = new Container({ id, podSandboxId, sandbox: sandbox.config, config, image: found.image, info, clock, ids, random, network, hosted, machine, disk: host.disk, shared: sandbox.files, pids, onExit: () => this.#fire('stopped', container, []) });
    this.#containers.set(id, container);
    addLogFile(host.host, container);
    this.#fire('created', container, call);
    return { containerId: id };
  }

  async startContainer(containerId: string, cause: Cause): Promise<void> {
    this.#check();
    const container = this.#container(containerId);
    const call = this.#record('StartContainer', container.sandbox, cause, container.config.name);
    await this.#options.clock.sleep(START_MS);
    try {
      container.start();
    } catch (error) {
      if (!(error instanceof CommandNotFound || error instanceof MountFailed)) throw error;
      const text = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${error instanceof CommandNotFound ? error.runcText : error.message}`;
      container.failStart(text);
      this.#fire('stopped', container, call);
      throw new RuntimeError('Unknown', text);
    }
    this.#fire('started', container, call);
  }

  async stopContainer(containerId: string, timeoutSeconds: number, cause: Cause): Promise<void> {
    this.#check();
    const container = this.#containers.get(containerId);
    if (!container || container.state !== 'running') return;
    this.#record('StopContainer', container.sandbox, cause, container.config.name);
    const signal = container.stopSignal;
    container.signal(signal);
    const timer = this.#life.add(this.#options.clock.schedule(timeoutSeconds * 1000, () => container.signal('SIGKILL')));
    await container.exited;
    this.#life.release(timer);
    await this.#options.clock.sleep(STOP_MS);
  }

  async removeContainer(containerId: string, cause: Cause): Promise<void> {
    this.#check();
    const container = this.#containers.get(containerId);
    if (container) await this.#remove(containerId, container, cause);
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    this.#check();
    return this.#container(containerId).status();
  }

  async listContainers(filter?: { podSandboxId?: string; podUid?: string }): Promise<readonly ContainerStatus[]> {
    this.#check();
    return [...this.#containers.values()]
      .filter((container) => (filter?.podSandboxId === undefined || container.podSandboxId === filter.podSandboxId) && (filter?.podUid === undefined || container.sandbox.podUid === filter.podUid))
      .map((container) => container.status());
  }

  async updateContainerResources(containerId: string, resources: LinuxResources): Promise<void> {
    this.#check();
    this.#container(containerId).cgroup.resources = resources;
  }

  async containerStats(containerId: string): Promise<ContainerStats> {
    this.#check();
    return this.#container(containerId).stats();
  }

  async execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<{ stdout: Uint8Array; stderr: Uint8Array; exitCode: number }> {
    this.#check();
    const session = this.#container(containerId).exec({ command, stdin: false, tty: false });
    const collect = async (source: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> => {
      const chunks: Uint8Array[] = [];
      if (source) for await (const chunk of source) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    };
    let timedOut = false;
    const timer = timeoutSeconds > 0 ? this.#life.add(this.#options.clock.schedule(timeoutSeconds * 1000, () => ((timedOut = true), session.kill()))) : undefined;
    const [stdout, stderr, { exitCode }] = await Promise.all([collect(session.stdout), collect(session.stderr), session.exit]);
    if (timer) this.#life.release(timer);
    if (timedOut) throw new RuntimeError('DeadlineExceeded', `failed to exec in container: timeout ${timeoutSeconds}s exceeded: context deadline exceeded`);
    return { stdout, stderr, exitCode };
  }

  async exec(containerId: string, options: { command: readonly string[]; stdin: boolean; tty: boolean }, cause: Cause): Promise<ProcessSession> {
    this.#check();
    const container = this.#container(containerId);
    this.#record('Exec', container.sandbox, cause, container.config.name);
    return container.exec(options);
  }

  async attach(containerId: string, options: { stdin: boolean; tty: boolean }, cause: Cause): Promise<ProcessSession> {
    this.#check();
    const container = this.#container(containerId);
    this.#record('Attach', container.sandbox, cause, container.config.name);
    return container.attach(options);
  }

  async portForward(podSandboxId: string, port: number): Promise<Connection> {
    this.#check();
    const namespace = this.#options.network.namespaceOf(podSandboxId);
    if (!namespace) throw new RuntimeError('NotFound', `sandbox ${podSandboxId} not found`);
    try {
      return await namespace.dial('127.0.0.1', port);
    } catch (error) {
      throw new RuntimeError('Unknown', `failed to execute portforward in network namespace "/var/run/netns/cni-${podSandboxId.slice(0, 8)}-${podSandboxId.slice(8, 12)}-${podSandboxId.slice(12, 16)}-${podSandboxId.slice(16, 20)}-${podSandboxId.slice(20, 32)}": failed to connect to localhost:${port} inside namespace ${JSON.stringify(podSandboxId)}, IPv4: dial tcp4 127.0.0.1:${port}: connect: ${(error as Error).message.toLowerCase()} IPv6 dial tcp6: address localhost: no suitable address `);
    }
  }

  logTail(containerId: string): string {
    return this.#container(containerId).logs.lines.slice(-80).map(({ bytes }) => new TextDecoder().decode(bytes)).join('');
  }

  containerLogs(containerId: string, options: { follow: boolean; signal: AbortSignal }): AsyncIterable<LogLine> {
    return this.#container(containerId).logs.read(options);
  }

  async pullImage(reference: string, cause: Cause, onProgress?: (bytes: number, total: number) => void): Promise<{ imageRef: string }> {
    this.#check();
    const full = normalizeReference(reference);
    this.#options.trace.record({ kind: 'cri', from: this.#kubelet, to: this.id, cause, label: `PullImage ${reference}` });
    await this.#options.clock.sleep(PULL_BASE_MS);
    const found = findImage(reference);
    if (!found) throw new RuntimeError('NotFound', `failed to pull and unpack image ${JSON.stringify(full)}: failed to resolve image: ${full}: not found`);
    onProgress?.(0, found.info.sizeBytes);
    if (!this.#images.has(full)) await this.#options.clock.sleep(found.info.sizeBytes / PULL_BYTES_PER_MS);
    onProgress?.(found.info.sizeBytes, found.info.sizeBytes);
    this.#images.set(full, found.info);
    return { imageRef: found.info.repoDigests[0]! };
  }

  async imageStatus(reference: string): Promise<ImageInfo | undefined> {
    this.#check();
    return this.#images.get(normalizeReference(reference));
  }

  async listImages(): Promise<readonly ImageInfo[]> {
    this.#check();
    return [...this.#images.values()];
  }

  async removeImage(reference: string): Promise<void> {
    this.#check();
    this.#images.delete(normalizeReference(reference));
  }

  async #remove(id: string, container: Container, cause: Cause): Promise<void> {
    const call = this.#record('RemoveContainer', container.sandbox, cause, container.config.name);
    container.dispose();
    removeLogFile(this.#options.host.host, container);
    this.#containers.delete(id);
    this.#fire('deleted', container, call);
  }

  /** PID 1 of a Pod that shares its process namespace is the sandbox's own. */
  #pausePids(id: string, config: PodSandboxConfig, network: NetworkNamespace): PidNamespace {
    const { clock, ids, random, machine, host } = this.#options;
    const found = findImage(PAUSE)!;
    const pids = new PidNamespace(this.#pids);
    const securityContext = { privileged: false, supplementalGroups: [], readonlyRootfs: false };
    const container = new Container({
      id, podSandboxId: id, sandbox: config, image: found.image, info: found.info, clock, ids, random, network, machine, disk: host.disk, shared: sandboxFiles(config, network, clock), pids, onExit() {},
      config: { name: 'POD', attempt: 0, image: PAUSE, imageRef: '', command: [], args: [], env: [], mounts: [], stdin: false, stdinOnce: false, tty: false, labels: {}, resources: {}, securityContext },
    });
    container.start();
    return pids;
  }

  #check(): void {
    if (!this.#running) throw new RuntimeError('Unavailable', 'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"');
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('NotFound', `an error occurred when try to find sandbox ${JSON.stringify(id)}: not found`);
    return sandbox;
  }

  #container(id: string): Container {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('NotFound', `an error occurred when try to find container ${JSON.stringify(id)}: not found`);
    return container;
  }

  #record(call: string, { podName, podNamespace, podUid }: PodSandboxConfig, cause: Cause, container?: string): Cause {
    const seq = this.#options.trace.record({
      kind: 'cri', from: this.#kubelet, to: this.id, cause, label: `${call} ${podName}${container ? `/${container}` : ''}`,
      object: { resource: 'pods', namespace: podNamespace, name: podName, uid: podUid },
    });
    return [seq];
  }

  #fire(type: ContainerEvent['type'], container: Container, cause: Cause): void {
    const { podUid, podName, podNamespace } = container.sandbox;
    const seq = this.#options.trace.record({
      kind: 'container', from: this.id, to: this.#kubelet, cause, label: `${container.config.name} ${type}`, object: { resource: 'pods', namespace: podNamespace, name: podName, uid: podUid },
    });
    this.#onContainerEvent.fire({ type, containerId: container.id, podSandboxId: container.podSandboxId, podUid, cause: [seq] });
  }
}

