import { BytePipe } from '../../machinery/streams.ts';
import { FileError, normalize } from '../filesystem/filesystem.ts';
import { abandon, CommandNotFound, Process, ProcessExit, type Input, type Output } from '../processes/process.ts';
import { SIGNAL_TEXTS } from '../processes/signals.ts';
import { arithmetic, ArithmeticError } from './arithmetic.ts';
import { builtinOf, ControlFlow, SPECIAL } from './builtins.ts';
import type { Descriptor } from './descriptors.ts';
import { contextOf } from './context.ts';
import { expandPattern, expandText, expandWord, ExpansionError, type ExpansionContext } from './expansion.ts';
import { complaintPrefix, notFound, syntaxError, type Flavor } from './flavor.ts';
import { globExpression } from './glob.ts';
import { parse, ShellSyntaxError, UnfinishedError, type Command, type Compound, type Redirection } from './parser.ts';
import { redirect } from './redirections.ts';
import { Traps } from './traps.ts';
import { Variables } from './variables.ts';
import { describe, expansionWords, times, traced } from './words.ts';

const encoder = new TextEncoder();
/** What one command costs the processor; more when a script has been spinning for a while. */
const COMMAND_MS = 0.1;
const SPINNING_MS = 1;

export interface Job {
  readonly number: number;
  readonly process: Process;
  readonly text: string;
}

/**
 * Runs shell scripts inside a container's process, streaming: what a command prints leaves at once, and waits are waits on
 * the virtual clock, so `while true; do date; sleep 5; done` costs nothing between two lines. Every command costs CPU time,
 * so a loop that never waits is pre-empted ({@link Process.compute}).
 */
export class Shell {
  readonly process: Process;
  readonly flavor: Flavor;
  readonly variables: Variables;
  readonly functions = new Map<string, Command>();
  readonly traps: Traps;
  readonly options = { exitOnError: false, trace: false, unset: false, noGlob: false, noClobber: false, pipeFail: false };
  readonly jobs: Job[] = [];
  /** False in a subshell that shares its parent's process. */
  readonly ownsProcess: boolean;
  descriptors: Map<number, Descriptor>;
  parameters: string[];
  name: string;
  cwd: string;
  status = 0;
  lastBackground = 0;
  line = 1;
  interactive = false;
  #testing = false;
  /** Status of the last command substitution: what an assignment returns. */
  substituted = 0;

  constructor(process: Process, flavor: Flavor, name: string, parent?: Shell) {
    this.process = process;
    this.flavor = flavor;
    this.name = name;
    this.ownsProcess = parent?.process !== process;
    this.traps = new Traps(process);
    this.cwd = parent?.cwd ?? process.cwd;
    this.parameters = [...(parent?.parameters ?? [])];
    this.variables = parent ? parent.variables.copy() : new Variables(process.env);
    this.status = parent?.status ?? 0;
    this.line = parent?.line ?? 1;
    this.lastBackground = parent?.lastBackground ?? 0;
    for (const [key, value] of parent?.functions ?? []) this.functions.set(key, value);
    Object.assign(this.options, parent?.options ?? {});
    this.descriptors = parent ? new Map(parent.descriptors) : new Map<number, Descriptor>([[0, { input: process.stdin, tty: process.tty }], [1, { output: process.stdout, tty: process.tty }], [2, { output: process.stderr, tty: process.tty }], ...(process.descriptors ?? [])]);
  }

