export class ShellSyntaxError extends Error {
  readonly line: number;
  constructor(message: string, line = 1) {
    super(message);
    this.line = line;
  }
}

/** A script that goes on in the next line: quotes or a here-document are open. An interactive shell asks for more. */
export class UnfinishedError extends ShellSyntaxError {}

export interface HereDocument {
  body: string;
  /** The delimiter was quoted: nothing is expanded. */
  readonly literal: boolean;
}

export interface Token {
  readonly type: 'word' | 'operator' | 'newline' | 'end';
  readonly text: string;
  readonly line: number;
  /** A number right before a redirection. */
  readonly descriptor?: number;
  hereDocument?: HereDocument;
}

const OPERATORS = ['<<-', '&>>', '<<<', '&&', '||', ';;', '<<', '>>', '>&', '<&', '<>', '>|', '&>', ';', '|', '&', '(', ')', '<', '>'];

/** Cuts a script into words (with their quotes) and operators. */
export class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #position = 0;
  #line = 1;
  readonly #pending: { token: Token; delimiter: string; stripTabs: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  tokens(): Token[] {
    const text = this.#text;
    while (this.#position < text.length) {
      const character = text[this.#position]!;
      if (character === '\n') this.#newline();
      else if (text.startsWith('\\\n', this.#position)) {
        this.#position += 2;
        this.#line++;
      } else if (/[ \t\r]/.test(character)) this.#position++;
      else if (character === '#') while (this.#position < text.length && text[this.#position] !== '\n') this.#position++;
      else this.#next();
    }
    if (this.#pending.length > 0) this.#readHereDocuments();
    this.#tokens.push({ type: 'end', text: '', line: this.#line });
    return this.#tokens;
  }

  #newline(): void {
    this.#tokens.push({ type: 'newline', text: '\n', line: this.#line });
    this.#position++;
    this.#line++;
    this.#readHereDocuments();
  }

  #next(): void {
    const text = this.#text;
    const numbered = /^(\d)(?=[<>])/.exec(text.slice(this.#position, this.#position + 2));
    const at = this.#position + (numbered ? 1 : 0);
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
    if (operator && (!numbered || /^[<>]/.test(operator))) {
      this.#tokens.push({ type: 'operator', text: operator, line: this.#line, ...(numbered ? { descriptor: Number(numbered[1]) } : {}) });
      this.#position = at + operator.length;
      return;
    }
    const end = wordEnd(text, this.#position, this.#line);
    const word = text.slice(this.#position, end);
    const previous = this.#tokens[this.#tokens.length - 1];
    const token: Token = { type: 'word', text: word.replace(/\\\n/g, ''), line: this.#line };
    if (previous?.type === 'operator' && (previous.text === '<<' || previous.text === '<<-')) {
      token.hereDocument = { body: '', literal: /['"\\]/.test(word) };
      this.#pending.push({ token, delimiter: word.replace(/['"\\]/g, ''), stripTabs: previous.text === '<<-' });
    }
    this.#tokens.push(token);
    this.#line += word.split('\n').length - 1;
    this.#position = end;
  }

  #readHereDocuments(): void {
    for (const { token, delimiter, stripTabs } of this.#pending.splice(0)) {
      const lines: string[] = [];
      while (this.#position < this.#text.length) {
        const end = this.#text.indexOf('\n', this.#position) < 0 ? this.#text.length : this.#text.indexOf('\n', this.#position);
        const raw = this.#text.slice(this.#position, end);
        const line = stripTabs ? raw.replace(/^\t+/, '') : raw;
        this.#position = Math.min(this.#text.length, end + 1);
        this.#line++;
        if (line === delimiter) break;
        lines.push(`${line}\n`);
      }
      token.hereDocument!.body = lines.join('');
    }
  }
}

/** Where the word that starts here ends: quotes, `$( )` and `${ }` hold it together. */
export function wordEnd(text: string, start: number, line = 1): number {
  let position = start;
  while (position < text.length) {
    const character = text[position]!;
    if (character === '\\') position += 2;
    else if (/[\s;|&()<>]/.test(character)) return position;
    else position = skip(text, position, line);
  }
  return Math.min(position, text.length);
}

/** The position after the quoted or bracketed part that begins here, or after one character. */
function skip(text: string, position: number, line: number): number {
  const character = text[position]!;
  if (character === "'") return closing(text, position + 1, "'", line) + 1;
  if (character === '"') return quotedEnd(text, position + 1, line) + 1;
  if (character === '`') return closing(text, position + 1, '`', line) + 1;
  if (text.startsWith("$'", position)) return dollarQuoteEnd(text, position + 2) + 1;
  if (text.startsWith('$(', position)) return parenthesized(text, position + 1, line);
  if (text.startsWith('${', position)) return braced(text, position + 1, line);
  return position + 1;
}

function closing(text: string, from: number, quote: string, line: number): number {
  for (let position = from; position < text.length; position++) {
    if (quote === '`' && text[position] === '\\') position++;
    else if (text[position] === quote) return position;
  }
  throw new UnfinishedError(quote === '`' ? 'syntax error: EOF in backquote substitution' : 'syntax error: unterminated quoted string', line);
}

function dollarQuoteEnd(text: string, from: number): number {
  for (let position = from; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text[position] === "'") return position;
  }
  throw new UnfinishedError('syntax error: unterminated quoted string');
}

export function quotedEnd(text: string, from: number, line = 1): number {
  let position = from;
  while (position < text.length) {
    const character = text[position]!;
    if (character === '\\') position += 2;
    else if (character === '"') return position;
    else if (text.startsWith('$(', position)) position = parenthesized(text, position + 1, line);
    else if (text.startsWith('${', position)) position = braced(text, position + 1, line);
    else if (character === '`') position = closing(text, position + 1, '`', line) + 1;
    else position++;
  }
  throw new UnfinishedError('syntax error: unterminated quoted string', line);
}

/** The position after the `)` that closes the `(` at `from`; inside are commands, or an arithmetic expression. */
export function parenthesized(text: string, from: number, line = 1): number {
  let depth = 0;
  let position = from;
  let atWord = true;
  let caseDepth = 0;
  while (position < text.length) {
    const character = text[position]!;
    const word = atWord ? /^(case|esac)\b/.exec(text.slice(position, position + 5))?.[1] : undefined;
    if (word) caseDepth += word === 'case' ? 1 : -1;
    atWord = /[\s;|&(]/.test(character);
    if (character === '\\') position += 2;
    else if (character === '#' && /\s/.test(text[position - 1] ?? '')) while (position < text.length && text[position] !== '\n') position++;
    else if (character === '(') {
      depth++;
      position++;
    } else if (character === ')') {
      position++;
      if (caseDepth > 0 && depth === 1) continue;
      if (--depth === 0) return position;
    } else position = skip(text, position, line);
  }
  throw new UnfinishedError('syntax error: unexpected end of file (expecting ")")', line);
}

/** The position after the `}` that closes the `{` at `from`. */
export function braced(text: string, from: number, line = 1): number {
  let depth = 0;
  let position = from;
  while (position < text.length) {
    const character = text[position]!;
    if (character === '\\') position += 2;
    else if (character === '{') {
      depth++;
      position++;
    } else if (character === '}') {
      position++;
      if (--depth === 0) return position;
    } else position = skip(text, position, line);
  }
  throw new UnfinishedError('syntax error: missing \'}\'', line);
}
