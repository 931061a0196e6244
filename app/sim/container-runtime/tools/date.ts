import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import { dateParts, unixDate, weekdayIndex } from '../images/dates.ts';
import type { Program } from '../processes/process.ts';
import { isBusybox, quoted } from './input.ts';
import { tool } from './options.ts';

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** strftime(3), UTC. */
export function formatDate(now: number, format: string): string {
  const { year, month, day, time, monthName, weekday } = dateParts(now);
  const [hour = '', minute = '', second = ''] = time.split(':');
  const yearDay = Math.floor((now - parseTime(`${year}-01-01T00:00:00Z`)) / 86_400_000) + 1;
  const hour12 = String(Number(hour) % 12 || 12).padStart(2, '0');
  const parts: Record<string, string> = {
    Y: year, y: year.slice(2), C: year.slice(0, 2), m: month, d: day, e: String(Number(day)).padStart(2), H: hour, I: hour12, k: String(Number(hour)).padStart(2), l: String(Number(hour12)).padStart(2), M: minute, S: second, T: time, R: `${hour}:${minute}`, F: `${year}-${month}-${day}`, D: `${month}/${day}/${year.slice(2)}`,
    s: String(Math.floor(now / 1000)), N: `${String(now % 1000).padStart(3, '0')}000000`, b: monthName, h: monthName, B: MONTHS[Number(month) - 1]!, a: weekday, A: DAYS[weekdayIndex(now)]!, u: String(weekdayIndex(now) || 7), w: String(weekdayIndex(now)), j: String(yearDay).padStart(3, '0'), p: Number(hour) < 12 ? 'AM' : 'PM', P: Number(hour) < 12 ? 'am' : 'pm',
    r: `${hour12}:${minute}:${second} ${Number(hour) < 12 ? 'AM' : 'PM'}`, c: `${weekday} ${monthName} ${String(Number(day)).padStart(2)} ${time} ${year}`, x: `${month}/${day}/${year.slice(2)}`, X: time, z: '+0000', Z: 'UTC', n: '\n', t: '\t', '%': '%',
  };
  return format.replace(/%[-_0]?(\d*)([A-Za-z%])/g, (whole, width: string, key: string) => {
    const value = parts[key];
    if (value === undefined) return whole;
    if (key === 'N' && width !== '') return value.slice(0, Number(width));
    return whole[1] === '-' ? value.replace(/^0+(?=\d)/, '') : value;
  });
}

/** date(1). */
const date = tool('uRId:r:s:D:', (process, { flags, value, rest }) => {
  const { clock, files } = process.world;
  let now = clock.now();
  const given = value('d');
  const reference = value('r');
  if (reference !== undefined) now = files.stat(reference.startsWith('/') ? reference : `${process.cwd}/${reference}`).mtime;
  if (given !== undefined) {
    const parsed = parseDate(given, now);
    if (parsed === undefined) {
      process.error(isBusybox(process) ? `date: invalid date '${given}'\n` : `date: invalid date ${quoted(process, given)}\n`);
      return 1;
    }
    now = parsed;
  }
  if (value('s') !== undefined || (rest[0] !== undefined && !rest[0].startsWith('+'))) {
    process.error(isBusybox(process) ? (value('s') === undefined ? `date: invalid date '${rest[0]}'\n` : "date: can't set date: Operation not permitted\n") : value('s') === undefined ? `date: invalid date ${quoted(process, rest[0])}\n` : 'date: cannot set date: Operation not permitted\n');
    return 1;
  }
  const format = rest.find((arg) => arg.startsWith('+'));
  if (format) process.print(`${formatDate(now, format.slice(1))}\n`);
  else if (flags.has('R')) process.print(`${formatDate(now, '%a, %d %b %Y %T +0000')}\n`);
  else if (flags.has('I')) process.print(`${formatDate(now, '%F')}\n`);
  else process.print(`${unixDate(now)}\n`);
  return 0;
}, { utc: 'u', universal: 'u', date: 'd', 'rfc-2822': 'R', 'rfc-email': 'R', 'iso-8601': 'I', reference: 'r' });

/** `@1700000000`, `2024-01-02 03:04`, `yesterday`, `+1 day`, `2 hours ago` */
function parseDate(text: string, now: number): number | undefined {
  const unix = /^@(\d+(?:\.\d+)?)$/.exec(text);
  if (unix) return Number(unix[1]) * 1000;
  if (text === 'now') return now;
  if (text === 'yesterday') return now - 86_400_000;
  if (text === 'tomorrow') return now + 86_400_000;
  if (text === 'today') return now;
  const relative = /^([-+]?\s*\d+)\s*(second|sec|minute|min|hour|day|week)s?(\s+ago)?$/.exec(text);
  if (relative) {
    const unit = { second: 1_000, sec: 1_000, minute: 60_000, min: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }[relative[2] as 'day'];
    return now + Number(relative[1]!.replace(/\s/g, '')) * unit * (relative[3] ? -1 : 1);
  }
  const full = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|UTC)?)?$/.exec(text);
  if (full) {
    const parsed = parseTime(`${full[1]}T${(full[2] ?? '00:00').padEnd(8, ':00')}Z`);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  const time = /^(\d{2}:\d{2})(:\d{2})?$/.exec(text);
  return time ? parseTime(`${rfc3339(now).slice(0, 10)}T${time[1]}${time[2] ?? ':00'}Z`) : undefined;
}

export const dateTools: Readonly<Record<string, Program>> = { date };
