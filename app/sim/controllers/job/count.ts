import type { Job, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { readIndexes } from '../../machinery/indexes.ts';
import { isActive, isReady } from '../pods.ts';
import { absoluteFailures, indexFailures } from './backoff.ts';
import { hasFinalizer, indexOf, isFailed, isIndexed } from './conditions.ts';
import { judgeFailure } from './policies.ts';

/** What the Pods of a Job amount to. models job_controller.go: syncJobCtx */
export interface Tally {
  readonly pods: readonly Stored<Pod>[];
  readonly active: readonly Stored<Pod>[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Not counted in the status yet. */
  readonly newSucceeded: readonly Stored<Pod>[];
  readonly newFailed: readonly Stored<Pod>[];
  readonly uncounted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> };
  readonly succeededIndexes: ReadonlySet<number>;
  /** Undefined without a limit for each index. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
  /** With a limit for each index: the last failed Pod of each index that has no successor yet, which keeps its finalizer until then. */
  readonly awaitingSuccessor: ReadonlyMap<number, Stored<Pod>>;
}

/** @param handled uids whose finalizer was taken already, though the copy does not show it */
export function tally(job: Stored<Job>, pods: readonly Stored<Pod>[], handled: ReadonlySet<string>): Tally {
  const { status = {} } = job;
  const uncounted = { succeeded: new Set(status.uncountedTerminatedPods?.succeeded ?? []), failed: new Set(status.uncountedTerminatedPods?.failed ?? []) };
  const open = pods.filter((pod) => hasFinalizer(pod) && !handled.has(pod.metadata.uid));
  const isNew = (pod: Stored<Pod>): boolean => !uncounted.succeeded.has(pod.metadata.uid) && !uncounted.failed.has(pod.metadata.uid);
  const active = pods.filter(isActive);
  const newSucceeded = open.filter((pod) => isNew(pod) && pod.status?.phase === 'Succeeded' && (!isIndexed(job) || indexOf(job, pod) !== undefined));
  const newFailed = open.filter((pod) => isNew(pod) && isFailed(job, pod) && (!isIndexed(job) || indexOf(job, pod) !== undefined));
  const succeededIndexes = isIndexed(job) ? indexesOf(job, status.completedIndexes, open.filter((pod) => pod.status?.phase === 'Succeeded')) : new Set<number>();
  const failedIndexes = isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined ? indexesOf(job, status.failedIndexes, open.filter((pod) => isIndexFailed(job, pod))) : undefined;
  return {
    pods, active, newSucceeded, newFailed, uncounted, succeededIndexes, failedIndexes,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed').length,
    succeeded: isIndexed(job) ? succeededIndexes.size : (status.succeeded ?? 0) + newSucceeded.length + uncounted.succeeded.size,
    failed: (status.failed ?? 0) + newFailed.filter((pod) => judgeFailure(job, pod).counts).length + uncounted.failed.size,
    awaitingSuccessor: failedIndexes ? awaiting(job, open, active, succeededIndexes, failedIndexes) : new Map(),
  };
}

/** Those in the status, and those of Pods that are not counted yet. */
function indexesOf(job: Stored<Job>, known: string | undefined, pods: readonly Stored<Pod>[]): Set<number> {
  const indexes = readIndexes(known, job.spec?.completions ?? 0);
  for (const pod of pods) {
    const index = indexOf(job, pod);
    if (index !== undefined) indexes.add(index);
  }
  return indexes;
}

/** models isIndexFailed */
function isIndexFailed(job: Stored<Job>, pod: Stored<Pod>): boolean {
  if (!isFailed(job, pod)) return false;
  const { action } = judgeFailure(job, pod);
  return action === 'FailIndex' || (action !== 'Ignore' && indexFailures(pod) >= job.spec!.backoffLimitPerIndex!);
}

/** models getPodsWithDelayedDeletionPerIndex */
function awaiting(job: Stored<Job>, open: readonly Stored<Pod>[], active: readonly Stored<Pod>[], succeeded: ReadonlySet<number>, failed: ReadonlySet<number>): Map<number, Stored<Pod>> {
  const last = new Map<number, Stored<Pod>>();
  const successors = new Set(active.filter(hasFinalizer).map((pod) => indexOf(job, pod)));
  for (const pod of open) {
    const index = indexOf(job, pod);
    if (index === undefined || !isFailed(job, pod) || succeeded.has(index) || failed.has(index) || successors.has(index)) continue;
    const known = last.get(index);
    if (!known || absoluteFailures(known) <= absoluteFailures(pod)) last.set(index, pod);
  }
  return last;
}

/** Failures inside Pods that restart their containers. models pastBackoffLimitOnFailure */
export function isPastRestarts(job: Stored<Job>, pods: readonly Stored<Pod>[]): boolean {
  if (job.spec?.template?.spec?.restartPolicy !== 'OnFailure') return false;
  const limit = job.spec.backoffLimit ?? 6;
  const running = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = running.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]).reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}
