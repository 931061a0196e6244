import type { FileSystem } from '../filesystem/filesystem.ts';
import { arithmetic, type ArithmeticScope } from './arithmetic.ts';
import { globExpression, globFiles } from './glob.ts';
import { braced, parenthesized, quotedEnd } from './lexer.ts';

/** What expansion needs of the shell. */
export interface ExpansionContext extends ArithmeticScope {
  /** Throws for an unset name under `set -u`. */
  required(name: string): string | undefined;
  /** Runs a command substitution and returns what it printed. */
  substitute(script: string): Promise<string>;
  readonly parameters: readonly string[];
  readonly files: FileSystem;
  readonly cwd: string;
  readonly noGlob: boolean;
  /** `{a,b}` and `{1..5}`, as bash has them. */
  readonly braces: boolean;
}

/** `${x:?message}` and its like: the shell gives up. */
export class ExpansionError extends Error {}

/** Text, whether it was quoted (then it is neither split nor matched against files), or the border between two of `"$@"`. */
type Piece = { readonly text: string; readonly quoted: boolean; readonly literal?: boolean } | 'border';

const NAME = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/;

/** A word as fields: expansions, then splitting, then file names. */
export async function expandWord(word: string, context: ExpansionContext): Promise<string[]> {
  const fields: string[] = [];
  for (const alternative of context.braces ? braceAlternatives(word) : [word]) {
    const pieces = await expandPieces(alternative, context);
    for (const field of splitFields(pieces, context.variable('IFS') ?? ' \t\n')) fields.push(...matchFiles(field, context));
  }
  return fields;
}

