import { parseTime } from '../../../base/clock/index.ts';
import type { Job, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { judgeFailure } from './policies.ts';

const FIRST_MS = 10_000;
const LAST_MS = 10 * 60_000;
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';

/** Failures since the last success, and when the last one was. */
export interface BackoffRecord {
  readonly failures: number;
  readonly lastFailureAt: number;
}

/** How much longer no Pod is made: 10 s after the first failure, twice as long after each further one. models job/backoff_utils.go */
export function waitMs({ failures, lastFailureAt }: BackoffRecord, now: number): number {
  return failures === 0 ? 0 : Math.max(0, lastFailureAt + Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LAST_MS) - now);
}

/** models newBackoffRecord: Pods that finished since the last time. */
export function addFinished(record: BackoffRecord, succeeded: readonly Stored<Pod>[], failed: readonly Stored<Pod>[], now: number): BackoffRecord {
  if (succeeded.length + failed.length === 0) return record;
  const times = failed.map((pod) => finishedAt(pod, now));
  if (succeeded.length === 0) return { failures: record.failures + failed.length, lastFailureAt: Math.max(...times) };
  const lastSuccess = Math.max(...succeeded.map((pod) => finishedAt(pod, now)));
  const later = times.filter((time) => time >= lastSuccess);
  return { failures: later.length, lastFailureAt: Math.max(0, ...later) };
}

/** models getFinishedTime */
function finishedAt(pod: Stored<Pod>, now: number): number {
  const ends = (pod.status?.containerStatuses ?? []).map((status) => status.state?.terminated?.finishedAt).filter((time): time is string => !!time);
  if (ends.length > 0 && ends.length === pod.status!.containerStatuses!.length) return Math.max(...ends.map(parseTime));
  const readyChange = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  if (readyChange) return parseTime(readyChange);
  if (pod.metadata.deletionTimestamp) return parseTime(pod.metadata.deletionTimestamp) - (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return now;
}

const countOf = (pod: Stored<Pod>, annotation: string): number => Number(pod.metadata.annotations?.[annotation] ?? 0);
/** How often the index of this Pod had failed before it. */
export const indexFailures = (pod: Stored<Pod>): number => countOf(pod, FAILURES);
export const absoluteFailures = (pod: Stored<Pod>): number => countOf(pod, FAILURES) + countOf(pod, IGNORED_FAILURES);

/** With a limit for each index, each index has a wait of its own. */
export function indexWaitMs(replaced: Stored<Pod> | undefined, now: number): number {
  return replaced ? waitMs({ failures: absoluteFailures(replaced) + 1, lastFailureAt: finishedAt(replaced, now) }, now) : 0;
}

/** models addIndexFailureCountAnnotation */
export function failureAnnotations(job: Stored<Job>, replaced: Stored<Pod> | undefined): Record<string, string> {
  if (!replaced) return { [FAILURES]: '0' };
  const isIgnored = judgeFailure(job, replaced).action === 'Ignore';
  const ignored = countOf(replaced, IGNORED_FAILURES) + (isIgnored ? 1 : 0);
  return { [FAILURES]: String(countOf(replaced, FAILURES) + (isIgnored ? 0 : 1)), ...(ignored > 0 ? { [IGNORED_FAILURES]: String(ignored) } : {}) };
}
