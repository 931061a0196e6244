import type { FileSystem } from '../filesystem/filesystem.ts';
import { normalize } from '../filesystem/filesystem.ts';
import { balanced, quotedEnd } from './parser.ts';

/** What expansion needs of the shell. */
export interface ExpansionContext {
  variable(name: string): string | undefined;
  setVariable(name: string, value: string): void;
  /** Runs a command substitution and returns what it printed. */
  substitute(script: string): Promise<string>;
  readonly parameters: readonly string[];
  readonly files: FileSystem;
  readonly cwd: string;
}

/** A piece of text, and whether it was quoted: quoted pieces are neither split nor matched against files. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

/** A word as fields: expansions, then splitting, then file names. */
export async function expandWord(word: string, context: ExpansionContext): Promise<string[]> {
  if (word === '"$@"') return [...context.parameters];
  const pieces = await expandPieces(word, context);
  return splitFields(pieces).flatMap((field) => matchFiles(field, context));
}

/** A word as one text: in assignments, redirections and case, nothing is split. */
export async function expandText(word: string, context: ExpansionContext): Promise<string> {
  return (await expandPieces(word, context)).map(({ text }) => text).join('');
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
      pieces.push({ text: await expandQuoted(word.slice(position + 1, end), context), quoted: true });
      position = end + 1;
    } else if (character === '\\') {
      pieces.push({ text: word[position + 1] ?? '', quoted: true });
      position += 2;
    } else if (character === '$' || character === '`') {
      const { text, next } = await expandDollar(word, position, context);
      pieces.push({ text, quoted: false });
      position = next;
    } else {
      const end = /['"\\$`]/.exec(word.slice(position + 1));
      const stop = end ? position + 1 + end.index : word.length;
      pieces.push({ text: word.slice(position, stop), quoted: false });
      position = stop;
    }
  }
  return pieces;
}

