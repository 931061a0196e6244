import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodCondition, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime, VolumeStore } from '../../container-runtime/cri.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { requestsOf } from '../admission/admission.ts';
import type { Ending, PodWorker } from '../pod-workers/pod-worker.ts';

/** models kubelet: evictionHard of its defaults */
const MEMORY_THRESHOLD_BYTES = 100 * 1024 * 1024;
const DISK_THRESHOLD = 0.1;
/** models eviction manager: monitoringInterval */
export const MONITORING_MS = 10_000;

export interface EvictionOptions {
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeStore;
  readonly memoryBytes: number;
  now(): number;
  workers(): Iterable<PodWorker>;
  event(pod: Stored<Pod>, message: string): void;
}

/** Ends Pods that use more of the node than they may, or than the node has. models pkg/kubelet/eviction */
export class EvictionManager {
  readonly #options: EvictionOptions;
  /** Seen once over its limit; the second time it goes: usage is measured now and then only. */
  readonly #suspects = new Set<string>();
  memoryPressure = false;
  diskPressure = false;

  constructor(options: EvictionOptions) {
    this.#options = options;
  }

  async check(): Promise<void> {
    const running = [...this.#options.workers()].filter((worker) => !worker.isOver && !worker.pod.metadata.deletionTimestamp);
    for (const worker of running) {
      const message = await this.#overLimit(worker.pod);
      if (message === undefined) this.#suspects.delete(worker.pod.metadata.uid);
      else if (!this.#suspects.has(worker.pod.metadata.uid)) this.#suspects.add(worker.pod.metadata.uid);
      else this.#evict(worker, message, false);
    }
    await this.#pressure(running);
  }

  /** models localStorageEviction: emptyDirLimitEviction, podEphemeralStorageLimitEviction, containerEphemeralStorageLimitEviction */
  async #overLimit(pod: Stored<Pod>): Promise<string | undefined> {
    const { volumes, runtime } = this.#options;
    let used = 0;
    for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
      if (!emptyDir || emptyDir.medium === 'Memory') continue;
      const size = volumes.get(`${pod.metadata.uid}/${name}`)?.usedBytes() ?? 0;
      used += size;
      if (emptyDir.sizeLimit !== undefined && parseQuantity(emptyDir.sizeLimit).value() > 0 && size > parseQuantity(emptyDir.sizeLimit).value()) return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(emptyDir.sizeLimit)}. `;
    }
    const limits = (pod.spec?.containers ?? []).map((container) => container.resources?.limits?.['ephemeral-storage']);
    if (!limits.some((limit) => limit !== undefined)) return undefined;
    const sizes = new Map<string, number>();
    for (const { id, state, config } of await runtime.listContainers({ podUid: pod.metadata.uid })) if (state === 'running') sizes.set(config.name, (await runtime.containerStats(id)).fsUsedBytes);
    const total = used + [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (limits.every((limit) => limit !== undefined)) {
      const limit = limits.map((text) => parseQuantity(text!)).reduce((sum, quantity) => sum.add(quantity));
      if (total > limit.value()) return `Pod ephemeral local storage usage exceeds the total limit of containers ${limit.toString()}. `;
    }
    for (const [index, container] of pod.spec!.containers.entries()) {
      const limit = limits[index];
      if (limit !== undefined && (sizes.get(container.name) ?? 0) > parseQuantity(limit).value()) return `Container ${container.name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
    }
    return undefined;
  }

  /** The node runs out: the Pod that takes most beyond its request goes first. */
  async #pressure(running: readonly PodWorker[]): Promise<void> {
    const { runtime, volumes, memoryBytes } = this.#options;
    const { capacity, available } = volumes.disk;
    this.diskPressure = available < capacity * DISK_THRESHOLD;
    const usage = new Map<PodWorker, number>();
    let sum = 0;
    for (const status of await runtime.listContainers()) {
      if (status.state !== 'running') continue;
      const { memoryWorkingSetBytes } = await runtime.containerStats(status.id);
      sum += memoryWorkingSetBytes;
      const worker = running.find(({ pod }) => pod.metadata.uid === status.podUid);
      if (worker) usage.set(worker, (usage.get(worker) ?? 0) + memoryWorkingSetBytes);
    }
    const free = memoryBytes - sum;
    this.memoryPressure = free < MEMORY_THRESHOLD_BYTES;
    const worst = (measure: (worker: PodWorker) => number): PodWorker | undefined => [...running].filter(({ pod }) => (pod.spec?.priority ?? 0) < 2_000_000_000).sort((a, b) => measure(b) - measure(a))[0];
    if (this.memoryPressure) {
      const over = (worker: PodWorker): number => (usage.get(worker) ?? 0) - requestsOf(worker.pod).memory;
      const worker = worst(over);
      if (worker) this.#evict(worker, `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${Math.max(0, Math.floor(free / 1024))}Ki. Container ${worker.pod.spec!.containers[0]!.name} was using ${Math.floor((usage.get(worker) ?? 0) / 1024)}Ki, request is ${requestsOf(worker.pod).memory === 0 ? '0' : `${Math.floor(requestsOf(worker.pod).memory / 1024)}Ki`}, has larger consumption of memory. `, true);
    } else if (this.diskPressure) {
      const worker = worst((candidate) => (candidate.pod.spec?.volumes ?? []).reduce((total, { name, emptyDir }) => total + (emptyDir ? (volumes.get(`${candidate.pod.metadata.uid}/${name}`)?.usedBytes() ?? 0) : 0), 0));
      if (worker) this.#evict(worker, `The node was low on resource: ephemeral-storage. Threshold quantity: ${Math.floor(capacity * DISK_THRESHOLD)}, available: ${Math.floor(available / 1024)}Ki. `, true);
    }
  }

  #evict(worker: PodWorker, message: string, isPressure: boolean): void {
    const { event, now } = this.#options;
    event(worker.pod, message);
    const disruption: PodCondition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message, observedGeneration: worker.pod.metadata.generation!, lastProbeTime: null as never, lastTransitionTime: rfc3339(now()) };
    const ending: Ending = { status: { phase: 'Failed', reason: 'Evicted', message }, graceSeconds: 1, conditions: isPressure ? [disruption] : [] };
    worker.end(ending, []);
  }
}
