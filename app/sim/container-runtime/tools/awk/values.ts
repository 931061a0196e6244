/** A value of awk: a text that came from input and looks like a number compares as one. */
export type Value = string | number | { readonly text: string; readonly number: number };

export function toText(value: Value | undefined, format = '%.6g'): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return value.text;
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return String(value);
  return formatNumber(value, format);
}

function formatNumber(value: number, format: string): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const digits = Number(/%\.(\d+)/.exec(format)?.[1] ?? 6);
  if (format.endsWith('f')) return value.toFixed(digits);
  const text = value.toPrecision(digits || 1);
  return text.includes('e') ? text.replace(/\.?0*e/, 'e').replace(/e([+-])(\d)$/, 'e$10$2') : text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function toNumber(value: Value | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  if (typeof value === 'object') return value.number;
  const match = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(value);
  return match ? Number(match[0]) : 0;
}

export function toBoolean(value: Value | undefined): boolean {
  if (value === undefined) return false;
  return typeof value === 'string' ? value !== '' : typeof value === 'number' ? value !== 0 : value.number !== 0;
}

/** Input that may be a number. */
export function fromInput(text: string): Value {
  const trimmed = text.trim();
  return trimmed !== '' && /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(trimmed) ? { text, number: Number(trimmed) } : text;
}

export function compare(a: Value | undefined, b: Value | undefined): number {
  if (typeof a !== 'string' && typeof b !== 'string') return toNumber(a) - toNumber(b);
  const [x, y] = [toText(a), toText(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
