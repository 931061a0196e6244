import { parseTime } from '../../../base/clock/index.ts';
import type { CronJob, Stored } from '../../../contracts/k8s/index.ts';
import type { CronTimes } from '../../machinery/cron/cron.ts';

const MANY = 100;
/** A little after the minute, so that it is surely past. models nextScheduleDelta */
const DELTA_MS = 100;

export interface Missed {
  /** From when on starts were looked for. */
  readonly earliest: number;
  /** The last start that is due. */
  readonly latest: number | undefined;
  readonly count: 'none' | 'few' | 'many';
}

/** models cronjob/utils.go: mostRecentScheduleTime */
export function missedStarts(cronJob: Stored<CronJob>, now: number, times: CronTimes, withDeadline: boolean): Missed {
  const { lastScheduleTime } = cronJob.status ?? {};
  const deadline = cronJob.spec?.startingDeadlineSeconds;
  const since = parseTime(lastScheduleTime ?? cronJob.metadata.creationTimestamp);
  const earliest = withDeadline && deadline !== undefined ? Math.max(since, now - deadline * 1000) : since;
  const first = times.next(earliest);
  if (first === undefined || now < first) return { earliest, latest: undefined, count: 'none' };
  const second = times.next(first);
  if (second === undefined || now < second) return { earliest, latest: first, count: 'none' };
  const interval = Math.max(1_000, second - first);
  const number = Math.floor((now - first) / interval) + 1;
  let latest: number | undefined;
  // One interval back, as not all intervals are equally long.
  for (let time = times.next(first + (number - 2) * interval); time !== undefined && time <= now; time = times.next(time)) latest = time;
  return { earliest, latest, count: number > MANY ? 'many' : 'few' };
}

/** How long until the next start. models nextScheduleTimeDuration */
export function nextStartInMs(cronJob: Stored<CronJob>, now: number, times: CronTimes): number | undefined {
  const { earliest, latest, count } = missedStarts(cronJob, now, times, false);
  const next = times.next(latest ?? (count === 'none' ? earliest : now));
  return next === undefined ? undefined : Math.max(DELTA_MS, next + DELTA_MS - now);
}

/** `nightly-29389620`: the minute makes a start unique. models getJobName */
export const jobName = (cronJob: Stored<CronJob>, start: number): string => `${cronJob.metadata.name}-${Math.floor(start / 60_000)}`;
