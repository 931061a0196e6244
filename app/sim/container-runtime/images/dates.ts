import { rfc3339 } from '../../../base/clock/index.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly monthName: string;
  readonly day: string;
  readonly time: string;
  readonly weekday: string;
}

/** A time of the virtual clock, in parts, UTC. */
export function dateParts(now: number): Parts {
  const text = rfc3339(now);
  const [date = '', time = ''] = text.split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return { year, month, monthName: MONTHS[Number(month) - 1]!, day, time: time.slice(0, 8), weekday: DAYS[Math.floor(now / 86_400_000) % 7]! };
}

/** `2026/11/24 10:00:00` */
export function slashDate(now: number): string {
  const { year, month, day, time } = dateParts(now);
  return `${year}/${month}/${day} ${time}`;
}

/** `24/Nov/2026:10:00:00 +0000` */
export function logDate(now: number): string {
  const { year, monthName, day, time } = dateParts(now);
  return `${day}/${monthName}/${year}:${time} +0000`;
}

/** `Tue, 24 Nov 2026 10:00:00 GMT` */
export function httpDate(now: number): string {
  const { year, monthName, day, time, weekday } = dateParts(now);
  return `${weekday}, ${day} ${monthName} ${year} ${time} GMT`;
}

/** `Tue Nov 24 10:00:00 UTC 2026`: what date(1) prints. */
export function unixDate(now: number): string {
  const { year, monthName, day, time, weekday } = dateParts(now);
  return `${weekday} ${monthName} ${day.replace(/^0/, ' ')} ${time} UTC ${year}`;
}

/** `10:00:00` */
export function unixTime(now: number): string {
  return dateParts(now).time;
}

/** 0 is Sunday. */
export function weekdayIndex(now: number): number {
  return (Math.floor(now / 86_400_000) + 4) % 7;
}
