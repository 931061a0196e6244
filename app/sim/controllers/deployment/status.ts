import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet, Stored } from '../../../contracts/k8s/index.ts';
import { fenceposts } from './rolling.ts';

const sum = (sets: readonly Stored<ReplicaSet>[], of: (set: Stored<ReplicaSet>) => number): number => sets.reduce((total, set) => total + of(set), 0);

/** The status as upstream writes it. models deployment/sync.go: calculateStatus */
export function calculateStatus(deployment: Stored<Deployment>, all: readonly Stored<ReplicaSet>[], next: Stored<ReplicaSet> | undefined, now: number): DeploymentStatus {
  const replicas = sum(all, (set) => set.status?.replicas ?? 0);
  const available = sum(all, (set) => set.status?.availableReplicas ?? 0);
  const ready = sum(all, (set) => set.status?.readyReplicas ?? 0);
  const updated = next?.status?.replicas ?? 0;
  const terminating = sum(all, (set) => set.status?.terminatingReplicas ?? 0);
  const unavailable = Math.max(0, sum(all, (set) => set.spec?.replicas ?? 0) - available);
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation!,
    ...(replicas ? { replicas } : {}),
    ...(updated ? { updatedReplicas: updated } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    ...(unavailable ? { unavailableReplicas: unavailable } : {}),
    terminatingReplicas: terminating,
    conditions: [...(deployment.status?.conditions ?? [])],
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
  };
  const minimum = (deployment.spec?.replicas ?? 1) - fenceposts(deployment).unavailable;
  setCondition(status, available >= minimum
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now));
  const failure = all.flatMap((set) => set.status?.conditions ?? []).find((candidate) => candidate.type === 'ReplicaFailure');
  if (failure) setCondition(status, condition('ReplicaFailure', failure.status, failure.reason ?? '', failure.message ?? '', now));
  else status.conditions = status.conditions!.filter((candidate) => candidate.type !== 'ReplicaFailure');
  return status;
}

/** Moves the Progressing condition. models deployment/progress.go: syncRolloutStatus */
export function trackProgress(deployment: Stored<Deployment>, status: DeploymentStatus, next: Stored<ReplicaSet> | undefined, now: number): void {
  const deadline = deployment.spec?.progressDeadlineSeconds;
  if (deadline === undefined || deadline === 2_147_483_647) {
    status.conditions = (status.conditions ?? []).filter((candidate) => candidate.type !== 'Progressing');
    return;
  }
  const current = find(deployment.status, 'Progressing');
  const isComplete = completed(deployment, status);
  const settled = status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (settled) return;
  const name = next ? `ReplicaSet ${JSON.stringify(next.metadata.name)}` : `Deployment ${JSON.stringify(deployment.metadata.name)}`;
  if (isComplete) {
    setCondition(status, condition('Progressing', 'True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`, now));
  } else if (progressed(deployment, status)) {
    const made = condition('Progressing', 'True', 'ReplicaSetUpdated', `${name} is progressing.`, now);
    if (current && current.status === 'True') made.lastTransitionTime = current.lastTransitionTime!;
    status.conditions = [...(status.conditions ?? []).filter((candidate) => candidate.type !== 'Progressing'), made];
  } else if (timedOut(deployment, status, now)) {
    setCondition(status, condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`, now));
  }
}

function completed(deployment: Stored<Deployment>, status: DeploymentStatus): boolean {
  const wanted = deployment.spec?.replicas ?? 1;
  return (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

function progressed({ status: before = {} }: Stored<Deployment>, status: DeploymentStatus): boolean {
  const old = (of: DeploymentStatus): number => (of.replicas ?? 0) - (of.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) || old(status) < old(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) || (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

export function timedOut(deployment: Stored<Deployment>, status: DeploymentStatus, now: number): boolean {
  const current = find(status, 'Progressing');
  if (!current || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  return parseTime(current.lastUpdateTime!) + (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000 < now;
}

export function find(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((candidate) => candidate.type === type);
}

export function condition(type: string, status: string, reason: string, message: string, now: number): DeploymentCondition {
  return { type, status, lastUpdateTime: rfc3339(now), lastTransitionTime: rfc3339(now), reason, message };
}

/** Replaces a condition; same status and reason: nothing; same status: the transition time stays. models SetDeploymentCondition */
export function setCondition(status: DeploymentStatus, next: DeploymentCondition): void {
  const current = find(status, next.type);
  if (current?.status === next.status && current.reason === next.reason) return;
  if (current?.status === next.status) next.lastTransitionTime = current.lastTransitionTime!;
  status.conditions = [...(status.conditions ?? []).filter((candidate) => candidate.type !== next.type), next];
}
