import { Lexer, ShellSyntaxError, UnfinishedError, type HereDocument, type Token } from './lexer.ts';

export { ShellSyntaxError, UnfinishedError } from './lexer.ts';

/** The shell's grammar. Words keep their quoting for expansion. */
export type Command =
  | { readonly type: 'simple'; readonly assignments: readonly (readonly [string, string])[]; readonly words: readonly string[]; readonly redirections: readonly Redirection[]; readonly line: number }
  | { readonly type: 'pipeline'; readonly negated: boolean; readonly timed: boolean; readonly commands: readonly Command[] }
  | { readonly type: 'list'; readonly items: readonly { readonly command: Command; readonly then: Separator }[] }
  | Compound;

/** Commands with a body; redirections apply to all of it. */
export type Compound = { readonly redirections: readonly Redirection[] } & (
  | { readonly type: 'if'; readonly branches: readonly { readonly test: Command; readonly body: Command }[]; readonly otherwise?: Command }
  | { readonly type: 'while'; readonly until: boolean; readonly test: Command; readonly body: Command }
  | { readonly type: 'for'; readonly name: string; readonly words: readonly string[]; readonly body: Command }
  | { readonly type: 'group'; readonly subshell: boolean; readonly body: Command }
  | { readonly type: 'case'; readonly word: string; readonly arms: readonly { readonly patterns: readonly string[]; readonly body: Command }[] }
  | { readonly type: 'arithmetic'; readonly expression: string }
  | { readonly type: 'function'; readonly name: string; readonly body: Command }
);

type Separator = ';' | '&&' | '||' | '&';

export interface Redirection {
  readonly descriptor: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '>&' | '<&' | '<<' | '<<<' | '<>' | '&>' | '&>>';
  readonly target: string;
  readonly hereDocument?: HereDocument;
}

const RESERVED_ENDS = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}']);

