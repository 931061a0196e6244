import { parseTime } from '../../base/clock/index.ts';
import type { Pod, Stored } from '../../contracts/k8s/index.ts';

/** Neither finished nor on its way out. models controller: IsPodActive */
export function isActive(pod: Stored<Pod>): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.metadata.deletionTimestamp;
}

/** Conditions of stored objects never change: each is looked at once, however often loops count their Pods. */
const ready = new WeakMap<object, boolean>();

export function isReady(pod: Stored<Pod>): boolean {
  const conditions = pod.status?.conditions;
  if (!conditions) return false;
  let is = ready.get(conditions);
  if (is === undefined) {
    is = conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    if (Object.isFrozen(conditions)) ready.set(conditions, is);
  }
  return is;
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

/** How long until it counts as available; 0 when it does, or is not ready. */
export function availableInMs(pod: Stored<Pod>, minReadySeconds: number, now: number): number {
  return isReady(pod) && !isAvailable(pod, minReadySeconds, now) ? readySince(pod) + minReadySeconds * 1000 - now : 0;
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Which Pods are deleted first: unscheduled, pending, not ready, cheap, on crowded nodes, ready for a much shorter time,
 * restarted more, much younger. Times are compared by their order of magnitude, so that not always the newest goes; within
 * one the uid decides.
 *
 * models pkg/controller: ActivePodsWithRanks.Less
 * @param sameNode how many Pods of the same owner run on each node
 */
export function deletionOrder(pods: readonly Stored<Pod>[], sameNode: ReadonlyMap<string, number>, now: number): Stored<Pod>[] {
  const restarts = (pod: Stored<Pod>): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
  const cost = (pod: Stored<Pod>): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  const ranked = pods.map((pod) => ({
    pod,
    rank: [pod.spec?.nodeName ? 1 : 0, PHASE_RANK[pod.status?.phase ?? ''] ?? 0, isReady(pod) ? 1 : 0, cost(pod), -(sameNode.get(pod.spec?.nodeName ?? '') ?? 0)],
    readySince: readySince(pod),
    restarts: restarts(pod),
    createdAt: parseTime(pod.metadata.creationTimestamp),
  }));
  const byUid = (a: Stored<Pod>, b: Stored<Pod>): number => (a.metadata.uid < b.metadata.uid ? -1 : 1);
  /** Negative: `a` is much newer. */
  const byAge = (a: number, b: number): number => (a === 0 || b === 0 ? (a === 0 ? -1 : 1) : magnitude(now - a) - magnitude(now - b));
  return ranked
    .sort((a, b) => {
      const first = compare(a.rank, b.rank);
      if (first !== 0) return first;
      if (a.readySince !== b.readySince) return byAge(a.readySince, b.readySince) || byUid(a.pod, b.pod);
      if (a.restarts !== b.restarts) return b.restarts - a.restarts;
      if (a.createdAt !== b.createdAt) return byAge(a.createdAt, b.createdAt) || byUid(a.pod, b.pod);
      return 0;
    })
    .map(({ pod }) => pod);
}

/** The power of two of an age. models logarithmicRankDiff, which counts nanoseconds */
function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
