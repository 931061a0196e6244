import type { Pod, StatefulSet, StatefulSetStatus, Stored } from '../../../contracts/k8s/index.ts';
import { isAvailable, isReady } from '../pods.ts';
import { revisionOf } from './identity.ts';

export interface Revisions {
  readonly current: string;
  readonly update: string;
  readonly collisionCount: number;
}

export const isRunningAndReady = (pod: Stored<Pod>): boolean => pod.status?.phase === 'Running' && isReady(pod);
export const isTerminating = (pod: Stored<Pod>): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isHealthy = (pod: Stored<Pod>): boolean => isRunningAndReady(pod) && !isTerminating(pod);

/** models statefulset/stateful_set_control.go: updateStatus, completeRollingUpdate */
export function countStatus(set: Stored<StatefulSet>, members: readonly Stored<Pod>[], revisions: Revisions, now: number, deleted = 0): StatefulSetStatus {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const count = (is: (pod: Stored<Pod>) => boolean): number => members.filter(is).length;
  const live = (revision: string): number => count((pod) => !isTerminating(pod) && revisionOf(pod) === revision);
  const replicas = members.length;
  const ready = count(isRunningAndReady);
  const updated = live(revisions.update);
  const isComplete = set.spec?.updateStrategy?.type === 'RollingUpdate' && [updated, ready, replicas].every((found) => found === (set.spec?.replicas ?? 1));
  const current = isComplete ? updated : Math.max(0, live(revisions.current) - deleted);
  return {
    observedGeneration: set.metadata.generation!,
    replicas,
    ...(ready ? { readyReplicas: ready } : {}),
    ...(current ? { currentReplicas: current } : {}),
    ...(updated ? { updatedReplicas: updated } : {}),
    currentRevision: isComplete ? revisions.update : revisions.current,
    updateRevision: revisions.update,
    collisionCount: revisions.collisionCount,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
    availableReplicas: count((pod) => isRunningAndReady(pod) && isAvailable(pod, minReady, now)),
  };
}
