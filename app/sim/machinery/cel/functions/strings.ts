import { CelError, durationText, Duration, isMapLike, keysOf, Timestamp, timestampText, Uint, valueAt } from '../values.ts';
import type { CelFunction } from './index.ts';

/** Members of strings; undefined when the receiver is none: then another type's member of that name is tried. */
const onString = (member: (text: string, ...args: any[]) => unknown): CelFunction => (target: unknown, ...args: unknown[]) => (typeof target === 'string' ? member(target, ...args) : undefined);

const count = (value: unknown): number => Number(value);
const characters = (text: string): string[] => [...text];

export function regex(pattern: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const source = (flags ? pattern.slice(flags[0].length) : pattern).replaceAll('(?P<', '(?<').replaceAll('\\z', '$').replaceAll('\\A', '^');
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, `${flags?.[1] ?? ''}${mode}`);
    } catch {
      // Go allows escapes that the strict mode does not: the loose one is tried next.
    }
  }
  throw new CelError(`error parsing regexp: ${pattern}`);
}

export const STRING_MEMBERS: Readonly<Record<string, CelFunction>> = {
  size: onString((text) => BigInt(characters(text).length)),
  contains: onString((text, part: string) => text.includes(part)),
  startsWith: onString((text, part: string) => text.startsWith(part)),
  endsWith: onString((text, part: string) => text.endsWith(part)),
  matches: onString((text, pattern: string) => regex(pattern).test(text)),
  charAt: onString((text, at) => {
    const all = characters(text);
    if (count(at) < 0 || count(at) > all.length) throw new CelError(`index out of range: ${at}`);
    return all[count(at)] ?? '';
  }),
  indexOf: onString((text, part: string, from) => BigInt(characters(text.slice(0, Math.max(0, text.indexOf(part, count(from ?? 0))))).length - (text.indexOf(part, count(from ?? 0)) < 0 ? 1 : 0))),
  lastIndexOf: onString((text, part: string, from) => BigInt(text.lastIndexOf(part, from === undefined ? Infinity : count(from)))),
  lowerAscii: onString((text) => text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase())),
  upperAscii: onString((text) => text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase())),
  replace: onString((text, from: string, to: string, limit) => {
    const parts = text.split(from);
    const most = limit === undefined || count(limit) < 0 ? Infinity : count(limit);
    return parts.reduce((joined, part, index) => (index === 0 ? part : joined + (index <= most ? to : from) + part), '');
  }),
  split: onString((text, separator: string, limit) => {
    const parts = text.split(separator);
    const most = limit === undefined || count(limit) < 0 ? parts.length : count(limit);
    if (most === 0) return [];
    return parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
  }),
  substring: onString((text, from, to) => {
    const all = characters(text);
    const end = to === undefined ? all.length : count(to);
    if (count(from) < 0 || count(from) > all.length) throw new CelError(`index out of range: ${from}`);
    if (end < 0 || end > all.length) throw new CelError(`index out of range: ${to}`);
    if (count(from) > end) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
    return all.slice(count(from), end).join('');
  }),
  trim: onString((text) => text.trim()),
  reverse: onString((text) => characters(text).reverse().join('')),
  find: onString((text, pattern: string) => regex(pattern).exec(text)?.[0] ?? ''),
  findAll: onString((text, pattern: string, limit) => {
    const found = [...text.matchAll(new RegExp(regex(pattern), 'gu'))].map(([match]) => match);
    return limit === undefined || count(limit) < 0 ? found : found.slice(0, count(limit));
  }),
  format: onString((text, args: readonly unknown[]) => formatText(text, args)),
};

export const STRING_FUNCTIONS: Readonly<Record<string, CelFunction>> = {
  matches: (text: string, pattern: string) => regex(pattern).test(text),
  'strings.quote': (text: string) => JSON.stringify(text),
  'jsonpatch.escapeKey': (text: string) => text.replaceAll('~', '~0').replaceAll('/', '~1'),
};

/** models cel-go/ext/formatting: %s %d %f %e %x %X %o %b, %% */
function formatText(text: string, args: readonly unknown[]): string {
  let next = 0;
  return text.replaceAll(/%(?:%|(?:\.(\d+))?([sdfexXob]))/g, (whole, precision: string | undefined, verb: string | undefined) => {
    if (whole === '%%') return '%';
    if (next >= args.length) throw new CelError(`index ${next} out of range`);
    return formatValue(args[next++], verb!, precision === undefined ? 6 : Number(precision));
  });
}

function formatValue(value: unknown, verb: string, precision: number): string {
  const whole = value instanceof Uint ? value.value : value;
  switch (verb) {
    case 's':
      return stringOf(value);
    case 'f':
      return Number(whole).toFixed(precision);
    case 'e':
      return Number(whole).toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'd':
      if (typeof whole !== 'bigint' && typeof whole !== 'number') throw new CelError(`error during formatting: decimal clause can only be used on integers, was given ${typeof value}`);
      return String(whole);
    case 'b':
      return typeof whole === 'boolean' ? String(Number(whole)) : BigInt(whole as bigint).toString(2);
    case 'o':
      return BigInt(whole as bigint).toString(8);
    default: {
      const hex = typeof whole === 'string' ? Buffer.from(whole).toString('hex') : BigInt(whole as bigint).toString(16);
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
  }
}

function stringOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return value;
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (Array.isArray(value)) return `[${value.map(stringOf).join(', ')}]`;
  if (isMapLike(value)) return `{${keysOf(value).map((key) => `${stringOf(key)}: ${stringOf(valueAt(value, key))}`).sort().join(', ')}}`;
  return String(value as number);
}
