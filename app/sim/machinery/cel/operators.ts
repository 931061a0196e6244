import { CelError, checkInt, Duration, Timestamp, Uint } from './values.ts';

/** + - * / % on all types that have them. */
export function arithmetic(operator: string, left: unknown, right: unknown): unknown {
  if (typeof left === 'bigint' && typeof right === 'bigint') return checkInt(onBigInts(operator, left, right));
  if (left instanceof Uint && right instanceof Uint) return onUints(operator, left.value, right.value);
  if (typeof left === 'number' && typeof right === 'number' && operator !== '%') return onDoubles(operator, left, right);
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right;
    if (Array.isArray(left) && Array.isArray(right)) return [...(left as unknown[]), ...(right as unknown[])];
    if (left instanceof Uint8Array && right instanceof Uint8Array) return Uint8Array.from([...left, ...right]);
    if (left instanceof Timestamp && right instanceof Duration) return new Timestamp(left.nanos + right.nanos);
    if (left instanceof Duration && right instanceof Timestamp) return new Timestamp(left.nanos + right.nanos);
    if (left instanceof Duration && right instanceof Duration) return new Duration(left.nanos + right.nanos);
  } else if (operator === '-') {
    if (left instanceof Timestamp && right instanceof Timestamp) return new Duration(left.nanos - right.nanos);
    if (left instanceof Timestamp && right instanceof Duration) return new Timestamp(left.nanos - right.nanos);
    if (left instanceof Duration && right instanceof Duration) return new Duration(left.nanos - right.nanos);
  }
  throw new CelError('no such overload');
}

function onBigInts(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0n) throw new CelError('division by zero');
      return left / right;
    default:
      if (right === 0n) throw new CelError('modulus by zero');
      return left % right;
  }
}

function onUints(operator: string, left: bigint, right: bigint): Uint {
  const result = onBigInts(operator, left, right);
  if (result < 0n || result >= 1n << 64n) throw new CelError('unsigned integer overflow');
  return new Uint(result);
}

function onDoubles(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      return left / right;
  }
}

export function negate(value: unknown): unknown {
  if (typeof value === 'bigint') return checkInt(-value);
  if (typeof value === 'number') return -value;
  throw new CelError('no such overload');
}
