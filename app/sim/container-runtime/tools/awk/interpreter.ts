import type { Process } from '../../processes/process.ts';
import { posixExpression } from '../regex.ts';
import { callBuiltin } from './builtins.ts';
import type { AwkProgram, Expression, Rule, Statement } from './syntax.ts';
import { AwkStreams } from './streams.ts';
import { compare, fromInput, toBoolean, toNumber, toText, type Value } from './values.ts';
import { printfText } from '../printf.ts';

type Cell = Value | Map<string, Value> | undefined;

/** `next`, `break`, `exit` and `return` on their way. */
class Jump extends Error {
  readonly kind: 'next' | 'nextfile' | 'break' | 'continue' | 'exit' | 'return';
  readonly value: Value | undefined;
  constructor(kind: Jump['kind'], value?: Value) {
    super(kind);
    this.kind = kind;
    this.value = value;
  }
}

/** Runs an awk program in a container's process: records as they come, output as it is printed. */
export class Awk {
  readonly process: Process;
  readonly #program: AwkProgram;
  readonly globals = new Map<string, Cell>();
  readonly streams: AwkStreams;
  readonly #locals: Map<string, Cell>[] = [];
  readonly #expressions = new Map<string, RegExp>();
  readonly #inRange = new Set<Rule>();
  #record = '';
  #fields: Value[] | undefined;
  #joined = true;

  constructor(process: Process, program: AwkProgram, separator: string | undefined) {
    this.process = process;
    this.#program = program;
    this.streams = new AwkStreams(process);
    for (const [name, value] of Object.entries({ FS: separator ?? ' ', OFS: ' ', ORS: '\n', RS: '\n', SUBSEP: '\u001c', CONVFMT: '%.6g', OFMT: '%.6g' })) this.globals.set(name, value);
    for (const name of ['NR', 'FNR', 'RSTART', 'NF']) this.globals.set(name, 0);
    this.globals.set('RLENGTH', -1);
    this.globals.set('ENVIRON', new Map(Object.entries(process.env).map(([name, value]) => [name, fromInput(value)])));
  }

  async run(files: readonly string[]): Promise<number> {
    let code = 0;
    const rules = (kind: 'BEGIN' | 'END'): Rule[] => this.#program.rules.filter(({ pattern }) => pattern === kind);
    const main = this.#program.rules.filter(({ pattern }) => pattern !== 'BEGIN' && pattern !== 'END');
    try {
      for (const rule of rules('BEGIN')) await this.#statement(rule.action!);
      if (main.length > 0 || rules('END').length > 0) {
        this.streams.open(files, (assignment, value) => this.globals.set(assignment, fromInput(value)));
        while (await this.#nextRecord()) await this.#rules(main);
      }
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'exit') throw error;
      code = toNumber(error.value);
    }
    try {
      for (const rule of rules('END')) await this.#statement(rule.action!);
    } catch (error) {
      if (!(error instanceof Jump) || error.kind !== 'exit') throw error;
      code = error.value === undefined ? code : toNumber(error.value);
    }
    await this.streams.close();
    return code || (this.streams.failed ? 2 : 0);
  }

