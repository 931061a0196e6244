import { parseTime } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import { RuntimeError, type ContainerStatus, type PodSandboxStatus } from '../../container-runtime/cri.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import { ConfigError, containerEnvironment } from '../environment/environment.ts';
import { ensureImage, ImageBackOff, type ImageState } from '../images/image-manager.ts';
import { Prober } from '../probes/prober.ts';
import { podStatus, type ContainerKnowledge } from '../status/status.ts';
import { MountError, mountsOf, setUpVolumes } from '../volumes/volumes.ts';
import { containerConfig, sandboxConfig } from './configs.ts';
import { volumeSources, type WorkerContext } from './context.ts';

/** models kubelet: containerBackOff (10 s, doubling, 5 min; forgotten after 10 min of running) */
const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 300_000;
const BACKOFF_RESET_MS = 600_000;
const RESYNC_MS = 60_000;

interface ContainerMemory {
  backoffMs: number;
  /** No start before this time. */
  notBefore: number;
  waiting: { reason: string; message?: string } | undefined;
  ready: boolean;
  started: boolean;
  prober: Prober | undefined;
  proberOf: string | undefined;
  /** Containers whose end was taken into account already. */
  readonly counted: Set<string>;
  readonly image: ImageState;
}

/**
 * Everything the kubelet does for one Pod. Each turn re-reads the runtime and the Pod and does the next steps; whatever
 * takes time is asked for again by the next event. Turns of one Pod never overlap.
 *
 * models pkg/kubelet: podWorkers, SyncPod, SyncTerminatingPod and kuberuntime: computePodActions
 */
export class PodWorker implements Disposable {
  readonly #context: WorkerContext;
  readonly #life = new DisposableStore();
  readonly #memory = new Map<string, ContainerMemory>();
  readonly #startedAt: number;
  pod: Stored<Pod>;
  #wake: Disposable | undefined;
  #busy = false;
  #again: Cause | undefined;
  #terminating = false;
  #removed = false;

  constructor(context: WorkerContext, pod: Stored<Pod>) {
    this.#context = context;
    this.pod = pod;
    this.#startedAt = context.clock.now();
  }

  /** The Pod changed, or something happened to its containers. */
  update(pod: Stored<Pod> | undefined, cause: Cause): void {
    const before = this.pod;
    if (pod) this.pod = pod;
    else this.#removed = true;
    // The echo of our own status is no news. models kubelet config: checkAndUpdatePod
    if (!pod || !sameWish(before, pod)) this.poke(cause);
  }

  poke(cause: Cause): void {
    if (this.#life.isDisposed) return;
    if (this.#busy) {
      this.#again = cause;
      return;
    }
    this.#busy = true;
    void this.#turns(cause);
  }

  dispose(): void {
    this.#life.dispose();
    for (const { prober } of this.#memory.values()) prober?.dispose();
  }

  async #turns(cause: Cause): Promise<void> {
    for (let next: Cause | undefined = cause; next && !this.#life.isDisposed; next = this.#take()) {
      try {
        await this.#turn(next);
      } catch (error) {
        // The runtime or the API server is away: again later.
        void error;
        this.#after(1_000);
      }
    }
    this.#busy = false;
  }

  #take(): Cause | undefined {
    const again = this.#again;
    this.#again = undefined;
    return again;
  }

  #after(delayMs: number): void {
    if (this.#wake) this.#life.release(this.#wake);
    this.#wake = this.#life.add(this.#context.clock.schedule(Math.max(1, delayMs), () => this.poke([])));
  }

  async #turn(cause: Cause): Promise<void> {
    const { runtime } = this.#context;
    const [sandboxes, containers] = [await runtime.listPodSandboxes({ podUid: this.pod.metadata.uid }), await runtime.listContainers({ podUid: this.pod.metadata.uid })];
    const phase = this.pod.status?.phase;
    if (this.#removed || this.pod.metadata.deletionTimestamp) return this.#terminate(sandboxes, containers, cause);
    if (phase === 'Succeeded' || phase === 'Failed') return this.#stopAll(sandboxes, containers, 0, cause);
    if (this.#pastDeadline()) return this.#fail(sandboxes, containers, cause);
    this.#after(RESYNC_MS);
    this.#observe(containers, cause);
    const sandbox = sandboxes.find((candidate) => candidate.state === 'ready');
    if (!sandbox && this.#mayStillRun(containers)) return this.#createSandbox(cause);
    if (sandbox) await this.#startWhatIsDue(sandbox, containers, cause);
    await this.#report(cause);
  }

  #pastDeadline(): boolean {
    const seconds = this.pod.spec?.activeDeadlineSeconds;
    const start = this.pod.status?.startTime;
    if (seconds === undefined || !start) return false;
    const left = parseTime(start) + seconds * 1000 - this.#context.clock.now();
    if (left > 0) this.#after(left);
    return left <= 0;
  }

  async #fail(sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    this.#event(undefined, 'Normal', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline', cause);
    await this.#stopAll(sandboxes, containers, this.pod.spec?.terminationGracePeriodSeconds ?? 30, cause);
    await this.#report(cause, { phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
  }

