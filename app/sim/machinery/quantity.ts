/** How a quantity is written: `500m`, `1536Mi` or `12e6`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

const NANO = 1_000_000_000n;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)$/;
const LOOSE = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The text is no quantity; the message is the one that the API server prints. */
export class QuantityError extends Error {}

/**
 * A resource amount, exact to nano units: `100m` CPU, `64Mi` of memory. Immutable.
 *
 * models k8s.io/apimachinery/pkg/api/resource: Quantity. Finer parts are rounded up, as upstream does.
 */
export class Quantity {
  static readonly ZERO = new Quantity(0n, 'DecimalSI');
  readonly format: QuantityFormat;
  /** In units of 10⁻⁹. */
  readonly nano: bigint;
  #text: string | undefined;

  constructor(nano: bigint, format: QuantityFormat) {
    this.nano = nano;
    this.format = format;
  }

  static fromMillis(millis: number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(Math.ceil(millis)) * 1_000_000n, format);
  }

  static fromNumber(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(Math.ceil(value)) * NANO, format);
  }

  get isZero(): boolean {
    return this.nano === 0n;
  }

  /** −1, 0 or 1. */
  get sign(): number {
    return this.nano < 0n ? -1 : this.nano > 0n ? 1 : 0;
  }

  cmp(other: Quantity): number {
    return this.nano < other.nano ? -1 : this.nano > other.nano ? 1 : 0;
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.isZero ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.isZero ? other.format : this.format);
  }

  /** In whole units, rounded up. */
  value(): number {
    return Number(divideUp(this.nano, NANO));
  }

  /** In thousandths, rounded up. */
  milliValue(): number {
    return Number(divideUp(this.nano, 1_000_000n));
  }

  /** The canonical form: no fraction, the largest suffix that keeps it exact. */
  toString(): string {
    return (this.#text ??= canonical(this.nano, this.format));
  }

  toJSON(): string {
    return this.toString();
  }
}

const cache = new Map<string, Quantity>();
const CACHE_LIMIT = 4_096;

/** Throws {@link QuantityError}. */
export function parseQuantity(input: string | number): Quantity {
  const text = String(input);
  const known = cache.get(text);
  if (known) return known;
  const quantity = parse(text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, quantity);
  return quantity;
}

function parse(text: string): Quantity {
  const match = PATTERN.exec(text);
  if (!match || (!match[2] && !match[3])) {
    const message = LOOSE.test(text) ? 'unable to parse quantity\'s suffix' : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    throw new QuantityError(message);
  }
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const { numerator, denominator, format } = scaleOf(suffix);
  const digits = BigInt(whole + fraction || '0');
  const nano = divideUp(digits * numerator * NANO, denominator * 10n ** BigInt(fraction.length));
  return new Quantity(sign === '-' ? -nano : nano, format);
}

function scaleOf(suffix: string): { numerator: bigint; denominator: bigint; format: QuantityFormat } {
  if (/^[eE][+-]?\d/.test(suffix)) {
    const exponent = BigInt(suffix.slice(1));
    return exponent < 0n
      ? { numerator: 1n, denominator: 10n ** -exponent, format: 'DecimalExponent' }
      : { numerator: 10n ** exponent, denominator: 1n, format: 'DecimalExponent' };
  }
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { numerator: 1024n ** BigInt(binary), denominator: 1n, format: 'BinarySI' };
  const power = DECIMAL_SUFFIXES.indexOf(suffix) - 3;
  return power < 0
    ? { numerator: 1n, denominator: 1000n ** BigInt(-power), format: 'DecimalSI' }
    : { numerator: 1000n ** BigInt(power), denominator: 1n, format: 'DecimalSI' };
}

/** models resource.Quantity: CanonicalizeBytes */
function canonical(nano: bigint, format: QuantityFormat): string {
  if (nano === 0n) return '0';
  const magnitude = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? '-' : '';
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n) {
    let value = magnitude / NANO;
    let power = 0;
    while (power < BINARY_SUFFIXES.length - 1 && value % 1024n === 0n) {
      value /= 1024n;
      power++;
    }
    return `${sign}${value}${BINARY_SUFFIXES[power]}`;
  }
  let value = magnitude;
  let power = 0;
  while (power < DECIMAL_SUFFIXES.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    power++;
  }
  if (format !== 'DecimalExponent') return `${sign}${value}${DECIMAL_SUFFIXES[power]}`;
  return power === 3 ? `${sign}${value}` : `${sign}${value}e${(power - 3) * 3}`;
}

/** Away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}
