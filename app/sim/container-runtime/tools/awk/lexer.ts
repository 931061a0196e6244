import { AwkSyntaxError } from './syntax.ts';

export interface AwkToken {
  readonly type: 'number' | 'string' | 'regex' | 'name' | 'call' | 'keyword' | 'operator' | 'newline' | 'end';
  readonly text: string;
}

const KEYWORDS = new Set(['BEGIN', 'END', 'if', 'else', 'while', 'for', 'do', 'break', 'continue', 'next', 'nextfile', 'exit', 'return', 'delete', 'in', 'function', 'func', 'print', 'printf', 'getline']);
const OPERATORS = ['**=', '&&', '||', '==', '!=', '<=', '>=', '++', '--', '+=', '-=', '*=', '/=', '%=', '^=', '>>', '!~', '**', '{', '}', '(', ')', '[', ']', ';', ',', '+', '-', '*', '/', '%', '^', '!', '<', '>', '|', '?', ':', '~', '$', '='];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', '/': '/', a: '\u0007', b: '\b', f: '\f', v: '\v' };

export function tokenizeAwk(text: string): AwkToken[] {
  const tokens: AwkToken[] = [];
  let position = 0;
  /** After a value a slash divides; anywhere else it begins an expression. */
  const afterValue = (): boolean => {
    const last = tokens[tokens.length - 1];
    return last !== undefined && (['number', 'string', 'regex', 'name'].includes(last.type) || (last.type === 'operator' && [')', ']', '$', '++', '--'].includes(last.text)));
  };
  while (position < text.length) {
    const rest = text.slice(position);
    const blank = /^(?:[ \t\r]|\\\n|#[^\n]*)+/.exec(rest);
    if (blank) {
      position += blank[0].length;
      continue;
    }
    if (rest.startsWith('\n')) {
      tokens.push({ type: 'newline', text: '\n' });
      position++;
      continue;
    }
    const { token, length } = next(rest, afterValue());
    tokens.push(token);
    position += length;
  }
  tokens.push({ type: 'end', text: '' });
  return tokens;
}

function next(rest: string, isAfterValue: boolean): { token: AwkToken; length: number } {
  const number = /^(?:0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(rest);
  if (number) return { token: { type: 'number', text: number[0] }, length: number[0].length };
  const name = /^[A-Za-z_]\w*/.exec(rest);
  if (name) {
    const type = KEYWORDS.has(name[0]) ? 'keyword' : rest[name[0].length] === '(' ? 'call' : 'name';
    return { token: { type, text: name[0] }, length: name[0].length };
  }
  if (rest.startsWith('"')) return string(rest);
  if (rest.startsWith('/') && !isAfterValue) return regex(rest);
  const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
  if (!operator) throw new AwkSyntaxError(`Unexpected token`);
  return { token: { type: 'operator', text: operator }, length: operator.length };
}

function string(rest: string): { token: AwkToken; length: number } {
  let value = '';
  let at = 1;
  for (; at < rest.length && rest[at] !== '"'; at++) {
    if (rest[at] === '\n') throw new AwkSyntaxError('Unexpected end of string');
    if (rest[at] !== '\\') value += rest[at];
    else {
      const octal = /^[0-7]{1,3}/.exec(rest.slice(at + 1));
      if (octal) {
        value += String.fromCharCode(Number.parseInt(octal[0], 8));
        at += octal[0].length;
      } else {
        const character = rest[++at] ?? '';
        value += ESCAPES[character] ?? `\\${character}`;
      }
    }
  }
  if (at >= rest.length) throw new AwkSyntaxError('Unexpected end of string');
  return { token: { type: 'string', text: value }, length: at + 1 };
}

function regex(rest: string): { token: AwkToken; length: number } {
  let at = 1;
  let inBracket = false;
  for (; at < rest.length && (rest[at] !== '/' || inBracket); at++) {
    if (rest[at] === '\\') at++;
    else if (rest[at] === '[') inBracket = true;
    else if (rest[at] === ']' && !/\[\^?$/.test(rest.slice(0, at))) inBracket = false;
    else if (rest[at] === '\n') throw new AwkSyntaxError('Unexpected end of string');
  }
  if (at >= rest.length) throw new AwkSyntaxError('Unexpected end of string');
  return { token: { type: 'regex', text: rest.slice(1, at).replace(/\\\//g, '/') }, length: at + 1 };
}