  #mayStillRun(containers: readonly ContainerStatus[]): boolean {
    if (containers.length === 0) return true;
    return this.#all().some((container) => {
      const latest = latestOf(containers, container.name);
      return !latest || latest.state !== 'exited' || this.#wantsRestart(container, latest);
    });
  }

  async #createSandbox(cause: Cause): Promise<void> {
    await this.#report(cause);
    const { runtime, events } = this.#context;
    try {
      await setUpVolumes(this.pod, volumeSources(this.#context, '', cause));
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      events.event(this.#subject(), 'Warning', 'FailedMount', error.message, cause);
      return this.#after(2_000);
    }
    const sandboxes = await runtime.listPodSandboxes({ podUid: this.pod.metadata.uid });
    await runtime.runPodSandbox(sandboxConfig(this.pod, sandboxes.length), cause);
    this.#again ??= cause;
  }

  /** Init containers one after the other, then all others. models computePodActions */
  async #startWhatIsDue(sandbox: PodSandboxStatus, containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    for (const container of this.pod.spec?.initContainers ?? []) {
      const latest = latestOf(containers, container.name);
      const isSidecar = container.restartPolicy === 'Always';
      if (!isSidecar && latest?.state === 'exited' && latest.exitCode === 0) continue;
      if (latest?.state !== 'running') return this.#startIfDue(container, sandbox, containers, cause);
      if (!isSidecar || !this.#of(container).started) return;
    }
    for (const container of this.pod.spec!.containers) await this.#startIfDue(container, sandbox, containers, cause);
  }

  #wantsRestart(container: Container, latest: ContainerStatus): boolean {
    const isInit = (this.pod.spec?.initContainers ?? []).some((candidate) => candidate.name === container.name);
    const policy = container.restartPolicy ?? this.pod.spec?.restartPolicy ?? 'Always';
    if (isInit && container.restartPolicy !== 'Always') return latest.exitCode !== 0 && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && latest.exitCode !== 0);
  }

  async #startIfDue(container: Container, sandbox: PodSandboxStatus, containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    const latest = latestOf(containers, container.name);
    if (latest && (latest.state === 'running' || latest.state === 'created')) return;
    if (latest && !this.#wantsRestart(container, latest)) return;
    const memory = this.#of(container);
    const { clock } = this.#context;
    if (clock.now() < memory.notBefore) {
      this.#crashLoop(container, memory, cause);
      return this.#after(memory.notBefore - clock.now());
    }
    memory.waiting = undefined;
    try {
      await this.#start(container, sandbox, containers, cause);
    } catch (error) {
      this.#startFailed(container, memory, error, cause);
    }
  }

  #crashLoop(container: Container, memory: ContainerMemory, cause: Cause): void {
    const seconds = formatBackoff(memory.backoffMs);
    const message = `back-off ${seconds} restarting failed container=${container.name} pod=${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.pod.metadata.uid})`;
    if (memory.waiting?.message === message) return;
    memory.waiting = { reason: 'CrashLoopBackOff', message };
    this.#event(container, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.pod.metadata.uid})`, cause);
  }

  async #start(container: Container, sandbox: PodSandboxStatus, containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    const { runtime, clock } = this.#context;
    const memory = this.#of(container);
    const imageRef = await ensureImage({ container, state: memory.image, runtime, clock, event: (type, reason, message) => this.#event(container, type, reason, message, cause), onWaiting: (waiting) => { memory.waiting = waiting; }, cause });
    memory.waiting = undefined;
    const podIP = sandbox.ips[0] ?? '';
    const sources = volumeSources(this.#context, podIP, cause);
    const volumes = await setUpVolumes(this.pod, sources);
    const environment = await containerEnvironment(this.pod, container, sources);
    const image = await runtime.imageStatus(container.image!);
    const attempt = containers.filter((status) => status.config.name === container.name).length;
    const { containerId } = await runtime.createContainer(sandbox.id, containerConfig(this.pod, container, { attempt, environment, imageRef, imageUser: image?.user ?? '', mounts: mountsOf(container, volumes, environment) }), cause);
    this.#event(container, 'Normal', 'Created', 'Container created', cause);
    await runtime.startContainer(containerId, cause);
    this.#event(container, 'Normal', 'Started', 'Container started', cause);
  }

  #startFailed(container: Container, memory: ContainerMemory, error: unknown, cause: Cause): void {
    if (error instanceof ImageBackOff) return this.#after(error.retryMs);
    if (error instanceof MountError) {
      this.#event(undefined, 'Warning', 'FailedMount', error.message, cause);
      return this.#after(2_000);
    }
    if (error instanceof ConfigError) {
      memory.waiting = { reason: 'CreateContainerConfigError', message: error.message };
      this.#event(container, 'Warning', 'Failed', `Error: ${error.message}`, cause);
      return this.#after(10_000);
    }
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    this.#event(container, 'Warning', 'Failed', `Error: ${error.message.replace(/^rpc error: code = \w+ desc = /, '')}`, cause);
    this.#again ??= cause;
  }

  /** Takes note of ends and starts since the last turn: back-off, readiness, probes. */
  #observe(containers: readonly ContainerStatus[], cause: Cause): void {
    const { clock } = this.#context;
    for (const container of this.#all()) {
      const memory = this.#of(container);
      const latest = latestOf(containers, container.name);
      if (latest?.state === 'running') this.#observeRunning(container, memory, latest, cause);
      else {
        memory.prober?.dispose();
        memory.prober = undefined;
        memory.proberOf = undefined;
        memory.started = false;
        const isInit = (this.pod.spec?.initContainers ?? []).includes(container);
        memory.ready = isInit && latest?.state === 'exited' && latest.exitCode === 0;
      }
      if (latest?.state !== 'exited' || memory.counted.has(latest.id)) continue;
      memory.counted.add(latest.id);
      const isFirst = memory.counted.size === 1;
      const ranLong = latest.finishedAt - latest.startedAt > BACKOFF_RESET_MS;
      // The first restart is at once; back-off begins with the second.
      memory.backoffMs = isFirst || ranLong ? 0 : memory.backoffMs === 0 ? FIRST_BACKOFF_MS : Math.min(memory.backoffMs * 2, LAST_BACKOFF_MS);
      memory.notBefore = latest.finishedAt + memory.backoffMs;
      if (memory.notBefore > clock.now()) this.#after(memory.notBefore - clock.now());
    }
  }

  #observeRunning(container: Container, memory: ContainerMemory, latest: ContainerStatus, cause: Cause): void {
    memory.waiting = undefined;
    if (memory.proberOf === latest.id) return;
    memory.prober?.dispose();
    memory.proberOf = latest.id;
    memory.started = container.startupProbe === undefined;
    memory.ready = memory.started && container.readinessProbe === undefined;
    const { clock, runtime, network } = this.#context;
    memory.prober = new Prober({
      clock, runtime, network,
      target: { container, containerId: latest.id, podIP: this.pod.status?.podIP ?? this.#podIP },
      listener: {
        onFailure: (message) => this.#event(container, 'Warning', 'Unhealthy', message, cause),
        onResult: (kind, success) => {
          if (kind === 'readiness') memory.ready = success;
          if (kind === 'startup' && success) {
            memory.started = true;
            memory.ready = container.readinessProbe === undefined;
          }
          if (!success && kind !== 'readiness') {
            this.#event(container, 'Normal', 'Killing', `Container ${container.name} failed ${kind} probe, will be restarted`, cause);
            void runtime.stopContainer(latest.id, this.pod.spec?.terminationGracePeriodSeconds ?? 30, cause).catch(() => {});
          }
          this.poke(cause);
        },
      },
    });
  }

  #podIP = '';

  async #terminate(sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    const { runtime, client, volumes } = this.#context;
    const grace = this.#removed ? 1 : (this.pod.metadata.deletionGracePeriodSeconds ?? 30);
    if (!this.#terminating) {
      this.#terminating = true;
      for (const { prober } of this.#memory.values()) prober?.dispose();
      for (const status of containers) if (status.state === 'running') this.#event(this.#named(status.config.name), 'Normal', 'Killing', `Stopping container ${status.config.name}`, cause);
    }
    await this.#stopAll(sandboxes, containers, grace, cause);
    if (!this.#removed) await this.#report(cause);
    for (const sandbox of sandboxes) await runtime.removePodSandbox(sandbox.id, cause);
    for (const volume of this.pod.spec?.volumes ?? []) volumes.remove(`${this.pod.metadata.uid}/${volume.name}`);
    if (this.#removed) return this.dispose();
    await client.delete(pods, this.pod.metadata.namespace, this.pod.metadata.name, { gracePeriodSeconds: 0, preconditions: { uid: this.pod.metadata.uid } }, cause).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async #stopAll(sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], grace: number, cause: Cause): Promise<void> {
    const { runtime } = this.#context;
    await Promise.all(containers.filter((status) => status.state === 'running').map((status) => runtime.stopContainer(status.id, grace, cause)));
    for (const sandbox of sandboxes) await runtime.stopPodSandbox(sandbox.id, cause);
  }

  /** Writes the status if it differs from what the API has. models status manager: syncPod */
  async #report(cause: Cause, override: object = {}): Promise<void> {
    const { runtime, clock, client, node } = this.#context;
    const uid = this.pod.metadata.uid;
    const sandbox = (await runtime.listPodSandboxes({ podUid: uid })).filter((candidate) => candidate.state === 'ready').pop();
    const containers = await runtime.listContainers({ podUid: uid });
    if (sandbox?.ips[0]) this.#podIP = sandbox.ips[0];
    const known = new Map(this.#all().map((container): [string, ContainerKnowledge] => {
      const attempts = containers.filter((status) => status.config.name === container.name).sort((a, b) => a.config.attempt - b.config.attempt);
      const { waiting, ready, started } = this.#of(container);
      return [container.name, { attempts, waiting, ready, started, restarts: Math.max(0, (attempts[attempts.length - 1]?.config.attempt ?? 0)) }];
    }));
    const isHost = this.pod.spec?.hostNetwork === true;
    const computed = podStatus(this.pod, { containers: known, sandboxReady: sandbox !== undefined, podIP: sandbox ? (isHost ? node.address : sandbox.ips[0]) : (this.pod.status?.podIP ?? undefined), hostIP: node.address, startedAt: this.#startedAt, now: clock.now() });
    const status = { ...computed, ...override };
    if (deepEqual(withoutTimes(status), withoutTimes(this.pod.status))) return;
    const fresh = await client.get(pods, this.pod.metadata.namespace, this.pod.metadata.name, cause).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (!fresh || fresh.metadata.uid !== this.#apiUid()) return;
    const patched = await client.patch(pods, fresh.metadata.namespace, fresh.metadata.name, { metadata: { uid: fresh.metadata.uid }, status }, cause, 'status').catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (patched && this.pod.metadata.uid === patched.metadata.uid) this.pod = patched;
    else if (patched) this.pod = { ...this.pod, status: patched.status! };
  }

  /** The API knows a static Pod by its mirror. */
  #apiUid(): string {
    return this.mirrorUid ?? this.pod.metadata.uid;
  }

  /** The uid of the mirror Pod of a static one. */
  mirrorUid: string | undefined;

  #all(): Container[] {
    return [...(this.pod.spec?.initContainers ?? []), ...(this.pod.spec?.containers ?? [])];
  }

  #named(name: string): Container | undefined {
    return this.#all().find((container) => container.name === name);
  }

  #of(container: Container): ContainerMemory {
    let memory = this.#memory.get(container.name);
    if (!memory) {
      memory = { backoffMs: 0, notBefore: 0, waiting: undefined, ready: false, started: false, prober: undefined, proberOf: undefined, counted: new Set(), image: { failures: 0, retryAt: 0, message: '' } };
      this.#memory.set(container.name, memory);
    }
    return memory;
  }

  #subject(container?: Container): { kind: string; apiVersion: string; metadata: Stored<Pod>['metadata']; fieldPath?: string } {
    const isInit = container && (this.pod.spec?.initContainers ?? []).includes(container);
    const metadata = this.mirrorUid ? { ...this.pod.metadata, uid: this.mirrorUid } : this.pod.metadata;
    return { kind: 'Pod', apiVersion: 'v1', metadata, ...(container ? { fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${container.name}}` } : {}) };
  }

  #event(container: Container | undefined, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.#context.events.event(this.#subject(container), type, reason, message, cause);
  }
}

/** Nothing that the worker acts on differs: only the status does. */
function sameWish(a: Stored<Pod>, b: Stored<Pod>): boolean {
  const wish = ({ metadata, spec }: Stored<Pod>): unknown => [metadata.uid, metadata.generation, metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds, metadata.labels, metadata.annotations, spec];
  return a.metadata.resourceVersion !== '' && deepEqual(wish(a), wish(b));
}

function latestOf(containers: readonly ContainerStatus[], name: string): ContainerStatus | undefined {
  let latest: ContainerStatus | undefined;
  for (const status of containers) if (status.config.name === name && (!latest || status.config.attempt > latest.config.attempt)) latest = status;
  return latest;
}

/** `10s`, `1m20s`, `5m0s` */
function formatBackoff(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function withoutTimes(status: object | undefined): unknown {
  return JSON.parse(JSON.stringify(status ?? {}, (key, value: unknown) => (key === 'lastTransitionTime' || key === 'startTime' ? undefined : value)));
}
