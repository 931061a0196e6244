import { Cron } from 'croner';
import { rfc3339 } from '../../../base/clock/index.ts';
import { parseSchedule, type Field } from './parse.ts';

export { CronSyntaxError, parseSchedule } from './parse.ts';

/** The times of one schedule. All times are milliseconds since the epoch. */
export interface CronTimes {
  /** The first time after `ms`; undefined when there is none. */
  next(ms: number): number | undefined;
}

const known = new Map<string, CronTimes>();
const MAX_KNOWN = 1_000;

/**
 * When a CronJob runs. Parsing is ours, because its messages are the API's; the calendar and its time zones are croner's.
 * Throws a CronSyntaxError, or a RangeError for an unknown time zone.
 */
export function cronTimes(schedule: string, timeZone = 'UTC'): CronTimes {
  const key = `${timeZone} ${schedule}`;
  let times = known.get(key);
  if (!times) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, (times = make(schedule, timeZone)));
  }
  return times;
}

export function isTimeZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function make(text: string, timeZone: string): CronTimes {
  const schedule = parseSchedule(text);
  if (schedule.type === 'every') return { next: (ms) => Math.floor(ms / 1_000) * 1_000 + schedule.ms };
  const pattern = [schedule.minute, schedule.hour, schedule.dayOfMonth, schedule.month, schedule.dayOfWeek].map(fieldText).join(' ');
  const cron = new Cron(pattern, { timezone: timeZone, paused: true, legacyMode: true });
  return { next: (ms) => cron.nextRun(rfc3339(ms))?.getTime() };
}

const fieldText = ({ values, star }: Field): string => (star ? '*' : values.join(','));
