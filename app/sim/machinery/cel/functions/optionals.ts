import { CelError, isMapLike, keysOf, Optional } from '../values.ts';
import type { CelFunction } from './index.ts';

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isMapLike(value)) return keysOf(value).length === 0;
  return value === null || value === '' || value === 0 || value === 0n || value === false;
}

export const OPTIONAL_FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  'optional.of': (value: unknown) => new Optional(true, value),
  'optional.ofNonZeroValue': (value: unknown) => (isZero(value) ? new Optional(false) : new Optional(true, value)),
  'optional.none': () => new Optional(false),
};

const onOptional = (member: (optional: Optional, ...args: any[]) => unknown): CelFunction => (target: unknown, ...args: unknown[]) => (target instanceof Optional ? member(target, ...args) : undefined);

export const OPTIONAL_MEMBERS: Readonly<Record<string, CelFunction>> = {
  hasValue: onOptional(({ present }) => present),
  value: onOptional(({ present, value }) => {
    if (!present) throw new CelError('optional.none() dereference');
    return value;
  }),
  or: onOptional((optional, other: unknown) => (optional.present ? optional : other)),
  orValue: onOptional(({ present, value }, other: unknown) => (present ? value : other)),
};
