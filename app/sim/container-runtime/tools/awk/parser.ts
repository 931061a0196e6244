import { tokenizeAwk, type AwkToken } from './lexer.ts';
import { AwkSyntaxError, type AwkFunction, type AwkProgram, type Expression, type OutputTarget, type Rule, type Statement } from './syntax.ts';

export function parseAwk(text: string): AwkProgram {
  return new AwkParser(tokenizeAwk(text)).program();
}

const ASSIGNMENTS: Readonly<Record<string, string>> = { '=': '', '+=': '+', '-=': '-', '*=': '*', '/=': '/', '%=': '%', '^=': '^', '**=': '^' };

class AwkParser {
  readonly #tokens: readonly AwkToken[];
  #at = 0;
  /** Inside `print … > file` a `>` is not a comparison; inside `for (x in y)` etc. `in` is. */
  #noGreater = false;
  #noIn = false;

  constructor(tokens: readonly AwkToken[]) {
    this.#tokens = tokens;
  }

  program(): AwkProgram {
    const rules: Rule[] = [];
    const functions = new Map<string, AwkFunction>();
    for (this.#skip(); this.#peek().type !== 'end'; this.#skip()) {
      if (this.#isKeyword('function') || this.#isKeyword('func')) {
        this.#at++;
        const name = this.#next().text;
        functions.set(name, this.#function());
      } else rules.push(this.#rule());
    }
    return { rules, functions };
  }

  #function(): AwkFunction {
    this.#expect('(');
    const parameters: string[] = [];
    while (!this.#accept(')')) {
      parameters.push(this.#next().text);
      this.#accept(',');
    }
    this.#newlines();
    return { parameters, body: this.#block() };
  }

  #rule(): Rule {
    let pattern: Rule['pattern'];
    let until: Expression | undefined;
    if (this.#isKeyword('BEGIN') || this.#isKeyword('END')) pattern = this.#next().text as 'BEGIN';
    else if (!this.#is('{')) {
      pattern = this.#expression();
      if (this.#accept(',')) {
        this.#newlines();
        until = this.#expression();
      }
    }
    const action = this.#is('{') ? this.#block() : undefined;
    return { pattern, action, ...(until ? { until } : {}) };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    for (this.#skip(); !this.#accept('}'); this.#skip()) {
      if (this.#peek().type === 'end') throw new AwkSyntaxError('Unexpected end of string');
      body.push(this.#statement());
    }
    return { type: 'block', body };
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block();
    if (this.#accept(';')) return { type: 'block', body: [] };
    const { type, text } = this.#peek();
    if (type === 'keyword') {
      switch (text) {
        case 'if':
          return this.#if();
        case 'while': {
          this.#at++;
          this.#expect('(');
          const test = this.#expression();
          this.#expect(')');
          this.#newlines();
          return { type: 'while', test, body: this.#statement(), first: false };
        }
        case 'do':
          return this.#do();
        case 'for':
          return this.#for();
      }
    }
    const statement = this.#simple();
    if (!this.#is('}') && this.#peek().type !== 'end' && !this.#accept(';') && this.#peek().type !== 'newline') throw new AwkSyntaxError('Unexpected token');
    return statement;
  }

  #if(): Statement {
    this.#at++;
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    this.#newlines();
    const yes = this.#statement();
    const before = this.#at;
    this.#skip();
    if (this.#isKeyword('else')) {
      this.#at++;
      this.#newlines();
      return { type: 'if', test, yes, no: this.#statement() };
    }
    this.#at = before;
    return { type: 'if', test, yes };
  }

  #do(): Statement {
    this.#at++;
    this.#newlines();
    const body = this.#statement();
    this.#skip();
    this.#at++;
    this.#expect('(');
    const test = this.#expression();
    this.#expect(')');
    return { type: 'while', test, body, first: true };
  }

  #for(): Statement {
    this.#at++;
    this.#expect('(');
    const [variable, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (variable?.type === 'name' && word?.text === 'in' && array?.type === 'name' && close?.text === ')') {
      this.#at += 4;
      this.#newlines();
      return { type: 'for-in', variable: variable.text, name: array.text, body: this.#statement() };
    }
    const start = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    const test = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    this.#newlines();
    return { type: 'for', body: this.#statement(), ...(start ? { start } : {}), ...(test ? { test } : {}), ...(step ? { step } : {}) };
  }

  #simple(): Statement {
    const { type, text } = this.#peek();
    if (type === 'keyword') {
      switch (text) {
        case 'print':
        case 'printf':
          this.#at++;
          return this.#print(text === 'printf');
        case 'next':
        case 'nextfile':
        case 'break':
        case 'continue':
          this.#at++;
          return { type: text };
        case 'exit':
        case 'return': {
          this.#at++;
          const hasValue = !this.#ends();
          return { type: text, ...(hasValue ? { value: this.#expression() } : {}) };
        }
        case 'delete': {
          this.#at++;
          const name = this.#next().text;
          if (!this.#accept('[')) return { type: 'delete', name };
          const keys = this.#list(']');
          return { type: 'delete', name, keys };
        }
      }
    }
    return { type: 'expression', expression: this.#expression() };
  }

  #print(formatted: boolean): Statement {
    const args: Expression[] = [];
    const before = this.#noGreater;
    this.#noGreater = true;
    if (!this.#ends() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      const grouping = this.#is('(') && this.#closesBeforeEnd();
      if (grouping) {
        this.#at++;
        this.#noGreater = false;
        args.push(...this.#list(')'));
        this.#noGreater = true;
      } else {
        do {
          this.#newlines();
          args.push(this.#expression());
        } while (this.#accept(','));
      }
    }
    const operator = (['>', '>>', '|'] as const).find((candidate) => this.#is(candidate));
    let output: OutputTarget | undefined;
    if (operator) {
      this.#at++;
      output = { operator, target: this.#concatenation() };
    }
    this.#noGreater = before;
    return { type: 'print', formatted, args, ...(output ? { output } : {}) };
  }

  /** `print (a, b)` and `print (a)(b)`: is the closing bracket the end of the statement? */
  #closesBeforeEnd(): boolean {
    let depth = 0;
    for (let at = this.#at; at < this.#tokens.length; at++) {
      const { text, type } = this.#tokens[at]!;
      if (type === 'operator' && text === '(') depth++;
      else if (type === 'operator' && text === ')' && --depth === 0) {
        const following = this.#tokens[at + 1]!;
        return ['newline', 'end'].includes(following.type) || [';', '}', '>', '>>', '|'].includes(following.text);
      }
    }
    return false;
  }

  #expression(): Expression {
    const left = this.#ternary();
    const operator = ASSIGNMENTS[this.#peek().text];
    if (this.#peek().type === 'operator' && operator !== undefined && ['variable', 'field', 'element'].includes(left.type)) {
      this.#at++;
      this.#newlines();
      return { type: 'assign', operator, target: left, value: this.#expression() };
    }
    return left;
  }

  #ternary(): Expression {
    const test = this.#or();
    if (!this.#accept('?')) return test;
    this.#newlines();
    const yes = this.#expression();
    this.#newlines();
    this.#expect(':');
    this.#newlines();
    return { type: 'ternary', test, yes, no: this.#expression() };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept('||')) {
      this.#newlines();
      left = { type: 'binary', operator: '||', left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#membership();
    while (this.#accept('&&')) {
      this.#newlines();
      left = { type: 'binary', operator: '&&', left, right: this.#membership() };
    }
    return left;
  }

  #membership(): Expression {
    let left = this.#match();
    while (this.#isKeyword('in') && !this.#noIn) {
      this.#at++;
      left = { type: 'in', name: this.#next().text, keys: [left] };
    }
    return left;
  }

  #match(): Expression {
    let left = this.#comparison();
    while (this.#is('~') || this.#is('!~')) {
      const operator = this.#next().text;
      left = { type: 'binary', operator, left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): Expression {
    let left = this.#concatenation();
    for (;;) {
      const { type, text } = this.#peek();
      if (type === 'operator' && (['<', '<=', '==', '!=', '>='].includes(text) || (text === '>' && !this.#noGreater))) {
        this.#at++;
        left = { type: 'binary', operator: text, left, right: this.#concatenation() };
      } else if (type === 'operator' && text === '|' && this.#tokens[this.#at + 1]?.text === 'getline') {
        this.#at += 2;
        const target = this.#startsTarget() ? this.#primary() : undefined;
        left = { type: 'getline', command: left, ...(target ? { target } : {}) };
      } else return left;
    }
  }

  #concatenation(): Expression {
    let left = this.#additive();
    while (this.#startsValue()) left = { type: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #startsValue(): boolean {
    const { type, text } = this.#peek();
    if (['number', 'string', 'regex', 'name', 'call'].includes(type)) return true;
    return type === 'operator' && ['$', '(', '!', '-', '+', '++', '--'].includes(text) && !(text === '!' && this.#tokens[this.#at + 1]?.text === '~');
  }

  #startsTarget(): boolean {
    const { type, text } = this.#peek();
    return type === 'name' || text === '$';
  }

  #additive(): Expression {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) left = { type: 'binary', operator: this.#next().text, left, right: this.#multiplicative() };
    return left;
  }

  #multiplicative(): Expression {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) left = { type: 'binary', operator: this.#next().text, left, right: this.#unary() };
    return left;
  }

  #unary(): Expression {
    for (const operator of ['!', '-', '+']) {
      if (this.#is(operator)) {
        this.#at++;
        return { type: 'unary', operator, operand: this.#unary() };
      }
    }
    return this.#power();
  }

  #power(): Expression {
    const left = this.#postfix();
    if (!this.#is('^') && !this.#is('**')) return left;
    this.#at++;
    return { type: 'binary', operator: '^', left, right: this.#unary() };
  }

  #postfix(): Expression {
    if (this.#is('++') || this.#is('--')) {
      const by = this.#next().text === '++' ? 1 : -1;
      return { type: 'step', by, prefix: true, target: this.#primary() };
    }
    const target = this.#primary();
    if ((this.#is('++') || this.#is('--')) && ['variable', 'field', 'element'].includes(target.type)) return { type: 'step', by: this.#next().text === '++' ? 1 : -1, prefix: false, target };
    return target;
  }

  #primary(): Expression {
    const token = this.#next();
    switch (token.type) {
      case 'number':
        return { type: 'number', value: Number(token.text) };
      case 'string':
        return { type: 'string', value: token.text };
      case 'regex':
        return { type: 'regex', source: token.text };
      case 'call':
        this.#expect('(');
        return { type: 'call', name: token.text, args: this.#list(')') };
      case 'name':
        if (this.#accept('[')) return { type: 'element', name: token.text, keys: this.#list(']') };
        if (token.text === 'length') return { type: 'call', name: 'length', args: [] };
        return { type: 'variable', name: token.text };
      case 'keyword':
        if (token.text === 'getline') {
          const target = this.#startsTarget() ? this.#primary() : undefined;
          const file = this.#accept('<') ? this.#primary() : undefined;
          return { type: 'getline', ...(target ? { target } : {}), ...(file ? { file } : {}) };
        }
        throw new AwkSyntaxError('Unexpected token');
      case 'operator':
        if (token.text === '$') return { type: 'field', index: this.#is('++') || this.#is('--') ? this.#postfix() : this.#primary() };
        if (token.text === '(') return this.#grouped();
        if (token.text === '-' || token.text === '+' || token.text === '!') return { type: 'unary', operator: token.text, operand: this.#primary() };
    }
    throw new AwkSyntaxError(token.type === 'end' ? 'Unexpected end of string' : 'Unexpected token');
  }

  #grouped(): Expression {
    const before = this.#noGreater;
    this.#noGreater = false;
    const list = this.#list(')');
    this.#noGreater = before;
    if (list.length > 1) {
      if (!this.#isKeyword('in')) throw new AwkSyntaxError('Unexpected token');
      this.#at++;
      return { type: 'in', name: this.#next().text, keys: list };
    }
    // Brackets keep an expression from being the target of an assignment, and a regex from being one.
    return { type: 'unary', operator: '()', operand: list[0]! };
  }

  #list(close: string): Expression[] {
    const items: Expression[] = [];
    this.#newlines();
    while (!this.#accept(close)) {
      items.push(this.#expression());
      this.#newlines();
      if (!this.#accept(',') && !this.#is(close)) throw new AwkSyntaxError('Unexpected token');
      this.#newlines();
    }
    return items;
  }

  #ends(): boolean {
    const { type, text } = this.#peek();
    return type === 'end' || type === 'newline' || (type === 'operator' && (text === ';' || text === '}'));
  }

  #peek(): AwkToken {
    return this.#tokens[this.#at]!;
  }

  #next(): AwkToken {
    const token = this.#tokens[this.#at]!;
    if (token.type !== 'end') this.#at++;
    return token;
  }

  #is(operator: string): boolean {
    const token = this.#peek();
    return token.type === 'operator' && token.text === operator;
  }

  #isKeyword(text: string): boolean {
    const token = this.#peek();
    return token.type === 'keyword' && token.text === text;
  }

  #accept(operator: string): boolean {
    if (!this.#is(operator)) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#accept(operator)) throw new AwkSyntaxError(this.#peek().type === 'end' ? 'Unexpected end of string' : 'Unexpected token');
  }

  #newlines(): void {
    while (this.#peek().type === 'newline') this.#at++;
  }

  #skip(): void {
    while (this.#peek().type === 'newline' || this.#is(';')) this.#at++;
  }
}
