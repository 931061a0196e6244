import type { ControllerRevision, Pod, StatefulSet, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { scaled } from '../deployment/rolling.ts';
import { isAvailable } from '../pods.ts';
import { templateOf } from '../revisions.ts';
import { ordinalOf, revisionOf, startOrdinal } from './identity.ts';
import type { StatefulPodControl } from './pod-control.ts';
import { isHealthy, isRunningAndReady, isTerminating } from './status.ts';

export interface MembersTurn {
  readonly set: Stored<StatefulSet>;
  readonly members: readonly Stored<Pod>[];
  readonly current: Stored<ControllerRevision>;
  readonly update: Stored<ControllerRevision>;
  readonly podControl: StatefulPodControl;
  readonly now: number;
  readonly cause: Cause;
}

/** Members of the current version that were deleted for the sake of the new one, and what went wrong. */
export interface MembersResult {
  readonly deleted: number;
  readonly error?: unknown;
}

/**
 * One step towards the wish: make the missing from the lowest number up, delete the surplus from the highest down, then
 * replace what is of an old version from the highest down. In order (`OrderedReady`), each step waits until all before it
 * is available; `Parallel` waits for nothing.
 *
 * models statefulset/stateful_set_control.go: updateStatefulSet
 */
export async function updateMembers(turn: MembersTurn): Promise<MembersResult> {
  const { set, members, podControl, cause } = turn;
  if (set.metadata.deletionTimestamp) return { deleted: 0 };
  const first = startOrdinal(set);
  const count = set.spec?.replicas ?? 1;
  const byOrdinal = new Map(members.map((pod) => [ordinalOf(pod), pod]));
  const replicas = Array.from({ length: count }, (_, index) => ({ ordinal: first + index, pod: byOrdinal.get(first + index) }));
  const condemned = members.filter((pod) => ordinalOf(pod) >= 0 && (ordinalOf(pod) < first || ordinalOf(pod) >= first + count)).sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const monotonic = set.spec?.podManagementPolicy !== 'Parallel';
  try {
    for (const replica of replicas) if ((await processReplica(turn, replica.ordinal, replica.pod, monotonic)) && monotonic) return { deleted: 0 };
    for (const pod of condemned) await podControl.adjustClaims(set, pod, cause);
    const isIncomplete = replicas.some(({ pod }) => !pod || !isHealthy(pod));
    const unhealthy = replicas.find(({ pod }) => pod && !isHealthy(pod))?.pod ?? (isIncomplete ? undefined : [...condemned].reverse().find((pod) => !isHealthy(pod)));
    for (const pod of condemned) if ((await processCondemned(turn, pod, unhealthy, monotonic)) && monotonic) return { deleted: 0 };
    if (set.spec?.updateStrategy?.type === 'OnDelete') return { deleted: 0 };
    return { deleted: await replaceOld(turn, replicas.map(({ pod }) => pod)) };
  } catch (error) {
    return { deleted: 0, error };
  }
}

/** True: wait here. models processReplica */
async function processReplica({ set, current, update, podControl, now, cause }: MembersTurn, ordinal: number, pod: Stored<Pod> | undefined, monotonic: boolean): Promise<boolean> {
  if (!pod) {
    const revision = needsCurrent(set, update.metadata.name, ordinal) ? current : update;
    await podControl.create(set, templateOf(revision), revision.metadata.name, ordinal, cause);
    return true;
  }
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') {
    if (!isTerminating(pod)) await podControl.delete(set, pod, cause);
    return true;
  }
  if (pod.status?.phase === 'Pending' && !isTerminating(pod)) await podControl.createClaims(set, ordinal, cause);
  if (monotonic && (isTerminating(pod) || !isRunningAndReady(pod) || !isAvailable(pod, set.spec?.minReadySeconds ?? 0, now))) return true;
  if (!isTerminating(pod)) await podControl.mend(set, pod, cause);
  return false;
}

/** Below the partition, a new Pod is of the old version. models isCurrentRevisionNeeded */
function needsCurrent(set: Stored<StatefulSet>, update: string, ordinal: number): boolean {
  const { updateStrategy } = set.spec!;
  if (updateStrategy?.type !== 'RollingUpdate') return false;
  if (!updateStrategy.rollingUpdate) return ordinal < startOrdinal(set) + (set.status?.currentReplicas ?? 0);
  return set.status?.currentRevision !== undefined && set.status.currentRevision !== update && ordinal < startOrdinal(set) + (updateStrategy.rollingUpdate.partition ?? 0);
}

/** True: wait here. models processCondemned */
async function processCondemned({ set, podControl, now, cause }: MembersTurn, pod: Stored<Pod>, unhealthy: Stored<Pod> | undefined, monotonic: boolean): Promise<boolean> {
  if (isTerminating(pod)) return monotonic;
  const isSteady = isRunningAndReady(pod) && isAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
  if (!isSteady && monotonic && pod !== unhealthy) return true;
  await podControl.delete(set, pod, cause);
  return monotonic;
}

/** Deletes Pods of old versions, as many as may be away at once; they come back as new ones. Returns how many. */
async function replaceOld({ set, update, podControl, now, cause }: MembersTurn, replicas: readonly (Stored<Pod> | undefined)[]): Promise<number> {
  const rolling = set.spec?.updateStrategy?.rollingUpdate;
  const lowest = rolling?.partition ?? 0;
  const isAway = (pod: Stored<Pod> | undefined): boolean => !pod || !isHealthy(pod) || !isAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
  if (rolling?.maxUnavailable !== undefined) {
    let left = Math.max(1, scaled(rolling.maxUnavailable, set.spec?.replicas ?? 1, false)) - replicas.filter(isAway).length;
    let deleted = 0;
    for (let index = replicas.length - 1; index >= lowest && left > 0; index--) {
      const pod = replicas[index];
      if (!pod || isTerminating(pod) || revisionOf(pod) === update.metadata.name) continue;
      await podControl.delete(set, pod, cause);
      left--;
      deleted++;
    }
    return deleted;
  }
  for (let index = replicas.length - 1; index >= lowest; index--) {
    const pod = replicas[index];
    if (pod && !isTerminating(pod) && revisionOf(pod) !== update.metadata.name) {
      await podControl.delete(set, pod, cause);
      return 1;
    }
    if (isAway(pod)) return 0;
  }
  return 0;
}
