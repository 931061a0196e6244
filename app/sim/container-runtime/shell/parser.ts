/** The shell's grammar, as far as it goes: see `fidelity.md`. Words keep their quoting for expansion. */
export type Command =
  | { readonly type: 'simple'; readonly assignments: readonly (readonly [string, string])[]; readonly words: readonly string[]; readonly redirections: readonly Redirection[] }
  | { readonly type: 'pipeline'; readonly negated: boolean; readonly commands: readonly Command[] }
  | { readonly type: 'list'; readonly items: readonly { readonly command: Command; readonly then: ';' | '&&' | '||' | '&' }[] }
  | { readonly type: 'if'; readonly branches: readonly { readonly test: Command; readonly body: Command }[]; readonly otherwise?: Command }
  | { readonly type: 'while'; readonly until: boolean; readonly test: Command; readonly body: Command }
  | { readonly type: 'for'; readonly name: string; readonly words: readonly string[]; readonly body: Command }
  | { readonly type: 'group'; readonly subshell: boolean; readonly body: Command; readonly redirections: readonly Redirection[] }
  | { readonly type: 'case'; readonly word: string; readonly arms: readonly { readonly patterns: readonly string[]; readonly body: Command }[] }
  | { readonly type: 'function'; readonly name: string; readonly body: Command };

export interface Redirection {
  readonly descriptor: number;
  readonly operator: '<' | '>' | '>>' | '>&' | '<<';
  readonly target: string;
}

export class ShellSyntaxError extends Error {}

interface Token {
  readonly type: 'word' | 'operator' | 'newline' | 'end';
  readonly text: string;
}

const OPERATORS = ['&&', '||', ';;', '<<', '>>', '>&', '<&', ';', '|', '&', '(', ')', '<', '>'];

/** Cuts a script into words (with their quotes) and operators; here-documents become words of `<<`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const hereDocuments: { index: number; delimiter: string }[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text[position]!;
    if (character === '\n') {
      tokens.push({ type: 'newline', text: '\n' });
      position++;
      for (const { index, delimiter } of hereDocuments.splice(0)) {
        const end = findLine(text, position, delimiter);
        tokens[index] = { type: 'word', text: text.slice(position, end.at) };
        position = end.after;
      }
    } else if (/\s/.test(character)) position++;
    else if (character === '#') while (position < text.length && text[position] !== '\n') position++;
    else {
      const operator = OPERATORS.find((candidate) => text.startsWith(candidate, position));
      if (operator) {
        tokens.push({ type: 'operator', text: operator });
        position += operator.length;
        continue;
      }
      const end = wordEnd(text, position);
      const word = text.slice(position, end);
      const isHereDocument = tokens[tokens.length - 1]?.text === '<<';
      tokens.push({ type: 'word', text: word });
      if (isHereDocument) hereDocuments.push({ index: tokens.length - 1, delimiter: word.replace(/['"\\]/g, '') });
      position = end;
    }
  }
  tokens.push({ type: 'end', text: '' });
  return tokens;
}

function findLine(text: string, from: number, line: string): { at: number; after: number } {
  for (let at = from; at < text.length; ) {
    const end = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
    if (text.slice(at, end) === line) return { at, after: end };
    at = end + 1;
  }
  return { at: text.length, after: text.length };
}

/** Where the word that starts here ends: quotes, `$( )` and `${ }` hold it together. */
function wordEnd(text: string, start: number): number {
  let position = start;
  while (position < text.length) {
    const character = text[position]!;
    if (character === '\\') position += 2;
    else if (character === "'") position = closing(text, position + 1, "'") + 1;
    else if (character === '"') position = quotedEnd(text, position + 1) + 1;
    else if (character === '`') position = closing(text, position + 1, '`') + 1;
    else if (text.startsWith('$(', position)) position = balanced(text, position + 1, '(', ')');
    else if (text.startsWith('${', position)) position = balanced(text, position + 1, '{', '}');
    else if (/[\s;|&()<>]/.test(character)) return position;
    else position++;
  }
  return position;
}

function closing(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from);
  if (end < 0) throw new ShellSyntaxError('unterminated quoted string');
  return end;
}

export function quotedEnd(text: string, from: number): number {
  for (let position = from; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text[position] === '"') return position;
    else if (text.startsWith('$(', position)) position = balanced(text, position + 1, '(', ')') - 1;
  }
  throw new ShellSyntaxError('unterminated quoted string');
}

/** The position after the bracket that closes the one at `from`. */
export function balanced(text: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let position = from; position < text.length; position++) {
    const character = text[position]!;
    if (character === '\\') position++;
    else if (character === "'") position = closing(text, position + 1, "'");
    else if (character === open) depth++;
    else if (character === close && --depth === 0) return position + 1;
  }
  throw new ShellSyntaxError(`syntax error: unterminated ${open}`);
}

