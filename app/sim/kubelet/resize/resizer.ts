import { rfc3339 } from '../../../base/clock/index.ts';
import type { Container, Pod, PodCondition, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ContainerStatus, LinuxResources } from '../../container-runtime/cri.ts';
import { latestOf } from '../pod-workers/actions.ts';
import { linuxResources } from '../pod-workers/configs.ts';
import type { WorkerContext } from '../pod-workers/context.ts';
import { containersOf } from '../pod-workers/memory.ts';
import { resizeMessage } from './resize-message.ts';

type Say = (type: 'Normal' | 'Warning', reason: string, message: string) => void;
type Pending = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Gives running containers what their spec says now. models pkg/kubelet/allocation and kuberuntime: doPodResizeAction */
export class Resizer {
  readonly #context: WorkerContext;
  #pending: Pending | undefined;
  #pendingGeneration = 0;
  /** The generation that is being given to the containers. */
  #inProgress: number | undefined;
  #since = 0;
  #changed = false;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** Changes what can be changed in place; returns those that have to be started anew. */
  async apply(pod: Stored<Pod>, containers: readonly ContainerStatus[], cause: Cause, say: Say): Promise<ReadonlySet<string>> {
    const restart = new Set<string>();
    const wanted = containersOf(pod).flatMap(({ container, kind }) => {
      const status = latestOf(containers, container.name);
      if (kind === 'ephemeral' || kind === 'init' || status?.state !== 'running') return [];
      const next = linuxResources(container);
      return same(next, status.resources) ? [] : [{ container, status, next }];
    });
    if (wanted.length === 0) {
      this.#settle();
      this.#complete(pod, say);
      return restart;
    }
    const refusal = this.#context.admit(pod);
    if (refusal) {
      this.#wait(pod, { type: 'PodResizePending', status: 'True', reason: this.#context.fitsEmpty(pod) ? 'Deferred' : 'Infeasible', message: refusal.message }, say);
      return restart;
    }
    this.#settle();
    this.#begin(pod, say);
    for (const { container, status, next } of wanted) {
      if (needsRestart(container, next, status.resources)) restart.add(container.name);
      else {
        await this.#context.runtime.updateContainerResources(status.id, next, cause);
        this.#changed = true;
      }
    }
    return restart;
  }

  /** The conditions that say so. */
  conditions({ metadata }: Stored<Pod>): PodCondition[] {
    const progress: Pending[] = this.#inProgress === undefined ? [] : [{ type: 'PodResizeInProgress', status: 'True' }];
    return [...(this.#pending ? [this.#pending] : []), ...progress].map((condition) => ({ ...condition, observedGeneration: metadata.generation!, lastProbeTime: null as never, lastTransitionTime: rfc3339(this.#since) }));
  }

  /** Whether there is news for the status since the last time. */
  takeNews(): boolean {
    const news = this.#changed;
    this.#changed = false;
    return news;
  }

  #settle(): void {
    if (this.#pending) this.#changed = true;
    this.#pending = undefined;
  }

  /** models allocation manager: SetPodResizePendingCondition and its event, once for each thing that it has to say */
  #wait(pod: Stored<Pod>, pending: Pending, say: Say): void {
    const { generation = 0 } = pod.metadata;
    if (this.#pending?.reason !== pending.reason) [this.#since, this.#changed] = [this.#context.clock.now(), true];
    if (this.#pending?.reason !== pending.reason || this.#pending?.message !== pending.message || this.#pendingGeneration !== generation) say('Warning', `Resize${pending.reason}`, resizeMessage(pending.reason!, pod, generation, pending.message));
    this.#pending = pending;
    this.#pendingGeneration = generation;
  }

  #begin(pod: Stored<Pod>, say: Say): void {
    const { generation = 0 } = pod.metadata;
    if (this.#inProgress === generation) return;
    this.#inProgress = generation;
    [this.#since, this.#changed] = [this.#context.clock.now(), true];
    say('Normal', 'ResizeStarted', resizeMessage('started', pod, generation));
  }

  /** Every container has what the spec says. models kubelet: ClearPodResizeInProgressCondition */
  #complete(pod: Stored<Pod>, say: Say): void {
    if (this.#inProgress === undefined) return;
    say('Normal', 'ResizeCompleted', resizeMessage('completed', pod, this.#inProgress));
    this.#inProgress = undefined;
    this.#changed = true;
  }
}

function same(a: LinuxResources, b: LinuxResources): boolean {
  return a.cpuLimitMillis === b.cpuLimitMillis && a.memoryLimitBytes === b.memoryLimitBytes && a.cpuShares === b.cpuShares;
}

function needsRestart({ resizePolicy = [] }: Container, next: LinuxResources, now: LinuxResources): boolean {
  const restarts = (resource: string): boolean => resizePolicy.some((policy) => policy.resourceName === resource && policy.restartPolicy === 'RestartContainer');
  return (restarts('memory') && next.memoryLimitBytes !== now.memoryLimitBytes) || (restarts('cpu') && (next.cpuLimitMillis !== now.cpuLimitMillis || next.cpuShares !== now.cpuShares));
}
