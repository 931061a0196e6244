import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { Job, JobCondition, JobStatus, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { jobs, pods } from '../../client/resource-types.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { controllerOf, keyOf } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import { claim } from '../claim.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { Expectations } from '../expectations.ts';
import { addFinished, waitMs, type BackoffRecord } from './backoff.ts';
import { ensureCondition, findCondition, hasFinalizer, isFailed, isFinished, isIndexed, isSuspended, jobCondition, OUR_NAME, TRACKING } from './conditions.ts';
import { isPastRestarts, tally, type Tally } from './count.ts';
import { JobPods, subject } from './manage.ts';
import { judgeFailure, metSuccessPolicy } from './policies.ts';
import { trackPods } from './track.ts';

/** What happens to Pods is looked at once a second, all together. models syncJobBatchPeriod */
const BATCH_MS = 1_000;
const ORPHAN = 'orphan:';
const NO_FAILURES: BackoffRecord = { failures: 0, lastFailureAt: 0 };

/** Runs Pods to their end. models pkg/controller/job */
export const jobController: Controller = {
  name: 'job',
  serviceAccount: 'job-controller',
  start(context) {
    const { informers } = context;
    const worker = new JobWorker(context);
    const loop = new ControlLoop('job', context.clock, worker, 5);
    const all = informers.of(jobs);
    const ownerKey = (pod: Stored<Pod>): string | undefined => {
      const owner = controllerOf(pod);
      return owner?.kind === 'Job' ? `${pod.metadata.namespace}/${owner.name}` : undefined;
    };
    const enqueue = (pod: Stored<Pod>, cause: Cause): void => {
      const key = ownerKey(pod);
      const isKnown = key !== undefined && all.get(key)?.metadata.uid === controllerOf(pod)!.uid;
      if (isKnown) loop.queue.addAfter(key, BATCH_MS, cause);
      else if (hasFinalizer(pod)) loop.queue.add(ORPHAN + keyOf(pod), cause);
      if (!controllerOf(pod)) for (const job of all.inNamespace(pod.metadata.namespace!)) if (selectorFromLabelSelector(job.spec?.selector).matches(pod.metadata.labels)) loop.queue.addAfter(keyOf(job), BATCH_MS, cause);
    };
    all.handle({
      onAdd: (job, cause) => loop.queue.add(keyOf(job), cause),
      onUpdate: (job, previous, cause) => {
        if (job.metadata.generation === previous.metadata.generation) loop.queue.addAfter(keyOf(job), BATCH_MS, cause);
        else loop.queue.add(keyOf(job), cause);
      },
      // Its Pods would be held by their finalizer for ever.
      onDelete(job, cause) {
        worker.forget(keyOf(job));
        for (const pod of informers.of(pods).by('owner', job.metadata.uid)) if (hasFinalizer(pod)) loop.queue.add(ORPHAN + keyOf(pod), cause);
      },
    });
    informers.of(pods).handle({
      onAdd: (pod, cause) => (worker.expectations.created(ownerKey(pod) ?? ''), enqueue(pod, cause)),
      onUpdate(pod, previous, cause) {
        if (pod.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid);
        if (!hasFinalizer(pod)) worker.handled.delete(pod.metadata.uid);
        enqueue(pod, cause);
      },
      onDelete(pod, cause) {
        worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid);
        worker.handled.delete(pod.metadata.uid);
        enqueue(pod, cause);
      },
    });
    return loop;
  },
};

