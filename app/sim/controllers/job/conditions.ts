import { rfc3339 } from '../../../base/clock/index.ts';
import type { Job, JobCondition, Pod, Stored } from '../../../contracts/k8s/index.ts';

export const TRACKING = 'batch.kubernetes.io/job-tracking';
export const INDEX = 'batch.kubernetes.io/job-completion-index';
export const OUR_NAME = 'kubernetes.io/job-controller';

export function jobCondition(type: string, status: string, reason: string, message: string, now: number): JobCondition {
  return { type, status, lastProbeTime: rfc3339(now), lastTransitionTime: rfc3339(now), reason, message };
}

export function findCondition(conditions: readonly JobCondition[] | undefined, type: string): JobCondition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Sets a condition; False is only written where it was there before. Undefined: nothing changed. models ensureJobConditionStatus */
export function ensureCondition(conditions: readonly JobCondition[], next: JobCondition): JobCondition[] | undefined {
  const known = conditions.find(({ type }) => type === next.type);
  if (!known) return next.status === 'False' ? undefined : [...conditions, next];
  if (known.status === next.status && known.reason === next.reason && known.message === next.message) return undefined;
  return conditions.map((condition) => (condition === known ? next : condition));
}

/** models util.IsJobFinished */
export function isFinished(job: Stored<Job>): boolean {
  return findCondition(job.status?.conditions, 'Complete') !== undefined || findCondition(job.status?.conditions, 'Failed') !== undefined;
}

export const hasFinalizer = (pod: Stored<Pod>): boolean => pod.metadata.finalizers?.includes(TRACKING) ?? false;
export const isIndexed = (job: Stored<Job>): boolean => job.spec?.completionMode === 'Indexed';
export const isSuspended = (job: Stored<Job>): boolean => job.spec?.suspend === true;

/** Undefined: none, or one out of range. */
export function indexOf(job: Stored<Job>, pod: Stored<Pod>): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  const index = text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  return index !== undefined && index < (job.spec?.completions ?? 0) ? index : undefined;
}

/** A Pod that goes is replaced only once it has failed. models onlyReplaceFailedPods */
export const waitsForFailure = (job: Stored<Job>): boolean => job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;

/** A Pod that is deleted counts as failed: it may never get to say so itself. models isPodFailed */
export function isFailed(job: Stored<Job>, pod: Stored<Pod>): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !waitsForFailure(job) && pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== 'Succeeded';
}
