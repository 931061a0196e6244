import { rfc3339 } from '../../../base/clock/index.ts';
import type { Container, Pod, PodCondition, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ContainerStatus, LinuxResources } from '../../container-runtime/cri.ts';
import { latestOf } from '../pod-workers/actions.ts';
import { linuxResources } from '../pod-workers/configs.ts';
import type { WorkerContext } from '../pod-workers/context.ts';
import { containersOf } from '../pod-workers/memory.ts';

type Pending = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Gives running containers what their spec says now. models pkg/kubelet/allocation and kuberuntime: doPodResizeAction */
export class Resizer {
  readonly #context: WorkerContext;
  #pending: Pending | undefined;
  #since = 0;
  #changed = false;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** Changes what can be changed in place; returns those that have to be started anew. */
  async apply(pod: Stored<Pod>, containers: readonly ContainerStatus[], cause: Cause): Promise<ReadonlySet<string>> {
    const restart = new Set<string>();
    const wanted = containersOf(pod).flatMap(({ container, kind }) => {
      const status = latestOf(containers, container.name);
      if (kind === 'ephemeral' || kind === 'init' || status?.state !== 'running') return [];
      const next = linuxResources(container);
      return same(next, status.resources) ? [] : [{ container, status, next }];
    });
    if (wanted.length === 0) {
      this.#settle();
      return restart;
    }
    const refusal = this.#context.admit(pod);
    if (refusal) {
      this.#wait({ type: 'PodResizePending', status: 'True', reason: this.#context.fitsEmpty(pod) ? 'Deferred' : 'Infeasible', message: refusal.message });
      return restart;
    }
    this.#settle();
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
    return this.#pending ? [{ ...this.#pending, observedGeneration: metadata.generation!, lastProbeTime: null as never, lastTransitionTime: rfc3339(this.#since) }] : [];
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

  #wait(pending: Pending): void {
    if (this.#pending?.reason !== pending.reason) [this.#since, this.#changed] = [this.#context.clock.now(), true];
    this.#pending = pending;
  }
}

function same(a: LinuxResources, b: LinuxResources): boolean {
  return a.cpuLimitMillis === b.cpuLimitMillis && a.memoryLimitBytes === b.memoryLimitBytes && a.cpuShares === b.cpuShares;
}

function needsRestart({ resizePolicy = [] }: Container, next: LinuxResources, now: LinuxResources): boolean {
  const restarts = (resource: string): boolean => resizePolicy.some((policy) => policy.resourceName === resource && policy.restartPolicy === 'RestartContainer');
  return (restarts('memory') && next.memoryLimitBytes !== now.memoryLimitBytes) || (restarts('cpu') && (next.cpuLimitMillis !== now.cpuLimitMillis || next.cpuShares !== now.cpuShares));
}
