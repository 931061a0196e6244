import type { DaemonSet, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { scaled } from '../deployment/rolling.ts';
import { isAvailable, isReady } from '../pods.ts';

export const HASH_LABEL = 'controller-revision-hash';
export const GENERATION_LABEL = 'pod-template-generation';
export const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

/** What a turn wants: on which nodes Pods are made, and which Pods go. */
export interface Changes {
  readonly create: readonly string[];
  readonly remove: readonly Stored<Pod>[];
}

/** models daemon/util: IsPodUpdated */
export function isUpdated(set: Stored<DaemonSet>, pod: Stored<Pod>, hash: string): boolean {
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  return pod.metadata.labels?.[HASH_LABEL] === hash || (generation !== undefined && pod.metadata.labels?.[GENERATION_LABEL] === generation);
}

/** How many Pods may be missing, or be there twice, during a roll-out. models updatedDesiredNodeCounts */
export function allowances(set: Stored<DaemonSet>, desired: number): { surge: number; unavailable: number } {
  const rolling = set.spec?.updateStrategy?.rollingUpdate;
  if (set.spec?.updateStrategy?.type !== 'RollingUpdate' || desired === 0) return { surge: 0, unavailable: 0 };
  const surge = scaled(rolling?.maxSurge, desired, true);
  const unavailable = scaled(rolling?.maxUnavailable, desired, true);
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

/** Scheduled ones first, then the oldest. models podByCreationTimestampAndPhase */
export function oldestFirst(pods: readonly Stored<Pod>[]): Stored<Pod>[] {
  const rank = (pod: Stored<Pod>): string => `${pod.spec?.nodeName ? 0 : 1} ${pod.metadata.creationTimestamp} ${pod.metadata.name}`;
  return [...pods].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/**
 * One step of a roll-out. Without surge old Pods go, as many as may be missing, and come back new; with surge new ones are
 * made beside the old, which go when the new are available.
 *
 * models daemon/update.go: rollingUpdate
 */
export function rollingStep(set: Stored<DaemonSet>, byNode: ReadonlyMap<string, readonly Stored<Pod>[]>, hash: string, desired: number, now: number): Changes {
  const { surge, unavailable } = allowances(set, desired);
  const available = (pod: Stored<Pod>): boolean => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
  const nodes = [...byNode].map(([node, pods]) => ({ node, ...versions(set, pods, hash) }));
  if (surge === 0) {
    let missing = 0;
    const broken: Stored<Pod>[] = [];
    const candidates: Stored<Pod>[] = [];
    for (const { fresh, old, confused } of nodes) {
      if (confused || (!old && !fresh) || (old && fresh)) missing++;
      else if (fresh) missing += available(fresh) ? 0 : 1;
      else if (!available(old!)) broken.push(old!);
      else candidates.push(old!);
    }
    return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, unavailable - missing))] };
  }
  let doubled = 0;
  const broken: string[] = [];
  const candidates: string[] = [];
  const remove: Stored<Pod>[] = [];
  for (const { node, fresh, old, confused } of nodes) {
    if (confused) doubled++;
    else if (!old) continue;
    else if (!fresh) (available(old) ? candidates : broken).push(node);
    else if (available(fresh)) remove.push(old);
    else doubled++;
  }
  return { create: [...broken, ...candidates.slice(0, Math.max(0, surge - doubled))], remove };
}

/** The new and the old Pod of a node; more than one of a kind is confused. models findUpdatedPodsOnNode */
function versions(set: Stored<DaemonSet>, pods: readonly Stored<Pod>[], hash: string): { fresh?: Stored<Pod>; old?: Stored<Pod>; confused: boolean } {
  const live = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const fresh = live.filter((pod) => isUpdated(set, pod, hash));
  const old = live.filter((pod) => !isUpdated(set, pod, hash));
  return { ...(fresh[0] ? { fresh: fresh[0] } : {}), ...(old[0] ? { old: old[0] } : {}), confused: fresh.length > 1 || old.length > 1 };
}

/** Which of several running Pods on one node go. models podsShouldBeOnNode */
export function surplus(set: Stored<DaemonSet>, running: readonly Stored<Pod>[], hash: string, allowsSurge: boolean, now: number): Stored<Pod>[] {
  const sorted = oldestFirst(running);
  if (!allowsSurge) return sorted.slice(1);
  if (sorted.length <= 1) return [];
  const fresh = sorted.find((pod) => pod.metadata.labels?.[HASH_LABEL] === hash);
  const old = sorted.find((pod) => pod.metadata.labels?.[HASH_LABEL] !== hash);
  const remove = sorted.filter((pod) => pod !== fresh && pod !== old);
  if (fresh && old && (!isReady(old) || isAvailable(fresh, set.spec?.minReadySeconds ?? 0, now))) remove.push(old);
  return remove;
}
