import type { Job, JobCondition, JobStatus, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { jobs, pods } from '../../client/resource-types.ts';
import { formatIndexes } from '../../machinery/indexes.ts';
import { clone, deepEqual } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { ControllerContext } from '../context.ts';
import { ensureCondition, findCondition, hasFinalizer, indexOf, isFailed, isIndexed, jobCondition, TRACKING } from './conditions.ts';
import type { Tally } from './count.ts';
import { subject } from './manage.ts';
import { judgeFailure } from './policies.ts';

/** So many Pods are on their way from their finalizer to the counters at once. models MaxUncountedPods */
const MAX_UNCOUNTED = 500;

export interface TrackOptions {
  readonly job: Stored<Job>;
  readonly counts: Tally;
  /** The status so far: counts of active Pods, conditions. */
  readonly status: JobStatus;
  /** FailureTarget, Failed or SuccessCriteriaMet: the Job comes to its end. */
  readonly end: JobCondition | undefined;
  readonly cause: Cause;
  /** Uids whose finalizer was taken, until the informer shows it. */
  readonly handled: Set<string>;
  readonly onFlushed: () => void;
}

/**
 * Counts finished Pods exactly once, whatever stops in between:
 *
 * ```
 *   1. uids of finished Pods into status.uncountedTerminatedPods     2. finalizers off those Pods     3. uids out, counters up
 * ```
 * and ends the Job once nothing is left uncounted and no Pod is terminating.
 *
 * models job_controller.go: trackJobStatusAndRemoveFinalizers
 */
export async function trackPods(context: ControllerContext, options: TrackOptions): Promise<void> {
  const { job, counts, end, cause, handled } = options;
  const status = clone(options.status) as JobStatus;
  const uncounted = { succeeded: [...(status.uncountedTerminatedPods?.succeeded ?? [])], failed: [...(status.uncountedTerminatedPods?.failed ?? [])] };
  status.uncountedTerminatedPods = uncounted;
  const held = new Set(counts.pods.filter((pod) => hasFinalizer(pod) && !handled.has(pod.metadata.uid)).map(({ metadata }) => metadata.uid));
  countReleased(job, status, uncounted, held);
  const released: Stored<Pod>[] = [];
  for (const pod of counts.pods) {
    if (!held.has(pod.metadata.uid) || uncounted.succeeded.length + uncounted.failed.length >= MAX_UNCOUNTED) continue;
    const failed = isFailed(job, pod);
    const index = indexOf(job, pod);
    const isAwaiting = failed && !end && index !== undefined && counts.awaitingSuccessor.get(index) === pod;
    const isOver = failed || pod.status?.phase === 'Succeeded' || end !== undefined || job.metadata.deletionTimestamp !== undefined;
    if (!isOver || isAwaiting) continue;
    released.push(pod);
    noteFinished(options, uncounted, pod, failed);
  }
  if (isIndexed(job)) {
    const text = formatIndexes(counts.succeededIndexes);
    if (text) status.completedIndexes = text;
    if (counts.succeededIndexes.size > 0) status.succeeded = counts.succeededIndexes.size;
    if (counts.failedIndexes) status.failedIndexes = formatIndexes(counts.failedIndexes);
  }
  const final = announceEnd(status, end, context.clock.now());
  let current = await flush(context, job, status, cause);
  options.onFlushed();
  const error = await releasePods(context, released, held, handled, cause);
  const next = clone(current.status ?? {}) as JobStatus;
  const left = { succeeded: [...(next.uncountedTerminatedPods?.succeeded ?? [])], failed: [...(next.uncountedTerminatedPods?.failed ?? [])] };
  countReleased(job, next, left, held);
  next.uncountedTerminatedPods = left;
  const isEnding = final !== undefined && left.succeeded.length + left.failed.length === 0 && (next.terminating ?? 0) === 0 && (next.active ?? 0) === 0;
  if (isEnding) {
    next.conditions = ensureCondition(next.conditions ?? [], final) ?? next.conditions ?? [];
    if (final.type === 'Complete') next.completionTime = final.lastTransitionTime!;
  }
  current = await flush(context, current, next, cause);
  if (isEnding) reportEnd(context, current, final, cause);
  if (error) throw error;
}

/** models cleanUncountedPodsWithoutFinalizers */
function countReleased(job: Stored<Job>, status: JobStatus, uncounted: { succeeded: string[]; failed: string[] }, held: ReadonlySet<string>): void {
  for (const field of ['succeeded', 'failed'] as const) {
    const done = uncounted[field].filter((uid) => !held.has(uid)).length;
    if (done === 0) continue;
    uncounted[field] = uncounted[field].filter((uid) => held.has(uid));
    if (field === 'failed' || !isIndexed(job)) status[field] = (status[field] ?? 0) + done;
  }
}

/** Indexes tell which Pods succeeded: only other Pods are noted by uid. */
function noteFinished({ job, end }: TrackOptions, uncounted: { succeeded: string[]; failed: string[] }, pod: Stored<Pod>, failed: boolean): void {
  const { uid } = pod.metadata;
  if (pod.status?.phase === 'Succeeded' && !uncounted.failed.includes(uid)) {
    if (!isIndexed(job) && !uncounted.succeeded.includes(uid)) uncounted.succeeded.push(uid);
  } else if (failed || (end && end.type !== 'SuccessCriteriaMet')) {
    if (uncounted.failed.includes(uid) || (isIndexed(job) && indexOf(job, pod) === undefined)) return;
    if (judgeFailure(job, pod).counts) uncounted.failed.push(uid);
  }
}

/** The condition that says how it will end goes first; returned: the one that says it has. */
function announceEnd(status: JobStatus, end: JobCondition | undefined, now: number): JobCondition | undefined {
  if (!end) return undefined;
  if ((end.type === 'FailureTarget' || end.type === 'SuccessCriteriaMet') && !findCondition(status.conditions, end.type)) status.conditions = [...(status.conditions ?? []), end];
  return jobCondition(end.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed', 'True', end.reason ?? '', end.message ?? '', now);
}

async function flush({ client }: ControllerContext, job: Stored<Job>, status: JobStatus, cause: Cause): Promise<Stored<Job>> {
  const { succeeded, failed } = status.uncountedTerminatedPods ?? {};
  const tidy: JobStatus = { ...status, uncountedTerminatedPods: { ...(succeeded?.length ? { succeeded } : {}), ...(failed?.length ? { failed } : {}) } };
  return deepEqual(tidy, job.status) ? job : client.update(jobs, { ...job, status: tidy }, cause, 'status');
}

/** Returns the first error; Pods that are gone are released as well. */
async function releasePods({ client }: ControllerContext, released: readonly Stored<Pod>[], held: Set<string>, handled: Set<string>, cause: Cause): Promise<unknown> {
  let failure: unknown;
  await Promise.all(released.map(async ({ metadata }) => {
    handled.add(metadata.uid);
    try {
      await client.patch(pods, metadata.namespace, metadata.name, { metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING] } }, cause);
    } catch (error) {
      if (!isNotFound(error)) {
        failure ??= error;
        handled.delete(metadata.uid);
        return;
      }
    }
    held.delete(metadata.uid);
  }));
  return failure;
}

function reportEnd({ events }: ControllerContext, job: Stored<Job>, { type, reason, message }: JobCondition, cause: Cause): void {
  if (type !== 'Complete') return events.event(subject(job), 'Warning', reason ?? '', message ?? '', cause);
  if (job.spec?.completions !== undefined && (job.status?.succeeded ?? 0) > job.spec.completions) events.event(subject(job), 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached', cause);
  events.event(subject(job), 'Normal', 'Completed', 'Job completed', cause);
}