  async #nextRecord(): Promise<boolean> {
    const record = await this.streams.record(this.text('RS'), this.text('FS'));
    if (!record) return false;
    const waiting = this.process.compute(0.01);
    if (waiting) await waiting;
    this.globals.set('NR', toNumber(this.globals.get('NR') as Value) + 1);
    this.globals.set('FNR', record.isFirst ? 1 : toNumber(this.globals.get('FNR') as Value) + 1);
    this.globals.set('FILENAME', record.file);
    this.setRecord(record.text);
    return true;
  }

  async #rules(rules: readonly Rule[]): Promise<void> {
    try {
      for (const rule of rules) {
        if (!(await this.#applies(rule))) continue;
        if (rule.action) await this.#statement(rule.action);
        else await this.process.write(`${this.record}${this.text('ORS')}`);
      }
    } catch (error) {
      if (!(error instanceof Jump) || (error.kind !== 'next' && error.kind !== 'nextfile')) throw error;
      if (error.kind === 'nextfile') this.streams.skipFile();
    }
  }

  async #applies(rule: Rule): Promise<boolean> {
    const { pattern, until } = rule;
    if (pattern === undefined || pattern === 'BEGIN' || pattern === 'END') return true;
    if (!until) return toBoolean(await this.value(pattern));
    if (!this.#inRange.has(rule)) {
      if (!toBoolean(await this.value(pattern))) return false;
      this.#inRange.add(rule);
    }
    if (toBoolean(await this.value(until))) this.#inRange.delete(rule);
    return true;
  }

  // ── record and fields ──

  get record(): string {
    if (!this.#joined) {
      this.#record = this.#split().map((field) => toText(field)).join(this.text('OFS'));
      this.#joined = true;
    }
    return this.#record;
  }

  setRecord(text: string): void {
    this.#record = text;
    this.#joined = true;
    this.#fields = undefined;
  }

  #split(): Value[] {
    this.#fields ??= this.split(this.#record, this.text('FS')).map(fromInput);
    return this.#fields;
  }

  /** A text cut at a separator: a blank means runs of white space, one character itself, more an expression. */
  split(text: string, separator: string): string[] {
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/[ \t\n]+/);
    if (text === '') return [];
    if (separator === '') return [...text];
    return separator.length === 1 && separator !== '|' && !/[.*+?^$()[\]{}\\]/.test(separator) ? text.split(separator) : separator.length === 1 ? text.split(separator) : text.split(this.expression(separator));
  }

  #field(index: number): Value | undefined {
    return index === 0 ? fromInput(this.record) : this.#split()[index - 1];
  }

  #setField(index: number, value: Value): void {
    if (index === 0) return this.setRecord(toText(value));
    const fields = this.#split();
    while (fields.length < index) fields.push('');
    fields[index - 1] = value;
    this.#joined = false;
  }

  expression(source: string): RegExp {
    let known = this.#expressions.get(source);
    if (!known) this.#expressions.set(source, (known = posixExpression(source, { extended: true })));
    return known;
  }

  // ── variables ──

  text(name: string): string {
    return toText(this.globals.get(name) as Value | undefined);
  }

  #scope(name: string): Map<string, Cell> {
    const local = this.#locals[this.#locals.length - 1];
    return local?.has(name) ? local : this.globals;
  }

  get(name: string): Value | undefined {
    if (name === 'NF') return this.#split().length;
    const cell = this.#scope(name).get(name);
    return cell instanceof Map ? undefined : cell;
  }

  set(name: string, value: Value): void {
    if (name === 'NF') {
      const count = toNumber(value);
      const fields = this.#split();
      fields.length = Math.min(fields.length, count);
      while (fields.length < count) fields.push('');
      this.#joined = false;
      return;
    }
    this.#scope(name).set(name, value);
  }

  array(name: string): Map<string, Value> {
    const scope = this.#scope(name);
    let cell = scope.get(name);
    if (!(cell instanceof Map)) scope.set(name, (cell = new Map<string, Value>()));
    return cell;
  }

  async #key(keys: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const key of keys) parts.push(toText(await this.value(key)));
    return parts.join(this.text('SUBSEP'));
  }

  async assign(target: Expression, value: Value): Promise<void> {
    if (target.type === 'variable') this.set(target.name, value);
    else if (target.type === 'field') this.#setField(toNumber(await this.value(target.index)), value);
    else if (target.type === 'element') this.array(target.name).set(await this.#key(target.keys), value);
  }

  // ── expressions ──

  async value(expression: Expression): Promise<Value | undefined> {
    switch (expression.type) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return Number(this.expression(expression.source).test(this.record));
      case 'variable':
        return this.get(expression.name);
      case 'field':
        return this.#field(toNumber(await this.value(expression.index)));
      case 'element': {
        const array = this.array(expression.name);
        const key = await this.#key(expression.keys);
        if (!array.has(key)) array.set(key, '');
        return array.get(key);
      }
      case 'in':
        return Number(this.array(expression.name).has(await this.#key(expression.keys)));
      case 'assign':
        return this.#assignment(expression);
      case 'step': {
        const before = toNumber(await this.value(expression.target));
        await this.assign(expression.target, before + expression.by);
        return expression.prefix ? before + expression.by : before;
      }
      case 'binary':
        return this.#binary(expression);
      case 'unary': {
        const value = await this.value(expression.operand);
        return expression.operator === '()' ? value : expression.operator === '!' ? Number(!toBoolean(value)) : expression.operator === '-' ? -toNumber(value) : toNumber(value);
      }
      case 'ternary':
        return toBoolean(await this.value(expression.test)) ? this.value(expression.yes) : this.value(expression.no);
      case 'call':
        return this.#program.functions.has(expression.name) ? this.#call(expression.name, expression.args) : callBuiltin(this, expression.name, expression.args);
      case 'getline':
        return this.#getline(expression);
    }
  }

  async #assignment({ operator, target, value }: Extract<Expression, { type: 'assign' }>): Promise<Value> {
    const right = (await this.value(value)) ?? '';
    const result = operator === '' ? right : operate(operator, toNumber(await this.value(target)), toNumber(right));
    await this.assign(target, result);
    return result;
  }

  async #binary({ operator, left, right }: Extract<Expression, { type: 'binary' }>): Promise<Value> {
    const a = await this.value(left);
    if (operator === '&&') return Number(toBoolean(a) && toBoolean(await this.value(right)));
    if (operator === '||') return Number(toBoolean(a) || toBoolean(await this.value(right)));
    if (operator === '~' || operator === '!~') {
      const expression = right.type === 'regex' ? this.expression(right.source) : this.expression(toText(await this.value(right)));
      return Number(expression.test(toText(a)) === (operator === '~'));
    }
    const b = await this.value(right);
    switch (operator) {
      case ' ':
        return toText(a, this.text('CONVFMT')) + toText(b, this.text('CONVFMT'));
      case '<':
        return Number(compare(a, b) < 0);
      case '<=':
        return Number(compare(a, b) <= 0);
      case '>':
        return Number(compare(a, b) > 0);
      case '>=':
        return Number(compare(a, b) >= 0);
      case '==':
        return Number(compare(a, b) === 0);
      case '!=':
        return Number(compare(a, b) !== 0);
      default:
        return operate(operator, toNumber(a), toNumber(b));
    }
  }

  async #getline({ target, file, command }: Extract<Expression, { type: 'getline' }>): Promise<Value> {
    const line = file ? await this.streams.lineOfFile(toText(await this.value(file))) : command ? await this.streams.lineOfCommand(toText(await this.value(command))) : (await this.streams.record(this.text('RS'), this.text('FS')))?.text;
    if (line === undefined) return 0;
    if (line === null) return -1;
    if (!file) this.globals.set('NR', toNumber(this.globals.get('NR') as Value) + 1);
    if (target) await this.assign(target, fromInput(line));
    else this.setRecord(line);
    return 1;
  }

  async #call(name: string, args: readonly Expression[]): Promise<Value | undefined> {
    const { parameters, body } = this.#program.functions.get(name)!;
    const scope = new Map<string, Cell>();
    for (const [index, parameter] of parameters.entries()) {
      const arg = args[index];
      const isArray = arg?.type === 'variable' && (this.#scope(arg.name).get(arg.name) instanceof Map || this.#scope(arg.name).get(arg.name) === undefined);
      scope.set(parameter, arg === undefined ? undefined : isArray ? (this.#scope(arg.name).get(arg.name) ?? this.array(arg.name)) : await this.value(arg));
    }
    this.#locals.push(scope);
    try {
      await this.#statement(body);
      return undefined;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.#locals.pop();
    }
  }

  // ── statements ──

  async #statement(statement: Statement): Promise<void> {
    switch (statement.type) {
      case 'block':
        for (const item of statement.body) await this.#statement(item);
        return;
      case 'expression':
        await this.value(statement.expression);
        return;
      case 'print':
        return this.#print(statement);
      case 'if':
        if (toBoolean(await this.value(statement.test))) await this.#statement(statement.yes);
        else if (statement.no) await this.#statement(statement.no);
        return;
      case 'while':
        if (statement.first && !(await this.#body(statement.body))) return;
        while (toBoolean(await this.value(statement.test)) && (await this.#body(statement.body)));
        return;
      case 'for':
        if (statement.start) await this.#statement(statement.start);
        while ((!statement.test || toBoolean(await this.value(statement.test))) && (await this.#body(statement.body))) if (statement.step) await this.#statement(statement.step);
        return;
      case 'for-in':
        for (const key of [...this.array(statement.name).keys()]) {
          this.set(statement.variable, fromInput(key));
          if (!(await this.#body(statement.body))) return;
        }
        return;
      case 'delete':
        if (statement.keys) this.array(statement.name).delete(await this.#key(statement.keys));
        else this.array(statement.name).clear();
        return;
      case 'exit':
      case 'return':
        throw new Jump(statement.type, statement.value && (await this.value(statement.value)));
      default:
        throw new Jump(statement.type);
    }
  }

  /** False when the loop is to end. */
  async #body(body: Statement): Promise<boolean> {
    const waiting = this.process.compute(0.01);
    if (waiting) await waiting;
    try {
      await this.#statement(body);
      return true;
    } catch (error) {
      if (error instanceof Jump && error.kind === 'continue') return true;
      if (error instanceof Jump && error.kind === 'break') return false;
      throw error;
    }
  }

  async #print({ formatted, args, output }: Extract<Statement, { type: 'print' }>): Promise<void> {
    const values: string[] = [];
    for (const arg of args) values.push(toText(await this.value(arg), this.text('OFMT')));
    const text = formatted ? printfText(protect(values[0] ?? ''), values.slice(1)).text : `${args.length === 0 ? this.record : values.join(this.text('OFS'))}${this.text('ORS')}`;
    if (!output) await this.process.write(text);
    else await this.streams.print(text, output.operator, toText(await this.value(output.target)));
  }
}

/** awk has seen to escapes already. */
function protect(format: string): string {
  return format.replace(/\\/g, '\\\\');
}

function operate(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0) throw new Error('Division by zero');
      return a / b;
    case '%':
      if (b === 0) throw new Error('Division by zero');
      return a % b;
    default:
      return a ** b;
  }
}
