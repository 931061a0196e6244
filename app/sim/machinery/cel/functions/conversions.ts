import { parseTime } from '../../../../base/clock/index.ts';
import { CelError, checkInt, civil, Duration, durationText, Opaque, Timestamp, timestampText, TypeName, typeNameOf, Uint, type Civil } from '../values.ts';
import type { CelFunction } from './index.ts';

const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, 'µs': 1e3, ns: 1 };
const overload = (): never => {
  throw new CelError('no such overload');
};

export function parseDuration(text: string): Duration {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  const sign = text.startsWith('-') ? -1n : 1n;
  if (text !== '0' && (parts.length === 0 || parts.map(([part]) => part).join('') !== text.replace(/^[-+]/, ''))) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  return new Duration(sign * parts.reduce((total, [, number, unit]) => total + BigInt(Math.round(Number(number) * UNITS[unit!]!)), 0n));
}

export function parseTimestamp(text: string): Timestamp {
  const match = /^(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const milliseconds = match ? parseTime(`${match[1]}${match[3]}`) : NaN;
  if (!match || Number.isNaN(milliseconds)) throw new CelError(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`);
  return new Timestamp(BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').slice(1).padEnd(9, '0').slice(0, 9)));
}

export const CONVERSIONS: Readonly<Record<string, CelFunction>> = {
  dyn: (value: unknown) => value,
  type: (value: unknown) => new TypeName(typeNameOf(value)),
  bool: (value: unknown) => {
    if (typeof value === 'boolean') return value;
    if (['1', 't', 'true', 'TRUE', 'True', 'T'].includes(value as string)) return true;
    if (['0', 'f', 'false', 'FALSE', 'False', 'F'].includes(value as string)) return false;
    throw new CelError('type conversion error from \'string\' to \'bool\'');
  },
  int: toInt,
  uint: (value: unknown) => {
    const found = toInt(value);
    if (found < 0n) throw new CelError('unsigned integer overflow');
    return new Uint(found);
  },
  double: (value: unknown) => {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (value instanceof Uint) return Number(value.value);
    const found = Number(value);
    if (typeof value !== 'string' || value.trim() === '' || Number.isNaN(found)) throw new CelError(`type conversion error from 'string' to 'double'`);
    return found;
  },
  string: toText,
  bytes: (value: unknown) => (value instanceof Uint8Array ? value : Uint8Array.from(Buffer.from(value as string))),
  timestamp: (value: unknown) => (value instanceof Timestamp ? value : typeof value === 'bigint' ? new Timestamp(value * SECOND) : typeof value === 'string' ? parseTimestamp(value) : overload()),
  duration: (value: unknown) => (value instanceof Duration ? value : typeof value === 'string' ? parseDuration(value) : overload()),
};

function toInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return checkInt(value.value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) throw new CelError('integer overflow');
    return BigInt(Math.trunc(value));
  }
  if (value instanceof Timestamp) return value.nanos / SECOND;
  if (value instanceof Duration) return value.nanos;
  if (typeof value === 'string' && /^[-+]?\d+$/.test(value)) return checkInt(BigInt(value.replace('+', '')));
  if (typeof value === 'string') throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return overload();
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Math.abs(value) >= 1e21 || (value !== 0 && Math.abs(value) < 1e-4) ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Opaque) return String(value as unknown);
  return overload();
}

const onTime = (pick: (fields: Civil) => number): CelFunction => (target: unknown) => (target instanceof Timestamp ? BigInt(pick(civil(Number(target.nanos / 1_000_000n)))) : undefined);
const onBoth = (ofTime: (fields: Civil) => number, unit: bigint): CelFunction => (target: unknown) => (target instanceof Duration ? target.nanos / unit : onTime(ofTime)(target));

export const TIME_MEMBERS: Readonly<Record<string, CelFunction>> = {
  getFullYear: onTime(({ year }) => year),
  getMonth: onTime(({ month }) => month - 1),
  getDate: onTime(({ day }) => day),
  getDayOfMonth: onTime(({ day }) => day - 1),
  getDayOfWeek: onTime(({ weekday }) => weekday),
  getDayOfYear: onTime(({ yearday }) => yearday),
  getHours: onBoth(({ seconds }) => Math.floor(seconds / 3600), 3600n * SECOND),
  getMinutes: onBoth(({ seconds }) => Math.floor(seconds / 60) % 60, 60n * SECOND),
  getSeconds: onBoth(({ seconds }) => seconds % 60, SECOND),
  getMilliseconds: (target: unknown) => (target instanceof Duration ? target.nanos / 1_000_000n : target instanceof Timestamp ? (target.nanos / 1_000_000n) % 1000n : undefined),
};