/** `a{b,c}` → `ab ac`, `{1..3}` → `1 2 3`. Quotes and `${` are left alone. */
function braceAlternatives(word: string): string[] {
  const match = /^((?:[^{'"\\$]|\$(?!\{)|\\.)*)\{([^{}'"\s]*)\}([\s\S]*)$/.exec(word);
  if (!match) return [word];
  const [, before = '', inside = '', after = ''] = match;
  const range = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inside) ?? /^([a-zA-Z])\.\.([a-zA-Z])$/.exec(inside);
  const choices = range ? rangeOf(range) : inside.includes(',') ? inside.split(',') : undefined;
  if (!choices) return [word];
  return choices.flatMap((choice) => braceAlternatives(after).map((rest) => `${before}${choice}${rest}`));
}

function rangeOf([, from = '', to = '', step = '1']: RegExpExecArray): string[] {
  const isNumber = /\d/.test(from);
  const [start, end] = isNumber ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const by = Math.max(1, Math.abs(Number(step)));
  const count = Math.min(10_000, Math.floor(Math.abs(end - start) / by) + 1);
  return Array.from({ length: count }, (_, index) => start + (end >= start ? index : -index) * by).map((value) => (isNumber ? String(value) : String.fromCharCode(value)));
}

/** A word as one text: in assignments, redirections and case, nothing is split. */
export async function expandText(word: string, context: ExpansionContext): Promise<string> {
  return (await expandPieces(word, context)).map((piece) => (piece === 'border' ? ' ' : piece.text)).join('');
}

/** A word as a pattern: quoted characters stand for themselves. */
export async function expandPattern(word: string, context: ExpansionContext): Promise<string> {
  return (await expandPieces(word, context)).map((piece) => (piece === 'border' ? ' ' : piece.quoted ? escaped(piece.text) : piece.text)).join('');
}

/** Inside double quotes, and in here-documents. */
export async function expandQuoted(text: string, context: ExpansionContext, isHereDocument = false): Promise<string> {
  return (await quotedPieces(text, context, isHereDocument)).map((piece) => (piece === 'border' ? ' ' : piece.text)).join('');
}


async function expandPieces(word: string, context: ExpansionContext): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let position = 0;
  const start = /^~(?=\/|$)/.exec(word);
  if (start) {
    pieces.push({ text: context.variable('HOME') ?? '/root', quoted: true });
    position = 1;
  }
  while (position < word.length) {
    const character = word[position]!;
    if (character === "'") {
      const end = word.indexOf("'", position + 1);
      pieces.push({ text: word.slice(position + 1, end), quoted: true });
      position = end + 1;
    } else if (character === '"') {
      const end = quotedEnd(word, position + 1);
      pieces.push(...(await quotedPieces(word.slice(position + 1, end), context, false)));
      position = end + 1;
    } else if (character === '\\') {
      pieces.push({ text: word[position + 1] ?? '\\', quoted: true });
      position += 2;
    } else if (context.extended && word.startsWith("$'", position)) {
      const end = /(?<!\\)(?:\\\\)*'/.exec(word.slice(position + 2))!;
      const stop = position + 2 + end.index + end[0].length - 1;
      pieces.push({ text: cEscapes(word.slice(position + 2, stop)), quoted: true });
      position = stop + 1;
    } else if (character === '$' || character === '`') {
      const { pieces: more, next } = await expandDollar(word, position, context, false);
      pieces.push(...more);
      position = next;
    } else {
      const end = /['"\\$`]/.exec(word.slice(position + 1));
      const stop = end ? position + 1 + end.index : word.length;
      pieces.push({ text: word.slice(position, stop), quoted: false, literal: true });
      position = stop;
    }
  }
  return pieces;
}

async function quotedPieces(text: string, context: ExpansionContext, isHereDocument: boolean): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let plain = '';
  let isParameters = false;
  const flush = (): void => {
    if (plain !== '') pieces.push({ text: plain, quoted: true });
    plain = '';
  };
  for (let position = 0; position < text.length; ) {
    const character = text[position]!;
    if (character === '\\' && (isHereDocument ? /[\\$`\n]/ : /["\\$`\n]/).test(text[position + 1] ?? '')) {
      if (text[position + 1] !== '\n') plain += text[position + 1];
      position += 2;
    } else if (character === '$' || character === '`') {
      const { pieces: more, next } = await expandDollar(text, position, context, true);
      if (/^\$(@|\{@\})/.test(text.slice(position))) isParameters = true;
      flush();
      pieces.push(...more);
      position = next;
    } else {
      plain += character;
      position++;
    }
  }
  flush();
  if (pieces.length === 0 && !isParameters) pieces.push({ text: '', quoted: true });
  return pieces;
}

interface Expanded {
  readonly pieces: readonly Piece[];
  readonly next: number;
}

async function expandDollar(text: string, at: number, context: ExpansionContext, quoted: boolean): Promise<Expanded> {
  const one = (value: string, next: number): Expanded => ({ pieces: [{ text: value, quoted }], next });
  if (text[at] === '`') {
    let end = at + 1;
    while (end < text.length && text[end] !== '`') end += text[end] === '\\' ? 2 : 1;
    return one(await context.substitute(text.slice(at + 1, end).replace(/\\([\\`$])/g, '$1')), end + 1);
  }
  if (text.startsWith('$((', at)) {
    const end = parenthesized(text, at + 1);
    if (text[end - 2] === ')') return one(String(arithmetic(await expandQuoted(text.slice(at + 3, end - 2), context), context)), end);
  }
  if (text.startsWith('$(', at)) {
    const end = parenthesized(text, at + 1);
    return one(await context.substitute(text.slice(at + 2, end - 1)), end);
  }
  if (text.startsWith('${', at)) {
    const end = braced(text, at + 1);
    return { pieces: await parameter(text.slice(at + 2, end - 1), context, quoted), next: end };
  }
  const name = NAME.exec(text.slice(at));
  if (!name) return one('$', at + 1);
  const next = at + name[0].length;
  if (name[1] === '@' || (name[1] === '*' && !quoted)) return { pieces: parameters(context.parameters, quoted), next };
  return one(context.required(name[1]!) ?? '', next);
}

function parameters(values: readonly string[], quoted: boolean): Piece[] {
  return values.flatMap((text, index): Piece[] => [...(index > 0 ? (['border'] as const) : []), { text, quoted }]);
}

/** `${name:-word}` and its relatives. */
async function parameter(body: string, context: ExpansionContext, quoted: boolean): Promise<Piece[]> {
  const one = (text: string): Piece[] => [{ text, quoted }];
  if (/^#([A-Za-z_]\w*|[0-9@*?!$-])$/.test(body)) return one(body === '#@' || body === '#*' ? String(context.parameters.length) : String([...(context.required(body.slice(1)) ?? '')].length));
  const match = /^([A-Za-z_]\w*|\d+|[@*#?$!-])(:?[-=+?]|##?|%%?|\/\/?|:|\^\^?|,,?)?([\s\S]*)$/.exec(body);
  if (!match) throw new ExpansionError('bad substitution');
  const [, name = '', operator, word = ''] = match;
  if ((operator === undefined && word !== '') || (!context.extended && /^(\/\/?|:|\^\^?|,,?)$/.test(operator ?? ''))) throw new ExpansionError('bad substitution');
  if (name === '@' && operator === undefined) return parameters(context.parameters, quoted);
  const value = context.variable(name);
  const isMissing = value === undefined || (operator?.startsWith(':') && operator.length > 1 && value === '') || (name === '@' && context.parameters.length === 0);
  const expanded = async (): Promise<Piece[]> => (quoted ? quotedPieces(word, context, false) : expandPieces(word, context));
  switch (operator?.length === 2 && operator.startsWith(':') ? operator[1] : operator) {
    case undefined:
      return one(context.required(name) ?? '');
    case '-':
      return isMissing ? expanded() : name === '@' ? parameters(context.parameters, quoted) : one(value!);
    case '=': {
      if (!isMissing) return one(value!);
      const assigned = await expandText(word, context);
      context.setVariable(name, assigned);
      return one(assigned);
    }
    case '+':
      return isMissing ? one('') : expanded();
    case '?':
      if (isMissing) throw new ExpansionError(`${name}: ${(await expandText(word, context)) || (operator!.startsWith(':') ? 'parameter null or not set' : 'parameter not set')}`);
      return one(value!);
    case '/':
    case '//':
      return one(await replaced(context.required(name) ?? '', operator!, word, context));
    case ':':
      return one(await substring(context.required(name) ?? '', word, context));
    case '^':
    case '^^':
    case ',':
    case ',,':
      return one(changedCase(context.required(name) ?? '', operator!));
    default:
      return one(trimmed(context.required(name) ?? '', operator!, await expandPattern(word, context)));
  }
}

function changedCase(value: string, operator: string): string {
  const change = (text: string): string => (operator.startsWith('^') ? text.toUpperCase() : text.toLowerCase());
  return operator.length === 2 ? change(value) : change(value.slice(0, 1)) + value.slice(1);
}

async function replaced(value: string, operator: string, word: string, context: ExpansionContext): Promise<string> {
  let slash = 0;
  while (slash < word.length && word[slash] !== '/') slash += word[slash] === '\\' ? 2 : 1;
  const pattern = await expandPattern(word.slice(0, slash), context);
  const replacement = await expandText(word.slice(slash + 1), context);
  if (pattern === '') return value;
  const source = globExpression(pattern).source.slice(1, -1);
  return value.replace(new RegExp(source, operator === '//' ? 'g' : ''), () => replacement);
}

async function substring(value: string, word: string, context: ExpansionContext): Promise<string> {
  const [offset = '0', length] = word.split(':');
  const start = Number(arithmetic(await expandQuoted(offset, context), context));
  const from = start < 0 ? Math.max(0, value.length + start) : start;
  if (length === undefined) return value.slice(from);
  const count = Number(arithmetic(await expandQuoted(length, context), context));
  return count < 0 ? value.slice(from, value.length + count) : value.slice(from, from + count);
}

/** Cuts what matches off the front (`#`) or the end (`%`); doubled, as much as possible. */
function trimmed(value: string, operator: string, pattern: string): string {
  const expression = globExpression(pattern);
  const candidates = Array.from({ length: value.length + 1 }, (_, length) => length);
  if (operator.length === 2) candidates.reverse();
  for (const length of candidates) {
    const part = operator.startsWith('#') ? value.slice(0, length) : value.slice(value.length - length);
    if (expression.test(part)) return operator.startsWith('#') ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

type Field = { readonly text: string; readonly quoted: boolean }[];

function splitFields(pieces: readonly Piece[], separators: string): Field[] {
  const fields: Field[] = [];
  let current: Field | undefined;
  const finish = (): void => {
    if (current) fields.push(current);
    current = undefined;
  };
  for (const piece of pieces) {
    if (piece === 'border') finish();
    else if (piece.quoted || piece.literal) (current ??= []).push(piece);
    else {
      for (const [index, part] of splitText(piece.text, separators).entries()) {
        if (index > 0) finish();
        if (part !== undefined) (current ??= []).push({ text: part, quoted: false });
      }
    }
  }
  finish();
  return fields;
}

/** Cuts a text at the separators; undefined: nothing stands there. */
function splitText(text: string, separators: string): (string | undefined)[] {
  if (separators === '') return [text === '' ? undefined : text];
  const parts: (string | undefined)[] = [];
  let current = '';
  let hasContent = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (!separators.includes(character)) {
      current += character;
      hasContent = true;
      continue;
    }
    const isSpace = /[ \t\n]/.test(character);
    if (isSpace) while (i + 1 < text.length && separators.includes(text[i + 1]!) && /[ \t\n]/.test(text[i + 1]!)) i++;
    const following = text[i + 1];
    if (isSpace && following !== undefined && separators.includes(following) && hasContent) continue;
    parts.push(hasContent ? current : isSpace ? undefined : '');
    current = '';
    hasContent = false;
  }
  parts.push(hasContent ? current : undefined);
  return parts;
}

function escaped(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}

function matchFiles(field: Field, { files, cwd, noGlob }: ExpansionContext): string[] {
  const plain = field.map(({ text }) => text).join('');
  if (noGlob || !field.some(({ text, quoted }) => !quoted && /[*?[]/.test(text))) return [plain];
  const found = globFiles(field.map(({ text, quoted }) => (quoted ? escaped(text) : text)).join(''), files, cwd);
  return found.length === 0 ? [plain] : found;
}

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v', e: '\u001b', E: '\u001b', '\\': '\\', "'": "'", '"': '"' };

/** `\n`, `\x41`, `\101` as in C. */
export function cEscapes(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|[\s\S])/g, (whole, code: string) => {
    if (code.startsWith('x') && code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255);
    return SIMPLE[code] ?? whole;
  });
}
