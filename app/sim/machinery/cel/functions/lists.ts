import { arithmetic } from '../operators.ts';
import { CelError, compareNumbers, Duration, equals, isMapLike, isNumber, keysOf, Timestamp } from '../values.ts';
import type { CelFunction } from './index.ts';

const onList = (member: (list: readonly unknown[], ...args: any[]) => unknown): CelFunction => (target: unknown, ...args: unknown[]) => (Array.isArray(target) ? member(target, ...args) : undefined);

export function order(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  throw new CelError('no such overload');
}

function extreme(list: readonly unknown[], name: string, sign: number): unknown {
  if (list.length === 0) throw new CelError(`${name} called on empty list`);
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
}

export const LIST_MEMBERS: Readonly<Record<string, CelFunction>> = {
  size: (target: unknown) => {
    if (Array.isArray(target)) return BigInt(target.length);
    if (target instanceof Uint8Array) return BigInt(target.length);
    return isMapLike(target) ? BigInt(keysOf(target).length) : undefined;
  },
  isSorted: onList((list) => list.every((item, index) => index === 0 || order(list[index - 1], item) <= 0)),
  sum: onList((list) => (list.length === 0 ? 0n : list.reduce((total, item) => arithmetic('+', total, item)))),
  min: onList((list) => extreme(list, 'min', -1)),
  max: onList((list) => extreme(list, 'max', 1)),
  indexOf: onList((list, wanted: unknown) => BigInt(list.findIndex((item) => equals(item, wanted)))),
  lastIndexOf: onList((list, wanted: unknown) => BigInt(list.findLastIndex((item) => equals(item, wanted)))),
  join: onList((list, separator: string | undefined) => list.map((item) => (typeof item === 'string' ? item : fail())).join(separator ?? '')),
};

function fail(): never {
  throw new CelError('no such overload');
}

const contains = (list: readonly unknown[], part: readonly unknown[]): boolean => part.every((wanted) => list.some((item) => equals(item, wanted)));

export const SET_FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  'sets.contains': contains,
  'sets.equivalent': (a: readonly unknown[], b: readonly unknown[]) => contains(a, b) && contains(b, a),
  'sets.intersects': (a: readonly unknown[], b: readonly unknown[]) => a.some((item) => b.some((other) => equals(item, other))),
  size: (value: unknown) => {
    if (typeof value === 'string') return BigInt([...value].length);
    if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length);
    if (isMapLike(value)) return BigInt(keysOf(value).length);
    throw new CelError('no such overload');
  },
};

