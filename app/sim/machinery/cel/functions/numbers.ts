import { parseQuantity, type Quantity } from '../../quantity.ts';
import { CelError, Opaque } from '../values.ts';
import type { CelFunction } from './index.ts';

/** `quantity('1.5Gi')`: exact to the billionth. */
export class CelQuantity extends Opaque {
  readonly type = 'kubernetes.Quantity';
  readonly nanos: bigint;
  readonly #text: string;

  constructor(nanos: bigint, text?: string) {
    super();
    this.nanos = nanos;
    this.#text = text ?? (nanos % BILLION === 0n ? String(nanos / BILLION) : String(Number(nanos) / 1e9));
  }

  override toString(): string {
    return this.#text;
  }

  equals(other: unknown): boolean {
    return other instanceof CelQuantity && other.nanos === this.nanos;
  }

  member(name: string, [argument]: readonly unknown[]): unknown {
    const other = argument instanceof CelQuantity ? argument.nanos : typeof argument === 'bigint' ? argument * BILLION : 0n;
    switch (name) {
      case 'isInteger':
        return this.nanos % BILLION === 0n;
      case 'asInteger':
        if (this.nanos % BILLION !== 0n) throw new CelError('cannot convert value to integer');
        return this.nanos / BILLION;
      case 'asApproximateFloat':
        return Number(this.nanos) / 1e9;
      case 'sign':
        return this.nanos > 0n ? 1n : this.nanos < 0n ? -1n : 0n;
      case 'add':
        return new CelQuantity(this.nanos + other);
      case 'sub':
        return new CelQuantity(this.nanos - other);
      case 'isGreaterThan':
        return this.nanos > other;
      case 'isLessThan':
        return this.nanos < other;
      case 'compareTo':
        return this.nanos > other ? 1n : this.nanos < other ? -1n : 0n;
      default:
        throw new CelError('no such overload');
    }
  }
}

const BILLION = 1_000_000_000n;

function read(text: string): CelQuantity {
  let quantity: Quantity;
  try {
    quantity = parseQuantity(text);
  } catch {
    throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  return new CelQuantity(nanosOf(quantity), quantity.toString());
}

function nanosOf(quantity: Quantity): bigint {
  const [, sign = '', whole = '0', fraction = '', suffix = ''] = /^([+-]?)(\d*)\.?(\d*)(.*)$/.exec(quantity.toString()) ?? [];
  const scale: Readonly<Record<string, bigint>> = { n: 1n, u: 1_000n, m: 1_000_000n, '': BILLION, k: BILLION * 1000n, M: BILLION * 10n ** 6n, G: BILLION * 10n ** 9n, T: BILLION * 10n ** 12n, P: BILLION * 10n ** 15n, E: BILLION * 10n ** 18n, Ki: BILLION << 10n, Mi: BILLION << 20n, Gi: BILLION << 30n, Ti: BILLION << 40n, Pi: BILLION << 50n, Ei: BILLION << 60n };
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
  const unit = exponent ? BILLION * 10n ** BigInt(Math.max(0, Number(exponent[1]))) : (scale[suffix] ?? BILLION);
  const digits = BigInt(`${whole}${fraction}` || '0');
  const value = (digits * unit) / 10n ** BigInt(fraction.length);
  return sign === '-' ? -value : value;
}

const VERSION = /^(v?)(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** `semver('1.2.3')` */
export class CelSemver extends Opaque {
  readonly type = 'kubernetes.Semver';
  readonly #parts: readonly [bigint, bigint, bigint];
  readonly #pre: string | undefined;

  constructor(match: RegExpExecArray) {
    super();
    this.#parts = [BigInt(match[2]!), BigInt(match[3]!), BigInt(match[4]!)];
    this.#pre = match[5];
  }

  equals(other: unknown): boolean {
    return other instanceof CelSemver && this.#compare(other) === 0;
  }

  member(name: string, [other]: readonly unknown[]): unknown {
    const index = ['major', 'minor', 'patch'].indexOf(name);
    if (index >= 0) return this.#parts[index]!;
    const order = other instanceof CelSemver ? this.#compare(other) : NaN;
    if (name === 'compareTo') return BigInt(order);
    return name === 'isGreaterThan' ? order > 0 : order < 0;
  }

  #compare(other: CelSemver): number {
    for (const [index, part] of this.#parts.entries()) if (part !== other.#parts[index]) return part > other.#parts[index]! ? 1 : -1;
    if (this.#pre === other.#pre) return 0;
    if (this.#pre === undefined || other.#pre === undefined) return this.#pre === undefined ? 1 : -1;
    return this.#pre > other.#pre ? 1 : -1;
  }
}

function normalized(text: string, loose: unknown): string {
  if (loose !== true) return text;
  const [core = '', ...rest] = text.replace(/^v/, '').split(/(?=[-+])/);
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  return [...parts, '0', '0'].slice(0, 3).join('.') + rest.join('');
}

function version(text: string, loose: unknown): RegExpExecArray | undefined {
  const match = VERSION.exec(normalized(text, loose));
  return match && match[1] === '' ? match : undefined;
}

export const NUMBER_FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  quantity: read,
  isQuantity: (text: string) => {
    try {
      parseQuantity(text);
      return true;
    } catch {
      return false;
    }
  },
  semver: (text: string, loose?: boolean) => {
    const match = version(text, loose);
    if (!match) throw new CelError('No Major.Minor.Patch elements found');
    return new CelSemver(match);
  },
  isSemver: (text: string, loose?: boolean) => version(text, loose) !== undefined,
};