export function parse(text: string): Command {
  const parser = new Parser(tokenize(text));
  const list = parser.list([]);
  parser.expectEnd();
  return list;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expectEnd(): void {
    const token = this.#peek();
    if (token.type !== 'end') throw new ShellSyntaxError(`syntax error: unexpected "${token.text}"`);
  }

  /** Commands until one of the given words stands where a command would. */
  list(until: readonly string[]): Command {
    const items: { command: Command; then: ';' | '&&' | '||' | '&' }[] = [];
    for (;;) {
      this.#skipNewlines();
      const token = this.#peek();
      if (token.type === 'end' || until.includes(token.text)) return { type: 'list', items };
      const command = this.#pipeline();
      const separator = this.#peek();
      if (['&&', '||', '&', ';'].includes(separator.text) && separator.type === 'operator') {
        this.#at++;
        items.push({ command, then: separator.text as ';' });
      } else {
        items.push({ command, then: ';' });
        if (separator.type !== 'newline') return { type: 'list', items };
      }
    }
  }

  #pipeline(): Command {
    const negated = this.#accept('!');
    const commands = [this.#command()];
    while (this.#accept('|')) {
      this.#skipNewlines();
      commands.push(this.#command());
    }
    return commands.length === 1 && !negated ? commands[0]! : { type: 'pipeline', negated, commands };
  }

  #command(): Command {
    const { text, type } = this.#peek();
    if (type === 'operator' && text === '(') return this.#group('(', ')', true);
    switch (text) {
      case '{':
        return this.#group('{', '}', false);
      case 'if':
        return this.#if();
      case 'while':
      case 'until':
        return this.#while(text === 'until');
      case 'for':
        return this.#for();
      case 'case':
        return this.#case();
    }
    if (type === 'word' && this.#tokens[this.#at + 1]?.text === '(' && this.#tokens[this.#at + 2]?.text === ')') {
      this.#at += 3;
      this.#skipNewlines();
      return { type: 'function', name: text, body: this.#command() };
    }
    return this.#simple();
  }

  #group(open: string, close: string, subshell: boolean): Command {
    this.#expect(open);
    const body = this.list([close]);
    this.#expect(close);
    return { type: 'group', subshell, body, redirections: this.#redirections() };
  }

  #if(): Command {
    const branches: { test: Command; body: Command }[] = [];
    this.#expect('if');
    do {
      const test = this.list(['then']);
      this.#expect('then');
      branches.push({ test, body: this.list(['elif', 'else', 'fi']) });
    } while (this.#accept('elif'));
    const otherwise = this.#accept('else') ? this.list(['fi']) : undefined;
    this.#expect('fi');
    return { type: 'if', branches, ...(otherwise ? { otherwise } : {}) };
  }

  #while(until: boolean): Command {
    this.#at++;
    const test = this.list(['do']);
    return { type: 'while', until, test, body: this.#doneBody() };
  }

  #for(): Command {
    this.#expect('for');
    const name = this.#next().text;
    const words: string[] = [];
    if (this.#accept('in')) while (this.#peek().type === 'word') words.push(this.#next().text);
    else words.push('"$@"');
    this.#accept(';');
    this.#skipNewlines();
    return { type: 'for', name, words, body: this.#doneBody() };
  }

  #doneBody(): Command {
    this.#expect('do');
    const body = this.list(['done']);
    this.#expect('done');
    return body;
  }

  #case(): Command {
    this.#expect('case');
    const word = this.#next().text;
    this.#expect('in');
    const arms: { patterns: string[]; body: Command }[] = [];
    this.#skipNewlines();
    while (!this.#accept('esac')) {
      this.#accept('(');
      const patterns = [this.#next().text];
      while (this.#accept('|')) patterns.push(this.#next().text);
      this.#expect(')');
      arms.push({ patterns, body: this.list([';;', 'esac']) });
      this.#accept(';;');
      this.#skipNewlines();
    }
    return { type: 'case', word, arms };
  }

  #simple(): Command {
    const assignments: [string, string][] = [];
    const words: string[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      const token = this.#peek();
      const redirection = this.#redirection();
      if (redirection) redirections.push(redirection);
      else if (token.type !== 'word') break;
      else {
        this.#at++;
        const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(token.text);
        if (assignment && words.length === 0) assignments.push([assignment[1]!, assignment[2]!]);
        else words.push(token.text);
      }
    }
    if (assignments.length + words.length + redirections.length === 0) throw new ShellSyntaxError(`syntax error: unexpected ${this.#peek().type === 'end' ? 'end of file' : `"${this.#peek().text}"`}`);
    return { type: 'simple', assignments, words, redirections };
  }

  #redirections(): Redirection[] {
    const all: Redirection[] = [];
    for (let next = this.#redirection(); next; next = this.#redirection()) all.push(next);
    return all;
  }

  #redirection(): Redirection | undefined {
    const token = this.#peek();
    const following = this.#tokens[this.#at + 1];
    const isNumber = token.type === 'word' && /^\d$/.test(token.text) && following?.type === 'operator' && /^[<>]/.test(following.text);
    const operator = isNumber ? following! : token;
    if (operator.type !== 'operator' || !['<', '>', '>>', '>&', '<<'].includes(operator.text)) return undefined;
    this.#at += isNumber ? 2 : 1;
    const target = this.#next();
    const descriptor = isNumber ? Number(token.text) : operator.text.startsWith('<') ? 0 : 1;
    return { descriptor, operator: operator.text as Redirection['operator'], target: target.text };
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    return this.#tokens[this.#at++]!;
  }

  #accept(text: string): boolean {
    if (this.#peek().text !== text || this.#peek().type === 'end') return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    this.#skipNewlines();
    const token = this.#next();
    if (token.text !== text) throw new ShellSyntaxError(`syntax error: unexpected ${token.type === 'end' ? 'end of file' : `"${token.text}"`} (expecting "${text}")`);
  }

  #skipNewlines(): void {
    while (this.#peek().type === 'newline') this.#at++;
  }
}