  /** Runs a script and returns its exit status. `exit` throws ProcessExit. */
  async runScript(text: string): Promise<number> {
    let command: Command;
    try {
      command = parse(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      if (this.interactive && error instanceof UnfinishedError) throw error;
      this.complain(syntaxError(this.flavor, this.place, error.message, this.line + error.line - 1));
      return (this.status = 2);
    }
    return this.run(command);
  }

  /** Runs the whole of a shell's life: script, then the EXIT trap. */
  async runToEnd(script: () => Promise<number>): Promise<number> {
    let code: number;
    try {
      code = await script();
      await this.#runTraps();
    } catch (error) {
      if (error instanceof ControlFlow) code = this.status;
      else if (!(error instanceof ProcessExit) || this.process.ended) throw error;
      else code = error.exitCode;
    }
    const onExit = this.traps.actions.get('EXIT');
    if (onExit === undefined) return code;
    this.traps.set('EXIT', undefined);
    this.status = code;
    try {
      await this.runScript(onExit);
    } catch (error) {
      if (error instanceof ProcessExit && !this.process.ended) return error.exitCode;
      throw error;
    }
    return code;
  }

  get place(): { name: string; line: number; interactive: boolean } {
    return { name: this.name, line: this.line, interactive: this.interactive };
  }

  get prefix(): string {
    return complaintPrefix(this.flavor, this.place);
  }

  get input(): Input {
    return this.descriptors.get(0)?.input ?? EMPTY;
  }

  get output(): Output {
    return this.descriptors.get(1)?.output ?? NOWHERE;
  }

  get errors(): Output {
    return this.descriptors.get(2)?.output ?? NOWHERE;
  }

  print(text: string): void {
    if (!this.output.write(encoder.encode(text)) && !this.process.ended) throw new ProcessExit(141);
  }

  complain(message: string): void {
    this.errors.write(encoder.encode(`${message}\n`));
  }

  async run(command: Command): Promise<number> {
    if (this.process.ended) throw new ProcessExit(137);
    if (this.traps.isPending) await this.#runTraps();
    switch (command.type) {
      case 'list':
        return this.#list(command);
      case 'pipeline':
        return this.#pipeline(command);
      case 'simple':
        return this.#simple(command);
      default:
        return this.#withRedirections(command.redirections, () => this.#compound(command));
    }
  }

  /** Others get their turn when this process has computed for long enough. */
  async #tick(): Promise<void> {
    const waiting = this.process.compute(this.process.cpuMs > 2_000 ? SPINNING_MS : COMMAND_MS);
    if (waiting) await waiting;
  }

  async #compound(command: Compound): Promise<number> {
    switch (command.type) {
      case 'if':
        for (const { test, body } of command.branches) if ((await this.#quietly(test)) === 0) return this.run(body);
        return command.otherwise ? this.run(command.otherwise) : (this.status = 0);
      case 'while':
        return this.#while(command);
      case 'for':
        return this.#for(command);
      case 'case':
        return this.#case(command);
      case 'function':
        this.functions.set(command.name, command.body);
        return (this.status = 0);
      case 'arithmetic':
        return (this.status = Number((await this.#guarded(async () => arithmetic(await expandText(`"${command.expression}"`, this.context()), this.context()))) === 0n));
      case 'group':
        return command.subshell ? (this.status = await this.subshell((shell) => shell.run(command.body))) : this.run(command.body);
    }
  }

  async #list({ items }: Extract<Command, { type: 'list' }>): Promise<number> {
    for (const [index, { command, then }] of items.entries()) {
      const previous = items[index - 1]?.then;
      if ((previous === '&&' && this.status !== 0) || (previous === '||' && this.status === 0)) continue;
      if (then === '&') {
        this.#background(command);
        continue;
      }
      const isTested = then === '&&' || then === '||';
      if (isTested) await this.#quietly(command);
      else await this.run(command);
      const isNegated = command.type === 'pipeline' && command.negated;
      if (this.options.exitOnError && this.status !== 0 && !isTested && !isNegated && !this.#testing && command.type !== 'if' && command.type !== 'while') throw new ProcessExit(this.status);
    }
    if (this.traps.isPending) await this.#runTraps();
    return this.status;
  }

  /** A condition: its failure is no reason to exit under `set -e`. */
  async #quietly(command: Command): Promise<number> {
    const before = this.#testing;
    this.#testing = true;
    try {
      return await this.run(command);
    } finally {
      this.#testing = before;
    }
  }

  /** A child process runs the command; the shell goes on. */
  #background(command: Command): void {
    const { process } = this;
    const input: Descriptor = this.interactive ? this.descriptors.get(0) ?? {} : { input: EMPTY };
    const child = new Process(process.world, process.argv, { env: process.env, cwd: this.cwd, stdin: input.input ?? EMPTY, stdout: this.output, stderr: this.errors, parent: process, background: true });
    const shell = this.#copy(child);
    shell.descriptors.set(0, input);
    void child.run(() => shell.runToEnd(() => (command.type === 'simple' ? shell.runLast(command) : shell.run(command))));
    this.lastBackground = child.pid;
    this.jobs.push({ number: (this.jobs[this.jobs.length - 1]?.number ?? 0) + 1, process: child, text: describe(command) });
    if (this.interactive) this.complain(`[${this.jobs.length}] ${child.pid}`);
    this.status = 0;
  }

  #copy(process: Process): Shell {
    const shell = new Shell(process, this.flavor, this.name, this);
    shell.#testing = this.#testing;
    return shell;
  }

  async #pipeline({ commands, negated, timed }: Extract<Command, { type: 'pipeline' }>): Promise<number> {
    const startedAt = this.process.world.clock.now();
    let status: number;
    if (commands.length === 1) status = negated ? await this.#quietly(commands[0]!) : await this.run(commands[0]!);
    else {
      const codes = await this.#connected(commands);
      status = this.options.pipeFail ? (codes.filter((code) => code !== 0).pop() ?? 0) : codes[codes.length - 1]!;
    }
    if (timed) this.complain(times(this.process.world.clock.now() - startedAt, this.flavor));
    return (this.status = negated ? Number(status === 0) : status);
  }