export function parse(text: string): Command {
  const parser = new Parser(new Lexer(text).tokens());
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
    if (this.#peek().type !== 'end') throw this.#unexpected();
  }

  /** Commands until one of the given words stands where a command would. */
  list(until: readonly string[]): Command {
    const items: { command: Command; then: Separator }[] = [];
    for (;;) {
      this.#skipNewlines();
      const token = this.#peek();
      if (token.type === 'end' || until.includes(token.text)) break;
      const command = this.#pipeline();
      const separator = this.#peek();
      if (separator.type === 'operator' && ['&&', '||', '&', ';'].includes(separator.text)) {
        this.#at++;
        items.push({ command, then: separator.text as Separator });
        if (separator.text === '&&' || separator.text === '||') {
          this.#skipNewlines();
          if (this.#peek().type === 'end') throw this.#unexpected();
        }
      } else {
        items.push({ command, then: ';' });
        if (separator.type !== 'newline') break;
      }
    }
    return { type: 'list', items };
  }

  #body(until: readonly string[], expecting: string): Command {
    const list = this.list(until);
    if (list.type === 'list' && list.items.length === 0) throw this.#unexpected(this.#peek().type === 'end' ? expecting : undefined);
    return list;
  }

  #pipeline(): Command {
    let negated = false;
    let timed = false;
    for (;;) {
      if (this.#isWord('!')) negated = !negated;
      else if (this.#isWord('time') && this.#tokens[this.#at + 1]?.type === 'word' && !this.#tokens[this.#at + 1]!.text.startsWith('-')) timed = true;
      else break;
      this.#at++;
    }
    const commands = [this.#command()];
    while (this.#isOperator('|')) {
      this.#at++;
      this.#skipNewlines();
      commands.push(this.#command());
    }
    return commands.length === 1 && !negated && !timed ? commands[0]! : { type: 'pipeline', negated, timed, commands };
  }

  #command(): Command {
    const { text, type } = this.#peek();
    if (type === 'operator' && text === '(') return this.#arithmetic() ?? this.#group('(', ')', true);
    if (type === 'word') {
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
        case 'function':
          this.#at++;
          return this.#function(this.#next().text);
      }
      if (RESERVED_ENDS.has(text)) throw this.#unexpected();
      if (/^[A-Za-z_][\w.-]*$/.test(text) && this.#tokens[this.#at + 1]?.text === '(' && this.#tokens[this.#at + 2]?.text === ')') return this.#function(this.#next().text);
    }
    return this.#simple();
  }

  #function(name: string): Command {
    if (this.#isOperator('(')) this.#at += 2;
    this.#skipNewlines();
    return { type: 'function', name, body: this.#command(), redirections: [] };
  }

  /** `(( x + 1 ))` of bash. */
  #arithmetic(): Command | undefined {
    if (this.#tokens[this.#at + 1]?.text !== '(' || this.#tokens[this.#at + 1]?.type !== 'operator') return undefined;
    const parts: string[] = [];
    for (let at = this.#at + 2; at < this.#tokens.length; at++) {
      const token = this.#tokens[at]!;
      if (token.text === ')' && this.#tokens[at + 1]?.text === ')') {
        this.#at = at + 2;
        return { type: 'arithmetic', expression: parts.join(' '), redirections: [] };
      }
      if (token.type === 'newline' || token.type === 'end') return undefined;
      parts.push(`${token.descriptor ?? ''}${token.text}`);
    }
    return undefined;
  }

  #group(open: string, close: string, subshell: boolean): Command {
    this.#expect(open);
    const body = this.#body([close], close);
    this.#expect(close);
    return { type: 'group', subshell, body, redirections: this.#redirections() };
  }

  #if(): Command {
    const branches: { test: Command; body: Command }[] = [];
    do {
      this.#at++;
      const test = this.#body(['then'], 'then');
      this.#expect('then');
      branches.push({ test, body: this.#body(['elif', 'else', 'fi'], 'fi') });
    } while (this.#isWord('elif'));
    const hasElse = this.#isWord('else');
    if (hasElse) this.#at++;
    const otherwise = hasElse ? this.#body(['fi'], 'fi') : undefined;
    this.#expect('fi');
    return { type: 'if', branches, ...(otherwise ? { otherwise } : {}), redirections: this.#redirections() };
  }

  #while(until: boolean): Command {
    this.#at++;
    const test = this.#body(['do'], 'do');
    const body = this.#doneBody();
    return { type: 'while', until, test, body, redirections: this.#redirections() };
  }

  #for(): Command {
    this.#at++;
    const name = this.#next().text;
    const words: string[] = [];
    this.#skipNewlines();
    if (this.#isWord('in')) {
      this.#at++;
      while (this.#peek().type === 'word') words.push(this.#next().text);
    } else words.push('"$@"');
    if (this.#isOperator(';')) this.#at++;
    this.#skipNewlines();
    const body = this.#doneBody();
    return { type: 'for', name, words, body, redirections: this.#redirections() };
  }

  #doneBody(): Command {
    this.#expect('do');
    const body = this.#body(['done'], 'done');
    this.#expect('done');
    return body;
  }

  #case(): Command {
    this.#at++;
    const word = this.#next().text;
    this.#expect('in');
    const arms: { patterns: string[]; body: Command }[] = [];
    this.#skipNewlines();
    while (!this.#isWord('esac')) {
      if (this.#peek().type === 'end') throw this.#unexpected();
      if (this.#isOperator('(')) this.#at++;
      const patterns = [this.#next().text];
      while (this.#isOperator('|')) {
        this.#at++;
        patterns.push(this.#next().text);
      }
      this.#expect(')');
      arms.push({ patterns, body: this.list([';;', 'esac']) });
      if (this.#isOperator(';;')) this.#at++;
      this.#skipNewlines();
    }
    this.#at++;
    return { type: 'case', word, arms, redirections: this.#redirections() };
  }

  #simple(): Command {
    const assignments: [string, string][] = [];
    const words: string[] = [];
    const redirections: Redirection[] = [];
    const { line } = this.#peek();
    for (;;) {
      const token = this.#peek();
      const redirection = this.#redirection();
      if (redirection) redirections.push(redirection);
      else if (token.type !== 'word') break;
      else {
        this.#at++;
        const assignment = /^([A-Za-z_]\w*\+?)=([\s\S]*)$/.exec(token.text);
        if (assignment && words.length === 0) assignments.push([assignment[1]!, assignment[2]!]);
        else words.push(token.text);
      }
    }
    if (assignments.length + words.length + redirections.length === 0) throw this.#unexpected();
    return { type: 'simple', assignments, words, redirections, line };
  }

  #redirections(): Redirection[] {
    const all: Redirection[] = [];
    for (let next = this.#redirection(); next; next = this.#redirection()) all.push(next);
    return all;
  }

  #redirection(): Redirection | undefined {
    const token = this.#peek();
    if (token.type !== 'operator' || !/^&?[<>]/.test(token.text)) return undefined;
    this.#at++;
    const target = this.#next();
    if (target.type !== 'word') {
      this.#at--;
      throw this.#unexpected();
    }
    const operator = (token.text === '<<-' ? '<<' : token.text) as Redirection['operator'];
    return { descriptor: token.descriptor ?? (operator.startsWith('<') ? 0 : 1), operator, target: target.text, ...(target.hereDocument ? { hereDocument: target.hereDocument } : {}) };
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#tokens[this.#at]!;
    if (token.type !== 'end') this.#at++;
    return token;
  }

  #isWord(text: string): boolean {
    const token = this.#peek();
    return token.type === 'word' && token.text === text;
  }

  #isOperator(text: string): boolean {
    const token = this.#peek();
    return token.type === 'operator' && token.text === text;
  }

  #expect(text: string): void {
    this.#skipNewlines();
    if (this.#peek().text !== text || this.#peek().type === 'end') throw this.#unexpected(text);
    this.#at++;
  }

  #unexpected(expecting?: string): ShellSyntaxError {
    const { type, text, line } = this.#peek();
    const what = type === 'end' ? 'end of file' : type === 'newline' ? 'newline' : type === 'operator' ? `"${text}"` : RESERVED_ENDS.has(text) ? `"${text}"` : 'word';
    const message = `syntax error: unexpected ${what}${expecting ? ` (expecting "${expecting}")` : ''}`;
    return type === 'end' ? new UnfinishedError(message, line) : new ShellSyntaxError(message, line);
  }

  #skipNewlines(): void {
    while (this.#peek().type === 'newline') this.#at++;
  }
}