class JobWorker implements Reconciler {
  readonly expectations: Expectations;
  readonly handled = new Set<string>();
  readonly #context: ControllerContext;
  readonly #pods: JobPods;
  readonly #records = new Map<string, BackoffRecord>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.expectations = new Expectations(context.clock);
    this.#pods = new JobPods(context, this.expectations);
  }

  forget(key: string): void {
    this.expectations.forget(key);
    this.#records.delete(key);
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, clock } = this.#context;
    if (!informers.of(pods).synced || !informers.of(jobs).synced) throw new Error('not listed yet');
    if (key.startsWith(ORPHAN)) return this.#releaseOrphan(key.slice(ORPHAN.length), cause);
    const job = informers.of(jobs).get(key);
    if (!job) return this.forget(key);
    if (job.spec?.managedBy !== undefined && job.spec.managedBy !== OUR_NAME) return;
    if (isFinished(job)) return void this.#records.delete(key);
    const isSatisfied = this.expectations.isSatisfied(key);
    const selector = selectorFromLabelSelector(job.spec?.selector);
    const owned = await claim(this.#context, { type: pods, owner: subject(job), ownerType: jobs, selects: (labels) => selector.matches(labels), finalizers: [TRACKING] }, cause);
    const counts = tally(job, owned, this.handled);
    const now = clock.now();
    const record = addFinished(this.#records.get(key) ?? NO_FAILURES, counts.newSucceeded, counts.newFailed, now);
    const status: JobStatus = { ...job.status, ...(job.status?.startTime || isSuspended(job) ? {} : { startTime: rfc3339(now) }) };
    const ended = this.#end(job, status, counts, now);
    const turn = await this.#turn(job, status, counts, { end: ended, isSatisfied, wait: waitMs(record, now) }, cause);
    await trackPods(this.#context, { job, counts, status: { ...status, ...turn.status }, end: turn.end, cause, handled: this.handled, onFlushed: () => this.#records.set(key, record) });
    if (turn.error) throw turn.error;
    const waits = [turn.waitMs, this.#deadlineIn(job, status, now)].filter((wait): wait is number => wait !== undefined && wait > 0);
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
  }

  /** Why the Job comes to its end now, if it does. */
  #end(job: Stored<Job>, status: JobStatus, counts: Tally, now: number): JobCondition | undefined {
    const met = findCondition(job.status?.conditions, 'SuccessCriteriaMet');
    if (met) return met;
    const target = findCondition(job.status?.conditions, 'FailureTarget');
    if (target) return target;
    const fails = (reason: string, message: string): JobCondition => jobCondition('FailureTarget', 'True', reason, message, now);
    const byPolicy = job.spec?.podFailurePolicy && counts.pods.filter((pod) => isFailed(job, pod)).map((pod) => judgeFailure(job, pod).message).find((message) => message !== undefined);
    if (byPolicy) return fails('PodFailurePolicy', byPolicy);
    if (counts.failed > (job.spec?.backoffLimit ?? 6) || isPastRestarts(job, counts.pods)) return fails('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    if (this.#deadlineIn(job, status, now)! <= 0) return fails('DeadlineExceeded', 'Job was active longer than specified deadline');
    if (!isIndexed(job)) return undefined;
    const failed = counts.failedIndexes?.size ?? 0;
    if (job.spec?.maxFailedIndexes !== undefined && failed > job.spec.maxFailedIndexes) return fails('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
    if (failed > 0 && failed + counts.succeededIndexes.size >= (job.spec?.completions ?? 0)) return fails('FailedIndexes', 'Job has failed indexes');
    const matched = metSuccessPolicy(job.spec!, counts.succeededIndexes);
    return matched === undefined ? undefined : jobCondition('SuccessCriteriaMet', 'True', 'SuccessPolicy', matched, now);
  }

  /** Undefined without a deadline, or while suspended. */
  #deadlineIn(job: Stored<Job>, status: JobStatus, now: number): number | undefined {
    const seconds = job.spec?.activeDeadlineSeconds;
    if (seconds === undefined || isSuspended(job) || !status.startTime) return undefined;
    return parseTime(status.startTime) + seconds * 1000 - now;
  }

  /** Makes or deletes Pods, and works out the status that follows. */
  async #turn(job: Stored<Job>, before: JobStatus, counts: Tally, { end, isSatisfied, wait }: { end: JobCondition | undefined; isSatisfied: boolean; wait: number }, cause: Cause): Promise<{ status: Partial<JobStatus>; end: JobCondition | undefined; waitMs?: number | undefined; error?: unknown }> {
    const now = this.#context.clock.now();
    if (end) {
      const managed = counts.active.length > 0 ? await this.#pods.remove(job, counts, counts.active, cause) : { active: 0, ready: 0 };
      return { status: this.#numbers(managed, counts), end, error: managed.error };
    }
    const isManaged = isSatisfied && !job.metadata.deletionTimestamp;
    const managed = isManaged ? await this.#pods.manage(job, counts, wait, cause) : { active: counts.active.length, ready: counts.ready };
    const isComplete = managed.active === 0 && (job.spec?.completions === undefined ? counts.succeeded > 0 : counts.succeeded >= job.spec.completions);
    const status = this.#numbers(managed, counts);
    if (isComplete) return { status, end: jobCondition('SuccessCriteriaMet', 'True', 'CompletionsReached', 'Reached expected number of succeeded pods', now), error: managed.error };
    if (isManaged) Object.assign(status, this.#suspension(job, before, now, cause));
    return { status, end: undefined, waitMs: managed.waitMs, error: managed.error };
  }

  #numbers({ active, ready }: { active: number; ready: number }, { terminating, active: before }: Tally): Partial<JobStatus> {
    // What was deleted in this turn is on its way out.
    const leaving = Math.max(0, before.length - active);
    return { active: active > 0 ? active : undefined!, ready, terminating: terminating + leaving };
  }

  /** A Job that resumes starts its time anew. */
  #suspension(job: Stored<Job>, before: JobStatus, now: number, cause: Cause): Partial<JobStatus> {
    const { events } = this.#context;
    const next = isSuspended(job) ? jobCondition('Suspended', 'True', 'JobSuspended', 'Job suspended', now) : jobCondition('Suspended', 'False', 'JobResumed', 'Job resumed', now);
    const conditions = ensureCondition(before.conditions ?? [], next);
    if (!conditions) return {};
    events.event(subject(job), 'Normal', isSuspended(job) ? 'Suspended' : 'Resumed', next.message!, cause);
    return { conditions, ...(isSuspended(job) ? {} : { startTime: rfc3339(now) }) };
  }

  /** The Job is gone, or was never the Pod's: nothing waits for the count. models syncOrphanPod */
  async #releaseOrphan(key: string, cause: Cause): Promise<void> {
    const { informers, client } = this.#context;
    const pod = informers.of(pods).get(key);
    if (!pod || !hasFinalizer(pod)) return;
    const owner = controllerOf(pod);
    const job = owner?.kind === 'Job' ? informers.of(jobs).get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
    if (job && job.metadata.uid === owner!.uid) return;
    try {
      await client.patch(pods, pod.metadata.namespace, pod.metadata.name, { metadata: { '$deleteFromPrimitiveList/finalizers': [TRACKING] } }, cause);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
