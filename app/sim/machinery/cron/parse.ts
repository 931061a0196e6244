/** A schedule as cron text says it: the values of each field, or a fixed pace. */
export type Schedule =
  | { readonly type: 'fields'; readonly minute: Field; readonly hour: Field; readonly dayOfMonth: Field; readonly month: Field; readonly dayOfWeek: Field }
  | { readonly type: 'every'; readonly ms: number };

/** Sorted values; `star`: written as `*`, which matters for days. */
export interface Field {
  readonly values: readonly number[];
  readonly star: boolean;
}

/** Not a schedule; the message is what the API answers with. */
export class CronSyntaxError extends Error {}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE: Bounds = { min: 0, max: 59 };
const HOUR: Bounds = { min: 0, max: 23 };
const DAY_OF_MONTH: Bounds = { min: 1, max: 31 };
const MONTH: Bounds = { min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Bounds = { min: 0, max: 6, names: DAYS };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

/** models robfig/cron: ParseStandard, with its messages. Throws a {@link CronSyntaxError}. */
export function parseSchedule(text: string): Schedule {
  if (text === '') throw new CronSyntaxError('empty spec string');
  const spec = /^(?:CRON_)?TZ=\S*\s/.test(text) ? text.slice(text.indexOf(' ')).trim() : text;
  if (spec.startsWith('@every ')) return { type: 'every', ms: Math.max(1_000, parsePace(spec.slice('@every '.length))) };
  if (spec.startsWith('@')) {
    const meant = DESCRIPTORS[spec];
    if (!meant) throw new CronSyntaxError(`unrecognized descriptor: ${spec}`);
    return parseSchedule(meant);
  }
  const fields = spec.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) throw new CronSyntaxError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields as [string, string, string, string, string];
  return {
    type: 'fields', minute: parseField(minute, MINUTE), hour: parseField(hour, HOUR), dayOfMonth: parseField(dayOfMonth, DAY_OF_MONTH),
    month: parseField(month, MONTH), dayOfWeek: parseField(dayOfWeek, DAY_OF_WEEK),
  };
}

function parseField(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let star = false;
  for (const range of text.split(',').filter((part) => part !== '')) {
    const found = parseRange(range, bounds);
    star ||= found.star;
    for (let value = found.start; value <= found.end; value += found.step) values.add(value);
  }
  return { values: [...values].sort((a, b) => a - b), star };
}

/** `*`, `5`, `1-5`, `1-5/2`, `5/2` (until the end). */
function parseRange(text: string, { min, max, names }: Bounds): { start: number; end: number; step: number; star: boolean } {
  const [range = '', stepText, ...slashes] = text.split('/');
  const [low = '', high, ...hyphens] = range.split('-');
  let star = low === '*' || low === '?';
  let start = min;
  let end = max;
  if (!star) {
    start = parseNumber(low, names, min);
    if (hyphens.length > 0) throw new CronSyntaxError(`too many hyphens: ${text}`);
    end = high === undefined ? start : parseNumber(high, names, min);
  }
  if (slashes.length > 0) throw new CronSyntaxError(`too many slashes: ${text}`);
  let step = 1;
  if (stepText !== undefined) {
    step = parseNumber(stepText, undefined, min);
    if (high === undefined) end = max;
    if (step > 1) star = false;
  }
  if (start < min) throw new CronSyntaxError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new CronSyntaxError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new CronSyntaxError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronSyntaxError(`step of range should be a positive number: ${text}`);
  return { start, end, step, star };
}

function parseNumber(text: string, names: readonly string[] | undefined, first: number): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + first;
  if (!/^[+-]?\d+$/.test(text)) throw new CronSyntaxError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new CronSyntaxError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A Go duration: `1h30m`. */
function parsePace(text: string): number {
  const refuse = (): never => {
    throw new CronSyntaxError(`failed to parse duration @every ${text}: time: invalid duration ${JSON.stringify(text)}`);
  };
  const parts = text.match(/\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)/g) ?? refuse();
  if (parts.join('') !== text) refuse();
  return parts.reduce((sum, part) => {
    const [, amount, unit] = /^([\d.]+)(.+)$/.exec(part)!;
    return sum + Number(amount) * UNITS[unit!]!;
  }, 0);
}
