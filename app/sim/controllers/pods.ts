import { parseTime } from '../../base/clock/index.ts';
import type { Pod, Stored } from '../../contracts/k8s/index.ts';

/** Neither finished nor on its way out. models controller: IsPodActive */
export function isActive(pod: Stored<Pod>): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.metadata.deletionTimestamp;
}

export function isReady(pod: Stored<Pod>): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** Since when it is ready, in milliseconds; 0 when it is not. */
export function readySince(pod: Stored<Pod>): number {
  const condition = pod.status?.conditions?.find((candidate) => candidate.type === 'Ready' && candidate.status === 'True');
  return condition?.lastTransitionTime ? parseTime(condition.lastTransitionTime) : 0;
}

/** Ready for at least `minReadySeconds`. models podutil: IsPodAvailable */
export function isAvailable(pod: Stored<Pod>, minReadySeconds: number, now: number): boolean {
  return isReady(pod) && (minReadySeconds === 0 || now - readySince(pod) >= minReadySeconds * 1000);
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Which Pods are deleted first: unscheduled, pending, not ready, on crowded nodes, ready for a shorter time, restarted more,
 * younger. models pkg/controller: ActivePodsWithRanks.Less
 * @param sameNode how many Pods of the same owner run on each node
 */
export function deletionOrder(pods: readonly Stored<Pod>[], sameNode: ReadonlyMap<string, number>): Stored<Pod>[] {
  const restarts = (pod: Stored<Pod>): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
  const cost = (pod: Stored<Pod>): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  const rank = (pod: Stored<Pod>): number[] => [
    pod.spec?.nodeName ? 1 : 0,
    PHASE_RANK[pod.status?.phase ?? ''] ?? 0,
    isReady(pod) ? 1 : 0,
    cost(pod),
    -(sameNode.get(pod.spec?.nodeName ?? '') ?? 0),
    -readySince(pod),
    -restarts(pod),
    -parseTime(pod.metadata.creationTimestamp),
  ];
  return pods
    .map((pod) => ({ pod, rank: rank(pod) }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ pod }) => pod);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
