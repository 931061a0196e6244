import { parseTime } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { WorkerView } from '../../../contracts/inspection/index.ts';
import type { Container, Pod, PodCondition, PodStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import type { ContainerStatus, PodSandboxStatus, VolumeDirectory } from '../../container-runtime/cri.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import { graceOf, stopAllContainers, stopContainer, type StopAll } from '../lifecycle/stop.ts';
import { watchContainer } from '../probes/watch.ts';
import { Resizer } from '../resize/resizer.ts';
import { hasChangingVolumes, MountError, NotAttachedError, setUpVolumes } from '../volumes/volumes.ts';
import { latestOf, podActions } from './actions.ts';
import { sandboxConfig } from './configs.ts';
import { volumeSources, type WorkerContext } from './context.ts';
import { containersOf, countEnd, describeMemory, newMemory, type ContainerMemory, type KnownContainer } from './memory.ts';
import { writeStatus } from './reporter.ts';
import { startContainer, StartFailed } from './start.ts';

/** models kubelet: syncFrequency with its jitter; workerBackOff of a turn that failed */
const RESYNC_MS = 70_000;
const RETRY_MS = 12_000;
const FIRST_MOUNT_RETRY_MS = 500;
/** How often is looked whether the volumes of a Pod that ends are unmounted. models volumemanager: podAttachAndMountRetryInterval */
const UNMOUNT_POLL_MS = 300;

/** Why a Pod is over before its containers are: eviction, deadline, refusal by the node. */
export interface Ending {
  readonly status: Partial<PodStatus>;
  readonly graceSeconds: number | undefined;
  readonly conditions?: readonly PodCondition[];
}

/**
 * Everything the kubelet does for one Pod. Each turn re-reads the runtime and the Pod, reports, and does the next steps;
 * whatever takes time is asked for again by the next event. Turns of one Pod never overlap.
 *
 * models pkg/kubelet: podWorkers, SyncPod, SyncTerminatingPod
 */
export class PodWorker implements Disposable {
  readonly #context: WorkerContext;
  readonly #life = new DisposableStore();
  readonly #memory = new Map<string, ContainerMemory>();
  readonly #startedAt: number;
  readonly #resizer: Resizer;
  pod: Stored<Pod>;
  /** The uid of the mirror Pod of a static one. */
  mirrorUid: string | undefined;
  /** The Pod's volumes, once they are set up. */
  volumes: ReadonlyMap<string, VolumeDirectory> | undefined;
  #wake: Disposable | undefined;
  #busy = false;
  #again: Cause | undefined;
  #refreshVolumes = false;
  #removed = false;
  #admitted = false;
  #finished = false;
  /** The API was told that nothing is left of it. */
  #terminated = false;
  #ending: Ending | undefined;
  #stopping: { grace: number; done: Promise<void> } | undefined;
  #mountRetryMs = FIRST_MOUNT_RETRY_MS;
  #mountRetryAt = 0;
  #podIP: string | undefined;

  constructor(context: WorkerContext, pod: Stored<Pod>) {
    this.#context = context;
    this.pod = pod;
    this.#startedAt = context.clock.now();
    this.#resizer = new Resizer(context);
  }

  /** The Pod changed, or something happened to its containers. */
  update(pod: Stored<Pod> | undefined, cause: Cause): void {
    const before = this.pod;
    if (pod) this.pod = pod;
    else this.#removed = true;
    // The echo of our own status is no news. models kubelet config: checkAndUpdatePod
    if (pod && (before === pod || sameWish(before, pod))) return;
    this.#refreshVolumes = true;
    this.poke(cause);
  }

  poke(cause: Cause): void {
    if (this.#life.isDisposed) return;
    if (this.#busy) {
      this.#again = cause;
      this.#shorten(cause);
      return;
    }
    this.#busy = true;
    void this.#turns(cause);
  }

  /** Ends the Pod for the node's sake. models eviction manager: evictPod */
  end(ending: Ending, cause: Cause): void {
    this.#ending ??= ending;
    this.poke(cause);
  }

  inspect(): WorkerView {
    const { metadata, status } = this.pod;
    const now = this.#context.clock.now();
    return { pod: `${metadata.namespace}/${metadata.name}`, phase: metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? 'Pending'), containers: containersOf(this.pod).map(({ container }) => describeMemory(container.name, this.#of(container.name), now)) };
  }

  get isOver(): boolean {
    return this.#finished || this.#ending !== undefined || isTerminalPhase(this.pod);
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
    this.#wake = this.#life.add(this.#context.clock.schedule(Math.max(1, delayMs), () => {
      this.#refreshVolumes = true;
      this.poke([]);
    }));
  }

  async #turn(cause: Cause): Promise<void> {
    const { runtime } = this.#context;
    const [sandboxes, containers] = [await runtime.listPodSandboxes({ podUid: this.pod.metadata.uid }), await runtime.listContainers({ podUid: this.pod.metadata.uid })];
    const sandbox = sandboxes.find((candidate) => candidate.state === 'ready');
    if (sandbox?.ips[0]) this.#podIP = sandbox.ips[0];
    if (this.#removed || this.pod.metadata.deletionTimestamp) return this.#terminate(sandboxes, containers, cause);
    const phase = this.pod.status?.phase;
    if (phase === 'Succeeded' || phase === 'Failed') return this.#finish(sandboxes, containers, {}, cause);
    if (!this.#admitted && !(await this.#admit(containers, cause))) return this.#finish(sandboxes, containers, this.#ending!.status, cause);
    const left = this.#untilDeadline(cause);
    if (this.#ending) return this.#finish(sandboxes, containers, this.#ending.status, cause);
    this.#after(Math.min(RESYNC_MS, left));
    this.#observe(containers, cause);
    await this.#report(sandbox, containers, cause);
    await this.#act(sandbox, sandboxes, containers, cause);
  }

  /** The node has a say; labels that do not match are looked at once more, fresh. models pkg/kubelet/lifecycle: predicateAdmitHandler, generalFilter */
  async #admit(containers: readonly ContainerStatus[], cause: Cause): Promise<boolean> {
    this.#admitted = true;
    if (containers.length > 0 || this.mirrorUid) return true;
    let refusal = this.#context.admit(this.pod);
    if (refusal?.reason === 'NodeAffinity') {
      await this.#context.refreshNode(cause);
      refusal = this.#context.admit(this.pod);
    }
    if (!refusal) return true;
    this.#event(undefined, 'Warning', refusal.reason, refusal.message, cause);
    this.#ending = { status: { phase: 'Failed', reason: refusal.reason, message: `Pod was rejected: ${refusal.message}` }, graceSeconds: 0 };
    return false;
  }

  /** Milliseconds until activeDeadlineSeconds; past it the Pod ends. models pkg/kubelet: activeDeadlineHandler */
  #untilDeadline(cause: Cause): number {
    const seconds = this.pod.spec?.activeDeadlineSeconds;
    const start = this.pod.status?.startTime;
    if (seconds === undefined || !start || this.#ending) return Infinity;
    const left = parseTime(start) + seconds * 1000 - this.#context.clock.now();
    if (left > 0) return left;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#event(undefined, 'Normal', 'DeadlineExceeded', message, cause);
    this.#ending = { status: { phase: 'Failed', reason: 'DeadlineExceeded', message }, graceSeconds: undefined };
    return Infinity;
  }

  async #act(sandbox: PodSandboxStatus | undefined, sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    const restartForResize = await this.#resizer.apply(this.pod, containers, cause, (type, reason, message) => this.#event(undefined, type, reason, message, cause));
    if (this.#resizer.takeNews()) this.#again ??= cause;
    const actions = podActions({ pod: this.pod, containers, memory: (name) => this.#of(name), restartForResize });
    if (actions.killPod) return this.#finish(sandboxes, containers, {}, cause);
    if (!(await this.#mount(cause))) return;
    if (!sandbox) {
      await this.#context.runtime.runPodSandbox(sandboxConfig(this.pod, sandboxes.length), cause);
      this.#again ??= cause;
      return;
    }
    for (const { container, status, message } of actions.kill) await this.#kill(container, status, message, cause);
    for (const known of actions.start) await this.#start(known, sandbox, containers, cause);
  }

  async #kill(container: Container, status: ContainerStatus, message: string, cause: Cause): Promise<void> {
    const memory = this.#of(container.name);
    const graceSeconds = graceOf(this.pod, container, memory.failedProbe);
    memory.prober?.dispose();
    memory.failedProbe = undefined;
    await stopContainer({ ...this.#stopOptions(cause), container, status, graceSeconds, message });
    this.#again ??= cause;
  }

  /** All volumes in place, or a FailedMount and another try. */
  async #mount(cause: Cause): Promise<boolean> {
    const { clock } = this.#context;
    if (this.volumes && !(this.#refreshVolumes && (hasChangingVolumes(this.pod) || this.#context.tokens.isDue(this.pod.metadata.uid)))) return true;
    if (clock.now() < this.#mountRetryAt) {
      this.#after(this.#mountRetryAt - clock.now());
      return this.volumes !== undefined;
    }
    this.#refreshVolumes = false;
    try {
      this.volumes = await setUpVolumes(this.pod, volumeSources(this.#context, this.#podIP ?? '', cause));
      this.#mountRetryMs = FIRST_MOUNT_RETRY_MS;
      return true;
    } catch (error) {
      if (error instanceof MountError) this.#event(undefined, 'Warning', error.reason, error.message, cause);
      else if (!(error instanceof NotAttachedError)) throw error;
      this.#mountRetryAt = clock.now() + this.#mountRetryMs;
      this.#after(this.#mountRetryMs);
      this.#mountRetryMs = Math.min(this.#mountRetryMs * 2, 122_000);
      return this.volumes !== undefined;
    }
  }

  async #start(known: KnownContainer, sandbox: PodSandboxStatus, containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    const { container } = known;
    const memory = this.#of(container.name);
    const { clock } = this.#context;
    if (clock.now() < memory.notBefore) {
      this.#crashLoop(container, memory, cause);
      return this.#after(memory.notBefore - clock.now());
    }
    const isFirst = memory.waiting === undefined;
    try {
      const sources = volumeSources(this.#context, sandbox.ips[0] ?? '', cause);
      await startContainer({ context: this.#context, pod: this.pod, known, memory, sandbox, containers, volumes: this.volumes!, sources, cause, event: (type, reason, message) => this.#event(container, type, reason, message, cause), podEvent: (type, reason, message) => this.#event(undefined, type, reason, message, cause) });
      memory.waiting = undefined;
    } catch (error) {
      if (!(error instanceof StartFailed)) throw error;
      memory.waiting = { reason: error.reason, message: error.message };
      if (isFirst) this.#again ??= cause;
      this.#after(RETRY_MS);
    }
  }

  /** models kuberuntime: doBackOff */
  #crashLoop(container: Container, memory: ContainerMemory, cause: Cause): void {
    const { name, namespace, uid } = this.pod.metadata;
    const place = `${name}_${namespace}(${uid})`;
    memory.waiting = { reason: 'CrashLoopBackOff', message: `back-off ${formatBackoff(memory.backoffMs)} restarting failed container=${container.name} pod=${place}` };
    this.#event(container, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${place}`, cause);
  }

  /** Takes note of ends and starts since the last turn: back-off, readiness, probes. */
  #observe(containers: readonly ContainerStatus[], cause: Cause): void {
    for (const { container, kind } of containersOf(this.pod)) {
      const memory = this.#of(container.name);
      const latest = latestOf(containers, container.name);
      if (latest?.state === 'running') {
        memory.waiting = undefined;
        if (memory.proberOf !== latest.id) this.#watch(container, memory, latest, kind, cause);
        continue;
      }
      memory.prober?.dispose();
      memory.prober = undefined;
      memory.proberOf = undefined;
      memory.failedProbe = undefined;
      memory.started = false;
      memory.ready = kind === 'init' && latest?.state === 'exited' && latest.exitCode === 0;
      if (latest?.state === 'exited') countEnd(memory, latest.id, latest.startedAt, latest.finishedAt);
    }
  }

  #watch(container: Container, memory: ContainerMemory, latest: ContainerStatus, kind: KnownContainer['kind'], cause: Cause): void {
    const { clock, runtime, network } = this.#context;
    watchContainer({
      clock, runtime, network, container, memory, containerId: latest.id, startedAt: latest.startedAt, isProbed: kind !== 'init' && kind !== 'ephemeral', podIP: () => this.pod.spec?.hostNetwork ? this.#context.node.address : (this.#podIP ?? ''),
      event: (type, reason, message) => this.#event(container, type, reason, message, cause),
      changed: () => this.poke(cause),
    });
    if (kind === 'ephemeral' || kind === 'init') [memory.started, memory.ready] = [kind === 'init', false];
  }

  /** All is over, or is to be: containers stop, then the last status says so. */
  async #finish(sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], override: Partial<PodStatus>, cause: Cause): Promise<void> {
    if (this.#finished) return;
    for (const { prober } of this.#memory.values()) prober?.dispose();
    await stopAllContainers({ ...this.#stopOptions(cause), containers, graceSeconds: this.#ending?.graceSeconds });
    for (const sandbox of sandboxes) await this.#context.runtime.stopPodSandbox(sandbox.id, cause);
    const after = await this.#context.runtime.listContainers({ podUid: this.pod.metadata.uid });
    this.#observe(after, cause);
    await this.#report(undefined, after, cause, override, true);
    this.#removeVolumes();
    this.#finished = true;
    this.#context.released(this.pod);
  }

  /** What was its own goes with it: an ended Pod holds no disk space. models SyncTerminatedPod: WaitForUnmount */
  #removeVolumes(): void {
    const { volumes } = this.#context;
    for (const { name } of this.pod.spec?.volumes ?? []) volumes.remove(`${this.pod.metadata.uid}/${name}`);
  }

  /** models SyncTerminatingPod and SyncTerminatedPod */
  async #terminate(sandboxes: readonly PodSandboxStatus[], containers: readonly ContainerStatus[], cause: Cause): Promise<void> {
    if (this.#terminated) return this.#removed ? this.dispose() : undefined;
    const { runtime, client, volumes, clock } = this.#context;
    for (const { prober } of this.#memory.values()) prober?.dispose();
    // That the deletion was seen is told before anything stops.
    if (!this.#removed && !isTerminalPhase(this.pod)) await this.#report(sandboxes.find(({ state }) => state === 'ready'), containers, cause);
    const grace = this.#grace();
    const done = stopAllContainers({ ...this.#stopOptions(cause), containers, graceSeconds: grace });
    this.#stopping = { grace, done };
    await done;
    this.#stopping = undefined;
    for (const sandbox of sandboxes) await runtime.stopPodSandbox(sandbox.id, cause);
    const after = await runtime.listContainers({ podUid: this.pod.metadata.uid });
    this.#observe(after, cause);
    if (!this.#removed) await this.#report(undefined, after, cause, {}, true);
    for (const sandbox of sandboxes) await runtime.removePodSandbox(sandbox.id, cause);
    this.#removeVolumes();
    for (const { container } of containersOf(this.pod)) for (let attempt = 0; volumes.get(`${this.pod.metadata.uid}/containers/${container.name}/${attempt}`); attempt++) volumes.remove(`${this.pod.metadata.uid}/containers/${container.name}/${attempt}`);
    this.#context.released(this.pod);
    this.#finished = true;
    if (this.#removed || this.mirrorUid) return this.dispose();
    if ((this.pod.spec?.volumes ?? []).length > 0) await clock.sleep(UNMOUNT_POLL_MS);
    if (this.#life.isDisposed) return;
    this.#terminated = true;
    await client.delete(pods, this.pod.metadata.namespace, this.pod.metadata.name, { gracePeriodSeconds: 0, preconditions: { uid: this.pod.metadata.uid } }, cause).catch((error: unknown) => {
      if (isNotFound(error)) return;
      this.#terminated = false;
      throw error;
    });
  }

  #grace(): number {
    const { deletionGracePeriodSeconds, annotations } = this.pod.metadata;
    if (annotations?.['kubernetes.io/config.source'] === 'file') return this.pod.spec?.terminationGracePeriodSeconds ?? 30;
    return this.#removed ? 1 : (deletionGracePeriodSeconds ?? 30);
  }

  /** A second deletion may leave less time. */
  #shorten(cause: Cause): void {
    const stopping = this.#stopping;
    const grace = this.#grace();
    if (!stopping || grace >= stopping.grace) return;
    stopping.grace = grace;
    const { runtime } = this.#context;
    void runtime.listContainers({ podUid: this.pod.metadata.uid }).then((containers) => Promise.all(containers.filter(({ state }) => state === 'running').map(({ id }) => runtime.stopContainer(id, grace, cause)))).catch(() => {});
  }

  #stopOptions(cause: Cause): Omit<StopAll, 'containers' | 'graceSeconds'> {
    const { runtime, network, clock } = this.#context;
    return { runtime, network, clock, pod: this.pod, cause, event: (container, type, reason, message) => this.#event(container, type, reason, message, cause) };
  }

  async #report(sandbox: PodSandboxStatus | undefined, containers: readonly ContainerStatus[], cause: Cause, override: Partial<PodStatus> = {}, isTerminal = false): Promise<void> {
    const patched = await writeStatus(this.#context, {
      pod: this.pod, apiUid: this.mirrorUid ?? this.pod.metadata.uid, containers, sandboxReady: sandbox !== undefined, podIP: this.#podIP ?? this.pod.status?.podIP, startedAt: this.#startedAt,
      memory: (name) => this.#of(name), override, conditions: [...this.#resizer.conditions(this.pod), ...(this.#ending?.conditions ?? [])], isTerminal,
    }, cause);
    if (patched && this.pod.metadata.uid === patched.metadata.uid) this.pod = patched;
    else if (patched) this.pod = { ...this.pod, status: patched.status! };
  }

  #of(name: string): ContainerMemory {
    let memory = this.#memory.get(name);
    if (!memory) this.#memory.set(name, (memory = newMemory()));
    return memory;
  }

  #subject(container?: Container): { kind: string; apiVersion: string; metadata: Stored<Pod>['metadata']; fieldPath?: string } {
    const { spec, metadata: own } = this.pod;
    const place = container && (spec?.initContainers ?? []).some(({ name }) => name === container.name) ? 'initContainers' : container && (spec?.ephemeralContainers ?? []).some(({ name }) => name === container.name) ? 'ephemeralContainers' : 'containers';
    const metadata = this.mirrorUid ? { ...own, uid: this.mirrorUid } : own;
    return { kind: 'Pod', apiVersion: 'v1', metadata, ...(container ? { fieldPath: `spec.${place}{${container.name}}` } : {}) };
  }

  #event(container: Container | undefined, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    if (type === 'Warning') this.#context.log('E', `pod_workers.go:1301] "Error syncing pod, skipping" err=${JSON.stringify(`${reason}: ${message}`)} pod="${this.pod.metadata.namespace}/${this.pod.metadata.name}" podUID="${this.pod.metadata.uid}"`);
    this.#context.events.event(this.#subject(container), type, reason, message, cause);
  }
}

/** Nothing that the worker acts on differs: only the status does. */
function sameWish(a: Stored<Pod>, b: Stored<Pod>): boolean {
  const wish = ({ metadata, spec }: Stored<Pod>): unknown => [metadata.uid, metadata.generation, metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds, metadata.labels, metadata.annotations, spec];
  return a.metadata.resourceVersion !== '' && deepEqual(wish(a), wish(b));
}

/** `10s`, `1m20s`, `5m0s` */
function formatBackoff(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function isTerminalPhase({ status }: Readonly<Pod>): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