  async #connected(commands: readonly Command[]): Promise<number[]> {
    let input = this.descriptors.get(0);
    const running = commands.map((command, index) => {
      const pipe = index === commands.length - 1 ? undefined : new BytePipe();
      const own = input;
      input = { input: pipe ?? EMPTY };
      return this.subshell((shell) => {
        if (own) shell.descriptors.set(0, own);
        if (pipe) shell.descriptors.set(1, { output: pipe });
        return shell.run(command);
      }).finally(() => {
        pipe?.end();
        if (index > 0 && own?.input) abandon(own.input);
      });
    });
    return Promise.all(running);
  }

  /** Runs in a copy of this shell, as a forked child would; only the process is shared. */
  async subshell(body: (shell: Shell) => Promise<number>): Promise<number> {
    const shell = this.#copy(this.process);
    return shell.runToEnd(() => body(shell));
  }

  async #loop(body: Command): Promise<'break' | undefined> {
    try {
      await this.run(body);
    } catch (error) {
      if (!(error instanceof ControlFlow) || error.kind === 'return') throw error;
      if (--error.levels > 0) throw error;
      this.status = 0;
      if (error.kind === 'break') return 'break';
    }
    return undefined;
  }

  async #while({ test, body, until }: Extract<Command, { type: 'while' }>): Promise<number> {
    let result = 0;
    for (;;) {
      await this.#tick();
      if (((await this.#quietly(test)) === 0) === until) return (this.status = result);
      if (await this.#loop(body)) return (this.status = 0);
      result = this.status;
    }
  }

  async #for({ name, words, body }: Extract<Command, { type: 'for' }>): Promise<number> {
    const values = await this.#expandAll(words);
    this.status = 0;
    for (const value of values) {
      await this.#tick();
      this.variables.set(name, value);
      if (await this.#loop(body)) break;
    }
    return this.status;
  }

  async #case({ word, arms }: Extract<Command, { type: 'case' }>): Promise<number> {
    const value = await this.#guarded(() => expandText(word, this.context()));
    for (const { patterns, body } of arms) {
      for (const pattern of patterns) if (globExpression(await expandPattern(pattern, this.context())).test(value)) return body.type === 'list' && body.items.length === 0 ? (this.status = 0) : this.run(body);
    }
    return (this.status = 0);
  }

  /** Expansion that fails ends a script. */
  async #guarded<T>(expansion: () => Promise<T>): Promise<T> {
    try {
      return await expansion();
    } catch (error) {
      if (!(error instanceof ExpansionError || error instanceof ArithmeticError)) throw error;
      this.complain(`${this.prefix}${expansionWords(error, this.flavor)}`);
      throw this.interactive ? new ControlFlow('return', 2) : new ProcessExit(2);
    }
  }

  #expandAll(words: readonly string[]): Promise<string[]> {
    return this.#guarded(async () => {
      const all: string[] = [];
      for (const word of words) all.push(...(await expandWord(word, this.context())));
      return all;
    });
  }

  async #simple(command: Extract<Command, { type: 'simple' }>): Promise<number> {
    await this.#tick();
    this.line = command.line;
    this.substituted = 0;
    const words = await this.#expandAll(command.words);
    const assignments: [string, string][] = [];
    for (const [name, value] of command.assignments) assignments.push(await this.#guarded(async () => this.#assignment(name, await expandText(value, this.context()))));
    if (this.options.trace && (words.length > 0 || assignments.length > 0)) this.complain(`${await expandText(this.variables.get('PS4') ?? '+ ', this.context())}${[...assignments.map(([name, value]) => `${name}=${value}`), ...words.map((word) => traced(word, this.flavor))].join(' ')}`);
    if (words.length === 0) {
      const status = this.substituted;
      return this.#withRedirections(command.redirections, async () => {
        for (const [name, value] of assignments) this.assign(name, value);
        return (this.status = status);
      });
    }
    if (words[0] === 'exec') return this.#exec(words.slice(1), command.redirections);
    return this.#withRedirections(command.redirections, async () => (this.status = await this.execute(words, assignments)), SPECIAL.has(words[0]!));
  }

  #assignment(name: string, value: string): [string, string] {
    return name.endsWith('+') ? [name.slice(0, -1), `${this.variables.get(name.slice(0, -1)) ?? ''}${value}`] : [name, value];
  }

  /** Throws out of a script when the variable is read-only. */
  assign(name: string, value: string): void {
    if (this.variables.isReadOnly(name)) {
      this.complain(`${this.prefix}${name}: ${this.flavor === 'bash' ? 'readonly variable' : 'is read only'}`);
      throw new ProcessExit(this.flavor === 'bash' ? 1 : 2);
    }
    this.variables.set(name, value);
  }

  async execute(words: string[], assignments: readonly (readonly [string, string])[] = []): Promise<number> {
    const [name = '', ...args] = words;
    const own = this.functions.get(name);
    const builtin = own ? undefined : builtinOf(this.flavor, name);
    if (!own && !builtin) return this.spawn(words, { ...this.variables.exported(), PWD: this.cwd, ...Object.fromEntries(assignments) });
    const before = assignments.map(([key]): [string, string | undefined] => [key, this.variables.get(key)]);
    for (const [key, value] of assignments) this.assign(key, value);
    try {
      return own ? await this.#call(own, args) : await builtin!(this, args);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.complain(`${this.prefix}${this.flavor === 'ash' ? 'write error' : `${name}: I/O error`}: ${error.message}`.replace(`: I/O error: ${error.message}`, ': I/O error'));
      return 1;
    } finally {
      if (!SPECIAL.has(name)) for (const [key, value] of before) this.variables.restore(key, value);
    }
  }

  /** Runs a program and waits for it. */
  async spawn(words: readonly string[], env: Record<string, string>): Promise<number> {
    try {
      const child = this.process.world.spawn(words, {
        env, cwd: this.cwd, stdin: this.input, stdout: this.output, stderr: this.errors, parent: this.process, tty: this.descriptors.get(1)?.tty ?? false, background: this.process.background,
        descriptors: new Map([...this.descriptors].filter(([number]) => number > 2)),
      });
      const code = await child.exited;
      if (this.process.ended) throw new ProcessExit(137);
      const signal = child.endedBy;
      if (signal && SIGNAL_TEXTS[signal]) this.complain(this.flavor === 'bash' && !this.interactive ? `${this.name}: line ${this.line}: ${String(child.pid).padStart(5)} ${SIGNAL_TEXTS[signal]!.padEnd(24)}${words.join(' ')}` : SIGNAL_TEXTS[signal]!);
      return code;
    } catch (error) {
      if (!(error instanceof CommandNotFound)) throw error;
      const { text, status } = notFound(this.flavor, this.place, error.command, error.reason);
      this.complain(text);
      return status;
    }
  }

  /** The last command of a script: the shell's process becomes it, as `sh -c` does. */
  async runLast(command: Command): Promise<number> {
    const only = command.type === 'list' && command.items.length === 1 && command.items[0]!.then === ';' ? command.items[0]!.command : command;
    const name = only.type === 'simple' ? (only.words[0] ?? '') : '';
    const isProgram = /^[\w./-]+$/.test(name) && !this.functions.has(name) && !builtinOf(this.flavor, name) && name !== 'exec';
    if (only.type !== 'simple' || only.assignments.length > 0 || !this.ownsProcess || !isProgram) return this.run(command);
    this.line = only.line;
    const words = await this.#expandAll(only.words);
    if (this.options.trace) this.complain(`+ ${words.map((word) => traced(word, this.flavor)).join(' ')}`);
    return this.#withRedirections(only.redirections, () => this.become(words));
  }

  async #exec(words: string[], redirections: readonly Redirection[]): Promise<number> {
    const status = await redirect(this, redirections);
    if (status !== 0) throw new ProcessExit(status);
    if (words.length === 0) return (this.status = 0);
    throw new ProcessExit(await this.become(words, this.flavor === 'dash' ? 'exec: ' : ''));
  }

  /** This process goes on as another program. `who`: whose complaint it is when there is none. */
  async become(words: readonly string[], who = ''): Promise<number> {
    const env = { ...this.variables.exported(), PWD: this.cwd };
    if (!this.ownsProcess) return this.spawn(words, env);
    try {
      return await this.process.become(words, { env, cwd: this.cwd, stdin: this.input, stdout: this.output, stderr: this.errors });
    } catch (error) {
      if (!(error instanceof CommandNotFound)) throw error;
      const { text, status } = notFound(this.flavor, this.place, `${who}${error.command}`, error.reason);
      this.complain(text);
      return status;
    }
  }

  async #call(body: Command, args: string[]): Promise<number> {
    const outer = this.parameters;
    this.parameters = args;
    this.variables.enterFunction();
    try {
      return await this.run(body);
    } catch (error) {
      if (error instanceof ControlFlow && error.kind === 'return') return (this.status = error.levels);
      throw error;
    } finally {
      this.variables.leaveFunction();
      this.parameters = outer;
    }
  }

  async #withRedirections(redirections: readonly Redirection[], body: () => Promise<number>, isSpecial = false): Promise<number> {
    if (redirections.length === 0) return body();
    const before = this.descriptors;
    this.descriptors = new Map(before);
    try {
      const status = await redirect(this, redirections);
      if (status !== 0) {
        if (isSpecial && !this.interactive) throw new ProcessExit(2);
        return (this.status = status);
      }
      return await body();
    } finally {
      this.descriptors = before;
    }
  }

  resolve(path: string): string {
    return path.startsWith('/') ? path : `${this.cwd === '/' ? '' : this.cwd}/${path}`;
  }

  context(): ExpansionContext {
    return contextOf(this);
  }

  /** Waits for processes; a trapped signal ends the wait with its number. */
  async waitFor(processes: readonly Process[]): Promise<number> {
    const result = await this.traps.interruptible(Promise.all(processes.map((process) => process.exited)));
    if (this.process.ended) throw new ProcessExit(137);
    return typeof result === 'number' ? result : (result[result.length - 1] ?? 0);
  }

  async #runTraps(): Promise<void> {
    for (const action of this.traps.take()) {
      const { status } = this;
      await this.runScript(action);
      this.status = status;
    }
  }

  changeDirectory(path: string): void {
    this.cwd = normalize(path);
    this.process.cwd = this.cwd;
  }
}

export const EMPTY: Input = { read: async () => undefined, unread: () => {} };
const NOWHERE: Output = { write: () => true, end: () => {} };
