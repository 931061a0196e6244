import { isRecord } from '../objects.ts';

/** Evaluating came to an end: a missing key, a wrong type at run time, an overflow. In cel-go's words. */
export class CelError extends Error {}

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  readonly value: unknown;
  readonly present: boolean;
  constructor(present: boolean, value?: unknown) {
    this.present = present;
    this.value = value;
  }
}

/** The name of a type as a value: what `type(x)` gives. */
export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library: a URL, a quantity, an address. `equals` for `==`. */
export abstract class Opaque {
  abstract readonly type: string;
  abstract equals(other: unknown): boolean;
}

/** A map with keys that are no strings, or any map literal. Objects are plain records. */
export type CelMap = ReadonlyMap<unknown, unknown>;

const LONG = 1n << 63n;

/** @throws CelError for a number that fits no 64 bits */
export function checkInt(value: bigint): bigint {
  if (value >= LONG || value < -LONG) throw new CelError('integer overflow');
  return value;
}

/** A JSON value whose types nobody declared: whole numbers are ints. */
export function fromJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (!isRecord(value)) return value === undefined ? null : value;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) result[key] = fromJson(value[key]);
  return result;
}

/** Back to JSON, for patches and messages. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Optional) return value.present ? toJson(value.value) : undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(toJson(key)), toJson(item)]));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  return value;
}

export function typeNameOf(value: unknown): string {
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof TypeName) return 'type';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof Opaque) return value.type;
  const names: Readonly<Record<string, string>> = { bigint: 'int', number: 'double', string: 'string', boolean: 'bool' };
  return names[typeof value] ?? 'map';
}

export function isNumber(value: unknown): value is bigint | number | Uint {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint;
}

/** -1, 0, 1; numbers of different types compare by what they are worth. NaN compares with nothing. */
export function compareNumbers(a: bigint | number | Uint, b: bigint | number | Uint): number {
  const left = a instanceof Uint ? a.value : a;
  const right = b instanceof Uint ? b.value : b;
  return left < right ? -1 : left > right ? 1 : Number.isNaN(Number(left)) || Number.isNaN(Number(right)) ? NaN : 0;
}

/** models cel-go/common/types: Equal. Values of different types are not equal, numbers aside. */
export function equals(a: unknown, b: unknown): boolean {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b) === 0;
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos === b.nanos;
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos;
  if (a instanceof TypeName && b instanceof TypeName) return a.name === b.name;
  if (a instanceof Opaque) return a.equals(b);
  if (a instanceof Optional && b instanceof Optional) return a.present === b.present && (!a.present || equals(a.value, b.value));
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => equals(item, b[index]));
  if (isMapLike(a) && isMapLike(b)) {
    const keys = keysOf(a);
    return keys.length === keysOf(b).length && keys.every((key) => hasKey(b, key) && equals(valueAt(a, key), valueAt(b, key)));
  }
  return a === b;
}

export function isMapLike(value: unknown): value is CelMap | Record<string, unknown> {
  return value instanceof Map || (isRecord(value) && Object.getPrototypeOf(value) === Object.prototype);
}

export function keysOf(map: CelMap | Record<string, unknown>): unknown[] {
  return map instanceof Map ? [...map.keys()].map(plainKey) : Object.keys(map);
}

/** Numbers as keys are kept by their worth: `1`, `1u` and `1.0` are one key. */
export function mapKey(key: unknown): unknown {
  return isNumber(key) ? (key instanceof Uint ? key.value : typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key) : key;
}

const plainKey = (key: unknown): unknown => key;

export function hasKey(map: CelMap | Record<string, unknown>, key: unknown): boolean {
  return map instanceof Map ? map.has(mapKey(key)) : typeof key === 'string' && Object.hasOwn(map, key);
}

export function valueAt(map: CelMap | Record<string, unknown>, key: unknown): unknown {
  return map instanceof Map ? map.get(mapKey(key)) : (map as Record<string, unknown>)[key as string];
}

const SECOND = 1_000_000_000n;

/** `1h30m`: Go's text of a duration in CEL is in seconds. */
export function durationText({ nanos }: Duration): string {
  const sign = nanos < 0n ? '-' : '';
  const whole = nanos < 0n ? -nanos : nanos;
  const fraction = (whole % SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${whole / SECOND}${fraction ? `.${fraction}` : ''}s`;
}

export function timestampText({ nanos }: Timestamp): string {
  const milliseconds = Number(nanos / 1_000_000n);
  const fraction = (((nanos % SECOND) + SECOND) % SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${isoSeconds(milliseconds)}${fraction ? `.${fraction}` : ''}Z`;
}

/** Without a Date: civil time from days since the epoch. */
function isoSeconds(milliseconds: number): string {
  const { year, month, day, seconds } = civil(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** 0: Sunday. */
  readonly weekday: number;
  readonly yearday: number;
  /** Since midnight. */
  readonly seconds: number;
}

/** Calendar fields of a time in UTC. */
export function civil(milliseconds: number): Civil {
  const days = Math.floor(milliseconds / 86_400_000);
  const seconds = Math.floor((milliseconds - days * 86_400_000) / 1000);
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1;
  const month = mp < 10 ? mp + 3 : mp - 9;
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  const before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]!;
  return { year, month, day, weekday: (((days % 7) + 11) % 7), yearday: before + (month > 2 ? leap : 0) + day - 1, seconds };
}