/** Inside double quotes, and in here-documents. */
export async function expandQuoted(text: string, context: ExpansionContext): Promise<string> {
  let result = '';
  for (let position = 0; position < text.length; ) {
    const character = text[position]!;
    if (character === '\\' && /["\\$`\n]/.test(text[position + 1] ?? '')) {
      if (text[position + 1] !== '\n') result += text[position + 1];
      position += 2;
    } else if (character === '$' || character === '`') {
      const expanded = await expandDollar(text, position, context);
      result += expanded.text;
      position = expanded.next;
    } else {
      result += character;
      position++;
    }
  }
  return result;
}

async function expandDollar(text: string, at: number, context: ExpansionContext): Promise<{ text: string; next: number }> {
  if (text[at] === '`') {
    const end = text.indexOf('`', at + 1);
    return { text: await context.substitute(text.slice(at + 1, end)), next: end + 1 };
  }
  if (text.startsWith('$((', at)) {
    const end = balanced(text, at + 1, '(', ')');
    return { text: String(arithmetic(await expandQuoted(text.slice(at + 3, end - 2), context), context)), next: end };
  }
  if (text.startsWith('$(', at)) {
    const end = balanced(text, at + 1, '(', ')');
    return { text: await context.substitute(text.slice(at + 2, end - 1)), next: end };
  }
  if (text.startsWith('${', at)) {
    const end = balanced(text, at + 1, '{', '}');
    return { text: await parameter(text.slice(at + 2, end - 1), context), next: end };
  }
  const name = /^\$([A-Za-z_]\w*|[0-9@*#?$!-])/.exec(text.slice(at));
  if (!name) return { text: '$', next: at + 1 };
  return { text: context.variable(name[1]!) ?? '', next: at + name[0].length };
}

/** `${name:-word}` and its relatives. */
async function parameter(body: string, context: ExpansionContext): Promise<string> {
  if (body.startsWith('#') && body.length > 1) return String((context.variable(body.slice(1)) ?? '').length);
  const match = /^([A-Za-z_]\w*|[0-9@*#?$!-])(:?[-=+?]|##?|%%?)?([\s\S]*)$/.exec(body);
  if (!match) throw new Error('bad substitution');
  const [, name = '', operator, word = ''] = match;
  const value = context.variable(name);
  const isMissing = value === undefined || (operator?.startsWith(':') && value === '');
  const expanded = async (): Promise<string> => expandText(word, context);
  switch (operator?.replace(':', '')) {
    case undefined:
      return value ?? '';
    case '-':
      return isMissing ? expanded() : value!;
    case '=': {
      if (!isMissing) return value!;
      const assigned = await expanded();
      context.setVariable(name, assigned);
      return assigned;
    }
    case '+':
      return isMissing ? '' : expanded();
    case '?':
      if (isMissing) throw new Error(`${name}: ${(await expanded()) || 'parameter not set'}`);
      return value!;
    default:
      return trimmed(value ?? '', operator!, await expanded());
  }
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

/** Whole numbers with C's operators. */
export function arithmetic(text: string, context: Pick<ExpansionContext, 'variable'>): number {
  const resolved = text.replace(/[A-Za-z_]\w*/g, (name) => String(Number(context.variable(name) ?? 0) || 0));
  const tokens = resolved.match(/\d+|==|!=|<=|>=|&&|\|\||[-+*/%()<>!]/g) ?? [];
  let at = 0;
  const levels = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']];
  const apply = (operator: string, a: number, b: number): number => {
    switch (operator) {
      case '+': return a + b;
      case '-': return a - b;
      case '*': return a * b;
      case '/': if (b === 0) throw new Error('divide by zero'); return Math.trunc(a / b);
      case '%': if (b === 0) throw new Error('divide by zero'); return a % b;
      case '==': return Number(a === b);
      case '!=': return Number(a !== b);
      case '<': return Number(a < b);
      case '>': return Number(a > b);
      case '<=': return Number(a <= b);
      case '>=': return Number(a >= b);
      case '&&': return Number(a !== 0 && b !== 0);
      default: return Number(a !== 0 || b !== 0);
    }
  };
  const level = (index: number): number => {
    if (index === levels.length) return primary();
    let left = level(index + 1);
    while (levels[index]!.includes(tokens[at] ?? '')) left = apply(tokens[at++]!, left, level(index + 1));
    return left;
  };
  const primary = (): number => {
    const token = tokens[at++];
    if (token === '-') return -primary();
    if (token === '+') return primary();
    if (token === '!') return Number(primary() === 0);
    if (token === '(') {
      const value = level(0);
      at++;
      return value;
    }
    return Number(token ?? 0);
  };
  return level(0);
}

function splitFields(pieces: readonly Piece[]): Piece[][] {
  const fields: Piece[][] = [];
  let current: Piece[] | undefined;
  for (const piece of pieces) {
    if (piece.quoted) {
      (current ??= []).push(piece);
      continue;
    }
    for (const [index, part] of piece.text.split(/[ \t\n]+/).entries()) {
      if (index > 0 && current) {
        fields.push(current);
        current = undefined;
      }
      if (part !== '') (current ??= []).push({ text: part, quoted: false });
    }
  }
  if (current) fields.push(current);
  return fields;
}

function matchFiles(field: readonly Piece[], { files, cwd }: ExpansionContext): string[] {
  const plain = field.map(({ text }) => text).join('');
  if (!field.some(({ text, quoted }) => !quoted && /[*?[]/.test(text))) return [plain];
  const pattern = field.map(({ text, quoted }) => (quoted ? text.replace(/[*?[\]\\]/g, '\\$&') : text)).join('');
  const slash = pattern.lastIndexOf('/');
  const directory = slash < 0 ? cwd : normalize(pattern.startsWith('/') ? pattern.slice(0, slash) || '/' : `${cwd}/${pattern.slice(0, slash)}`);
  if (!files.isDirectory(directory)) return [plain];
  const expression = globExpression(pattern.slice(slash + 1));
  const found = files.list(directory).filter((name) => expression.test(name) && (!name.startsWith('.') || pattern.slice(slash + 1).startsWith('.')));
  return found.length === 0 ? [plain] : found.map((name) => (slash < 0 ? name : `${pattern.slice(0, slash + 1)}${name}`));
}

/** A shell pattern as a regular expression for the whole text. */
export function globExpression(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') source += (pattern[++i] ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    else if (character === '*') source += '[\\s\\S]*';
    else if (character === '?') source += '[\\s\\S]';
    else if (character === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2);
      source += `[${pattern.slice(i + 1, end).replace(/^!/, '^')}]`;
      i = end;
    } else source += character.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  return new RegExp(`^${source}$`);
}
