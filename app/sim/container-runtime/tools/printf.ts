import { cEscapes } from '../shell/expansion.ts';

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', e: '\u001b', '\\': '\\' };

/** What `echo -e` and `%b` make of backslashes. `stop`: `\c` was met. */
export function echoEscapes(text: string): { text: string; stop: boolean } {
  const cut = /(?:^|[^\\])(?:\\\\)*\\c/.exec(text);
  const shown = cut ? text.slice(0, cut.index + cut[0].length - 2) : text;
  return { text: shown.replace(/\\(x[0-9a-fA-F]{1,2}|0[0-7]{0,3}|[\s\S])/g, (whole, code: string) => (code.startsWith('x') && code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code.startsWith('0') ? String.fromCharCode(Number.parseInt(code, 8) & 255) : (SIMPLE[code] ?? whole))), stop: cut !== null };
}

/** The text of `echo`. `options`: which of -n, -e, -E it knows; `always`: escapes are on. */
export function echoText(args: readonly string[], known: string, always: boolean): string {
  let newline = true;
  let escapes = always;
  let at = 0;
  for (; at < args.length && new RegExp(`^-[${known}]+$`).test(args[at]!); at++) {
    if (args[at]!.includes('n')) newline = false;
    if (args[at]!.includes('e')) escapes = true;
    if (args[at]!.includes('E')) escapes = false;
  }
  const text = args.slice(at).join(' ');
  if (!escapes) return `${text}${newline ? '\n' : ''}`;
  const { text: made, stop } = echoEscapes(text);
  return `${made}${newline && !stop ? '\n' : ''}`;
}

export interface PrintfResult {
  readonly text: string;
  /** Arguments that are no numbers. */
  readonly bad: readonly string[];
}

/** printf(1): the format is used again while arguments are left. */
export function printfText(format: string, args: readonly string[]): PrintfResult {
  const bad: string[] = [];
  const rest = [...args];
  let text = '';
  let stopped = false;
  const escaped = cEscapes(format.replace(/\\c[\s\S]*$/, () => ((stopped = true), '')));
  do {
    const before = rest.length;
    text += escaped.replace(/%(?:%|([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([diouxXeEfgGcsbq]))/g, (_whole, flags: string | undefined, width: string | undefined, precision: string | undefined, kind: string | undefined) => {
      if (kind === undefined) return '%';
      const size = width === '*' ? Number(rest.shift() ?? 0) : Number(width ?? 0);
      const digits = precision === '*' ? Number(rest.shift() ?? 0) : precision === undefined ? undefined : Number(precision);
      const value = rest.shift();
      const made = conversion(kind, value ?? '', flags ?? '', digits, bad);
      return pad(made, size, flags ?? '', kind);
    });
    if (rest.length === before) break;
  } while (rest.length > 0 && !stopped);
  return { text, bad };
}

function conversion(kind: string, value: string, flags: string, digits: number | undefined, bad: string[]): string {
  if (kind === 's') return digits === undefined ? value : value.slice(0, digits);
  if (kind === 'b') return echoEscapes(value).text;
  if (kind === 'q') return `'${value}'`;
  if (kind === 'c') return value.slice(0, 1);
  const number = /^['"]/.test(value) ? (value.codePointAt(1) ?? 0) : Number(/^0[0-7]+$/.test(value) ? Number.parseInt(value, 8) : value === '' ? 0 : value);
  if (Number.isNaN(number)) bad.push(value);
  const safe = Number.isNaN(number) ? Number.parseFloat(value) || 0 : number;
  const sign = safe >= 0 && flags.includes('+') ? '+' : safe >= 0 && flags.includes(' ') ? ' ' : '';
  switch (kind) {
    case 'd':
    case 'i':
    case 'u':
      return `${sign}${String(Math.trunc(safe)).padStart(digits ?? 0, '0')}`;
    case 'o':
      return `${flags.includes('#') ? '0' : ''}${Math.trunc(safe).toString(8)}`;
    case 'x':
      return `${flags.includes('#') ? '0x' : ''}${Math.trunc(safe).toString(16).padStart(digits ?? 0, '0')}`;
    case 'X':
      return `${flags.includes('#') ? '0X' : ''}${Math.trunc(safe).toString(16).toUpperCase()}`;
    case 'e':
    case 'E': {
      const text = safe.toExponential(digits ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
      return sign + (kind === 'E' ? text.toUpperCase() : text);
    }
    case 'g':
    case 'G':
      return sign + general(safe, digits ?? 6);
    default:
      return sign + safe.toFixed(digits ?? 6);
  }
}

function general(value: number, digits: number): string {
  const exponent = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent >= digits) return value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace(/e([+-])(\d)$/, 'e$10$2');
  const text = value.toFixed(Math.max(0, digits - 1 - exponent));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pad(text: string, width: number, flags: string, kind: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (flags.includes('0') && !'sbcq'.includes(kind)) {
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    return sign + text.slice(sign.length).padStart(width - sign.length, '0');
  }
  return text.padStart(width);
}
