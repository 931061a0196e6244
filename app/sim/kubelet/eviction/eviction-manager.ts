import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodCondition, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime, VolumeStore } from '../../container-runtime/cri.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { Refusal } from '../admission/admission.ts';
import type { Ending, PodWorker } from '../pod-workers/pod-worker.ts';
import { isCritical, ranked } from './ranking.ts';
import { evictionMessage, thresholdsMet, type PodUsage, type PressureCondition } from './thresholds.ts';

/** models eviction manager: monitoringInterval */
export const MONITORING_MS = 10_000;
/** models kubelet configuration: evictionPressureTransitionPeriod */
const TRANSITION_MS = 5 * 60_000;

export interface EvictionOptions {
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeStore;
  readonly memoryBytes: number;
  now(): number;
  workers(): Iterable<PodWorker>;
  event(pod: Stored<Pod>, message: string): void;
  nodeEvent(reason: string, message: string): void;
}

/** Ends Pods that use more of the node than they may, or than the node has. models pkg/kubelet/eviction */
export class EvictionManager {
  readonly #options: EvictionOptions;
  /** Seen once over its limit; the second time it goes: usage is measured now and then only. */
  readonly #suspects = new Set<string>();
  readonly #lastObserved = new Map<PressureCondition, number>();

  constructor(options: EvictionOptions) {
    this.#options = options;
  }

  /** A condition holds on for a while after it was last seen. models eviction: nodeConditionsObservedSince */
  has(condition: PressureCondition): boolean {
    const at = this.#lastObserved.get(condition);
    return at !== undefined && this.#options.now() - at < TRANSITION_MS;
  }

  /** Why a node under pressure does not take a Pod. models eviction manager: Admit */
  admit(pod: Stored<Pod>): Refusal | undefined {
    const conditions = (['MemoryPressure', 'DiskPressure'] as const).filter((condition) => this.has(condition));
    if (conditions.length === 0 || isCritical(pod)) return undefined;
    const toleratesMemory = (pod.spec?.tolerations ?? []).some(({ key, operator, effect }) => (key === 'node.kubernetes.io/memory-pressure' || (!key && operator === 'Exists')) && (!effect || effect === 'NoSchedule'));
    if (conditions.join() === 'MemoryPressure' && (pod.status?.qosClass !== 'BestEffort' || toleratesMemory)) return undefined;
    return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
  }

  async check(): Promise<void> {
    const running = [...this.#options.workers()].filter((worker) => !worker.isOver && !worker.pod.metadata.deletionTimestamp);
    let isOneGone = false;
    for (const worker of running) {
      const message = await this.#overLimit(worker.pod);
      if (message === undefined) this.#suspects.delete(worker.pod.metadata.uid);
      else if (!this.#suspects.has(worker.pod.metadata.uid)) this.#suspects.add(worker.pod.metadata.uid);
      else {
        this.#evict(worker, message, false);
        isOneGone = true;
      }
    }
    await this.#relieve(running, isOneGone);
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

  /** The node runs out: it says so, and one Pod at a time goes. models eviction manager: synchronize */
  async #relieve(running: readonly PodWorker[], isOneGone: boolean): Promise<void> {
    const { volumes: { disk }, memoryBytes, nodeEvent, now } = this.#options;
    const { usage, memory } = await this.#measure(running);
    const met = thresholdsMet({ memory: { capacity: memoryBytes, available: memoryBytes - memory }, 'ephemeral-storage': disk });
    for (const { condition } of met) this.#lastObserved.set(condition, now());
    const [first] = met;
    if (!first || isOneGone) return;
    nodeEvent('EvictionThresholdMet', `Attempting to reclaim ${first.resource}`);
    const worker = ranked(running, first.resource, ({ pod }) => usage.get(pod.metadata.uid)).find(({ pod }) => !isCritical(pod));
    if (worker) this.#evict(worker, evictionMessage(first, worker.pod, usage.get(worker.pod.metadata.uid) ?? { containers: new Map(), volumes: 0 }), true);
  }

  /** What each Pod uses, and how much memory all containers of the node do. */
  async #measure(running: readonly PodWorker[]): Promise<{ usage: Map<string, PodUsage>; memory: number }> {
    const { runtime, volumes } = this.#options;
    const usage = new Map<string, { containers: Map<string, { memory: number; 'ephemeral-storage': number }>; volumes: number }>();
    for (const { pod: { metadata, spec } } of running) {
      const emptyDirs = (spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
      usage.set(metadata.uid, { containers: new Map(), volumes: emptyDirs.reduce((sum, { name }) => sum + (volumes.get(`${metadata.uid}/${name}`)?.usedBytes() ?? 0), 0) });
    }
    let memory = 0;
    for (const { id, state, podUid, config } of await runtime.listContainers()) {
      if (state !== 'running') continue;
      const { memoryWorkingSetBytes, fsUsedBytes } = await runtime.containerStats(id);
      memory += memoryWorkingSetBytes;
      usage.get(podUid)?.containers.set(config.name, { memory: memoryWorkingSetBytes, 'ephemeral-storage': fsUsedBytes });
    }
    return { usage, memory };
  }

  #evict(worker: PodWorker, message: string, isPressure: boolean): void {
    const { event, now } = this.#options;
    event(worker.pod, message);
    const disruption: PodCondition = { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message, observedGeneration: worker.pod.metadata.generation!, lastProbeTime: null as never, lastTransitionTime: rfc3339(now()) };
    const ending: Ending = { status: { phase: 'Failed', reason: 'Evicted', message }, graceSeconds: 1, conditions: isPressure ? [disruption] : [] };
    worker.end(ending, []);
  }
}
