import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { CronJob, CronJobStatus, Job, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { cronJobs, jobs } from '../../client/resource-types.ts';
import { cronTimes, type CronTimes } from '../../machinery/cron/cron.ts';
import { zonedTime } from '../../machinery/cron/zoned-time.ts';
import { clone, controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { isAlreadyExists, isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { controllerReference, isNamespaceTerminating } from '../pod-control.ts';
import { jobName, missedStarts, nextStartInMs } from './schedule.ts';

/** Makes Jobs by the clock. models pkg/controller/cronjob */
export const cronJobController: Controller = {
  name: 'cronjob',
  serviceAccount: 'cronjob-controller',
  start(context) {
    const { informers } = context;
    const loop = new ControlLoop('cronjob', context.clock, new CronJobWorker(context), 5);
    const enqueueOwner = (job: Stored<Job>, cause: Cause): void => {
      const owner = controllerOf(job);
      if (owner?.kind === 'CronJob') loop.queue.add(`${job.metadata.namespace}/${owner.name}`, cause);
    };
    informers.of(cronJobs).handle({ onAdd: (cronJob, cause) => loop.queue.add(keyOf(cronJob), cause), onUpdate: (cronJob, _, cause) => loop.queue.add(keyOf(cronJob), cause) });
    informers.of(jobs).handle({ onAdd: enqueueOwner, onUpdate: (job, _, cause) => enqueueOwner(job, cause), onDelete: enqueueOwner });
    return loop;
  },
};

class CronJobWorker implements Reconciler {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, client } = this.#context;
    const cronJob = informers.of(cronJobs).get(key);
    if (!cronJob) return;
    if (!informers.of(jobs).synced) throw new Error('Jobs are not listed yet');
    const owned = informers.of(jobs).by('owner', cronJob.metadata.uid).filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
    const status = clone(cronJob.status ?? {}) as CronJobStatus;
    let failure: unknown;
    let waitMs: number | undefined;
    try {
      await this.#review(cronJob, owned, status, cause);
      waitMs = await this.#start({ ...cronJob, status }, status, cause);
    } catch (error) {
      failure = error;
    }
    await this.#cleanUp(cronJob, owned, status, cause);
    if (status.active?.length === 0) delete status.active;
    if (!deepEqual(status, cronJob.status ?? {})) await client.update(cronJobs, { ...cronJob, status }, cause, 'status');
    if (failure) throw failure;
    return waitMs === undefined ? undefined : { requeueAfterMs: waitMs };
  }

  /** What became of its Jobs. models the first half of syncCronJob */
  async #review(cronJob: Stored<CronJob>, owned: readonly Stored<Job>[], status: CronJobStatus, cause: Cause): Promise<void> {
    const { client } = this.#context;
    const isActive = (uid: string, list = status.active): boolean => list?.some((reference) => reference.uid === uid) ?? false;
    for (const job of owned) {
      const end = endOf(job);
      const { uid, name } = job.metadata;
      if (!isActive(uid) && !end) {
        const fresh = await client.get(cronJobs, cronJob.metadata.namespace, cronJob.metadata.name);
        if (isActive(uid, fresh.status?.active)) Object.assign(status, clone(fresh.status));
        else this.#event(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`, cause);
      } else if (isActive(uid) && end) {
        status.active = status.active!.filter((reference) => reference.uid !== uid);
        this.#event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end}`, cause);
      } else if (end === 'Complete') {
        const at = job.status?.completionTime;
        if (at && (!status.lastSuccessfulTime || parseTime(at) > parseTime(status.lastSuccessfulTime))) status.lastSuccessfulTime = at;
      }
    }
    const known = new Set(owned.map(({ metadata }) => metadata.uid));
    for (const { uid, name } of [...(status.active ?? [])]) {
      if (known.has(uid!)) continue;
      const isThere = await client.get(jobs, cronJob.metadata.namespace, name!).then(() => true, (error: unknown) => {
        if (isNotFound(error)) return false;
        throw error;
      });
      if (isThere) continue;
      this.#event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`, cause);
      status.active = status.active!.filter((reference) => reference.uid !== uid);
    }
  }

  /** Starts a Job that is due. Returns how long until the next is. models the second half of syncCronJob */
  async #start(cronJob: Stored<CronJob>, status: CronJobStatus, cause: Cause): Promise<number | undefined> {
    const { spec, metadata } = cronJob;
    if (metadata.deletionTimestamp || !spec || spec.suspend) return undefined;
    const now = this.#context.clock.now();
    const times = this.#times(cronJob, cause);
    if (!times) return undefined;
    const { latest, count } = missedStarts(cronJob, now, times, true);
    const next = (): number | undefined => nextStartInMs({ ...cronJob, status }, now, times);
    if (count === 'many') this.#event(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew', cause);
    if (latest === undefined) return next();
    if (spec.startingDeadlineSeconds !== undefined && latest + spec.startingDeadlineSeconds * 1000 < now) {
      this.#event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(latest)}`, cause);
      return next();
    }
    if (status.active?.some(({ name }) => name === jobName(cronJob, latest)) || status.lastScheduleTime === rfc3339(latest)) return next();
    if (spec.concurrencyPolicy === 'Forbid' && (status.active ?? []).length > 0) {
      this.#event(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid', cause);
      return next();
    }
    if (spec.concurrencyPolicy === 'Replace') for (const { name } of [...(status.active ?? [])]) await this.#delete(cronJob, name!, status, cause);
    await this.#create(cronJob, latest, status, cause);
    return next();
  }

  #times(cronJob: Stored<CronJob>, cause: Cause): CronTimes | undefined {
    const { schedule, timeZone } = cronJob.spec!;
    try {
      return cronTimes(schedule, timeZone);
    } catch (error) {
      this.#event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(schedule)} : ${(error as Error).message}`, cause);
      return undefined;
    }
  }

  async #create(cronJob: Stored<CronJob>, start: number, status: CronJobStatus, cause: Cause): Promise<void> {
    const { client } = this.#context;
    const { jobTemplate, timeZone } = cronJob.spec!;
    const { labels, annotations } = jobTemplate.metadata ?? {};
    const name = jobName(cronJob, start);
    const body = {
      metadata: {
        name, ...(labels ? { labels } : {}), annotations: { ...annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': zonedTime(start, timeZone ?? 'UTC') },
        ownerReferences: [controllerReference({ kind: 'CronJob', apiVersion: 'batch/v1', metadata: cronJob.metadata })],
      },
      spec: jobTemplate.spec,
    };
    let job: Stored<Job>;
    try {
      job = await client.create(jobs, cronJob.metadata.namespace, body, cause);
      this.#event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`, cause);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isAlreadyExists(error)) {
        this.#event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`, cause);
        throw error;
      }
      // Made before, and not noted: by us, or by somebody else.
      job = await client.get(jobs, cronJob.metadata.namespace, name);
      if (controllerOf(job)?.uid !== cronJob.metadata.uid || status.active?.some(({ uid }) => uid === job.metadata.uid)) return;
    }
    const { uid, namespace, resourceVersion } = job.metadata;
    status.active = [...(status.active ?? []), { kind: 'Job', namespace: namespace!, name, uid, apiVersion: 'batch/v1', resourceVersion }];
    status.lastScheduleTime = rfc3339(start);
  }

  /** Keeps so many finished Jobs of each kind, the newest. models cleanupFinishedJobs */
  async #cleanUp(cronJob: Stored<CronJob>, owned: readonly Stored<Job>[], status: CronJobStatus, cause: Cause): Promise<void> {
    const { successfulJobsHistoryLimit: successful, failedJobsHistoryLimit: failed } = cronJob.spec ?? {};
    const startOf = (job: Stored<Job>): string => `${job.status?.startTime ?? '9'} ${job.metadata.name}`;
    for (const [end, limit] of [['Complete', successful], ['Failed', failed]] as const) {
      const finished = owned.filter((job) => endOf(job) === end && !job.metadata.deletionTimestamp).sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
      for (const job of limit === undefined ? [] : finished.slice(0, Math.max(0, finished.length - limit))) await this.#delete(cronJob, job.metadata.name, status, cause);
    }
  }

  async #delete(cronJob: Stored<CronJob>, name: string, status: CronJobStatus, cause: Cause): Promise<void> {
    try {
      await this.#context.client.delete(jobs, cronJob.metadata.namespace, name, { propagationPolicy: 'Background' }, cause);
    } catch (error) {
      if (!isNotFound(error)) {
        this.#event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${(error as Error).message}`, cause);
        throw error;
      }
    }
    status.active = (status.active ?? []).filter((reference) => reference.name !== name);
    this.#event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`, cause);
  }

  #event({ metadata }: Stored<CronJob>, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.#context.events.event({ kind: 'CronJob', apiVersion: 'batch/v1', metadata }, type, reason, message, cause);
  }
}

function endOf(job: Stored<Job>): 'Complete' | 'Failed' | undefined {
  return job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')?.type as 'Complete' | 'Failed' | undefined;
}

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon, 02 Jan 2006 15:04:05 +0000` */
function rfc1123(ms: number): string {
  const text = rfc3339(ms);
  return `${DAYS[Math.floor(ms / 86_400_000) % 7]}, ${text.slice(8, 10)} ${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)} ${text.slice(11, 19)} +0000`;
}
