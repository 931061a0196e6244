import type { Deployment, ReplicaSet, Stored } from '../../../contracts/k8s/index.ts';

/** A count or a percentage of `total`. models intstr: GetScaledValueFromIntOrPercent */
export function scaled(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const share = (total * Number.parseInt(value, 10)) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** Surge rounds up, unavailability down; both zero would never move, so then one may be missing. models ResolveFenceposts */
export function fenceposts(deployment: Stored<Deployment>): { surge: number; unavailable: number } {
  const total = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const rolling = deployment.spec.strategy.rollingUpdate;
  const surge = scaled(rolling?.maxSurge, total, true);
  const unavailable = Math.min(scaled(rolling?.maxUnavailable, total, false), total);
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

const replicas = (set: Stored<ReplicaSet>): number => set.spec?.replicas ?? 0;
const sum = (sets: readonly Stored<ReplicaSet>[], of: (set: Stored<ReplicaSet>) => number): number => sets.reduce((total, set) => total + of(set), 0);

export interface ScaleStep {
  readonly set: Stored<ReplicaSet>;
  readonly to: number;
}

/** How far the new ReplicaSet may grow now. models deploymentutil: NewRSNewReplicas */
export function newReplicas(deployment: Stored<Deployment>, all: readonly Stored<ReplicaSet>[], next: Stored<ReplicaSet>): number {
  const desired = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return desired;
  const allowed = desired + fenceposts(deployment).surge;
  const current = sum(all, replicas);
  if (current >= allowed) return replicas(next);
  return replicas(next) + Math.min(allowed - current, desired - replicas(next));
}

/**
 * Which old ReplicaSets shrink now, and to what: first those Pods that do not work anyway, then as many as availability
 * allows. models deployment/rolling.go: reconcileOldReplicaSets
 */
export function oldScaleDowns(deployment: Stored<Deployment>, all: readonly Stored<ReplicaSet>[], next: Stored<ReplicaSet>, old: readonly Stored<ReplicaSet>[]): ScaleStep[] {
  if (sum(old, replicas) === 0) return [];
  const desired = deployment.spec?.replicas ?? 1;
  const { unavailable } = fenceposts(deployment);
  const minAvailable = desired - unavailable;
  const newUnavailable = replicas(next) - (next.status?.availableReplicas ?? 0);
  const budget = sum(all, replicas) - minAvailable - newUnavailable;
  if (budget <= 0) return [];
  const target = new Map(old.map((set) => [set, replicas(set)]));
  const oldestFirst = [...old].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? 1 : 0));
  let cleaned = 0;
  for (const set of oldestFirst) {
    const broken = replicas(set) - (set.status?.availableReplicas ?? 0);
    const step = Math.min(broken, budget - cleaned);
    if (step <= 0 || replicas(set) === 0) continue;
    target.set(set, replicas(set) - step);
    cleaned += step;
  }
  const available = sum(all, (set) => set.status?.availableReplicas ?? 0);
  let removable = Math.max(0, available - minAvailable);
  for (const set of oldestFirst) {
    const step = Math.min(target.get(set)!, removable);
    target.set(set, target.get(set)! - step);
    removable -= step;
  }
  return [...target].filter(([set, to]) => to !== replicas(set)).map(([set, to]) => ({ set, to }));
}

/**
 * A Deployment that is scaled in the middle of a roll-out spreads the difference over its ReplicaSets in proportion.
 * models deployment/sync.go: scale and deploymentutil: GetReplicaSetProportion
 */
export function proportionalScale(deployment: Stored<Deployment>, active: readonly Stored<ReplicaSet>[]): ScaleStep[] {
  const desired = deployment.spec?.replicas ?? 1;
  const current = sum(active, replicas);
  const allowed = desired > 0 ? desired + fenceposts(deployment).surge : 0;
  let toAdd = allowed - current;
  const growing = toAdd > 0;
  const ordered = [...active].sort((a, b) => {
    const bySize = replicas(b) - replicas(a);
    if (bySize !== 0) return bySize;
    const newer = a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1;
    return growing ? newer : -newer;
  });
  const added = new Map<Stored<ReplicaSet>, number>();
  let given = 0;
  for (const set of ordered) {
    if (toAdd === 0) break;
    const annotated = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? current);
    const share = Math.round((replicas(set) * allowed) / annotated) - replicas(set);
    const limited = growing ? Math.min(share, allowed - current - given) : Math.max(share, allowed - current - given);
    added.set(set, limited);
    given += limited;
  }
  const first = ordered[0];
  if (first) added.set(first, (added.get(first) ?? 0) + (toAdd - given));
  toAdd = 0;
  return ordered.map((set) => ({ set, to: Math.max(0, replicas(set) + (added.get(set) ?? 0)) }));
}

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const HASH_LABEL = 'pod-template-hash';
