import { BytePipe } from '../../machinery/streams.ts';
import { FileError, normalize } from '../filesystem/filesystem.ts';
import type { Process} from '../processes/process.ts';
import { CommandNotFound, ProcessExit, type Signal } from '../processes/process.ts';
import { BUILTINS, ControlFlow } from './builtins.ts';
import { expandQuoted, expandText, expandWord, globExpression, type ExpansionContext } from './expansion.ts';
import { parse, ShellSyntaxError, type Command, type Redirection } from './parser.ts';

/** Where a command reads and writes. */
export interface Streams {
  readonly stdin: BytePipe;
  readonly stdout: BytePipe;
  readonly stderr: BytePipe;
}

const decoder = new TextDecoder();

/**
 * Runs shell scripts inside a container's process, streaming: what a command prints leaves at once, and waits are waits on
 * the virtual clock, so `while true; do date; sleep 5; done` costs nothing between two lines.
 */
export class Shell {
  readonly process: Process;
  readonly variables = new Map<string, string>();
  readonly exported = new Set<string>();
  readonly functions = new Map<string, Command>();
  readonly traps = new Map<string, string>();
  readonly options = { exitOnError: false, trace: false, unset: false };
  readonly jobs: Promise<number>[] = [];
  parameters: string[];
  name: string;
  cwd: string;
  status = 0;

  constructor(process: Process, name: string, parameters: readonly string[], parent?: Shell) {
    this.process = process;
    this.name = name;
    this.parameters = [...parameters];
    this.cwd = parent?.cwd ?? process.cwd;
    for (const [key, value] of parent?.variables ?? Object.entries(process.env)) this.variables.set(key, value);
    for (const key of parent?.exported ?? Object.keys(process.env)) this.exported.add(key);
    for (const [key, value] of parent?.functions ?? []) this.functions.set(key, value);
    Object.assign(this.options, parent?.options ?? {});
  }

  /** Runs a script and returns its exit status. `exit` throws ProcessExit. */
  async runScript(text: string, streams: Streams): Promise<number> {
    let command: Command;
    try {
      command = parse(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.complain(streams, `${this.prefix}${error.message}`);
      return (this.status = 2);
    }
    return this.run(command, streams);
  }

  /** How error messages start: `sh: 1: ` in dash, `sh: ` in busybox. */
  get prefix(): string {
    return this.process.world.image.userland === 'debian' ? `${this.name}: 1: ` : `${this.name}: `;
  }

  complain(streams: Streams, message: string): void {
    streams.stderr.write(new TextEncoder().encode(`${message}\n`));
  }

  async run(command: Command, streams: Streams): Promise<number> {
    if (this.process.ended) throw new ProcessExit(137);
    switch (command.type) {
      case 'list':
        return this.#list(command, streams);
      case 'pipeline':
        return this.#pipeline(command, streams);
      case 'simple':
        return this.#simple(command, streams);
      case 'if':
        for (const { test, body } of command.branches) if ((await this.#quietly(test, streams)) === 0) return this.run(body, streams);
        return command.otherwise ? this.run(command.otherwise, streams) : (this.status = 0);
      case 'while':
        return this.#while(command, streams);
      case 'for':
        return this.#for(command, streams);
      case 'case':
        return this.#case(command, streams);
      case 'function':
        this.functions.set(command.name, command.body);
        return (this.status = 0);
      case 'group':
        return this.#withRedirections(command.redirections, streams, async (inner) =>
          command.subshell ? (this.status = await this.#subshell((shell) => shell.run(command.body, inner))) : this.run(command.body, inner),
        );
    }
  }

  async #list({ items }: Extract<Command, { type: 'list' }>, streams: Streams): Promise<number> {
    let skip = false;
    for (const [index, { command, then }] of items.entries()) {
      const previous = items[index - 1]?.then;
      if (previous === '&&' || previous === '||') skip = previous === '&&' ? this.status !== 0 : this.status === 0;
      else skip = false;
      if (skip) continue;
      if (then === '&') {
        this.jobs.push(this.#subshell((shell) => shell.run(command, streams)));
        this.status = 0;
        continue;
      }
      await this.run(command, streams);
      const isTested = then === '&&' || then === '||';
      if (this.options.exitOnError && this.status !== 0 && !isTested && !this.#testing) throw new ProcessExit(this.status);
    }
    return this.status;
  }

  #testing = false;

  /** A condition: its failure is no reason to exit under `set -e`. */
  async #quietly(command: Command, streams: Streams): Promise<number> {
    const before = this.#testing;
    this.#testing = true;
    try {
      return await this.run(command, streams);
    } finally {
      this.#testing = before;
    }
  }

  async #pipeline({ commands, negated }: Extract<Command, { type: 'pipeline' }>, streams: Streams): Promise<number> {
    let stdin = streams.stdin;
    const running: Promise<number>[] = [];
    for (const [index, command] of commands.entries()) {
      const isLast = index === commands.length - 1;
      const stdout = isLast ? streams.stdout : new BytePipe();
      const own = { stdin, stdout, stderr: streams.stderr };
      running.push(
        this.#subshell((shell) => shell.run(command, own)).finally(() => {
          if (!isLast) stdout.end();
          if (index > 0) own.stdin.abandon();
        }),
      );
      stdin = stdout;
    }
    const codes = await Promise.all(running);
    const last = codes[codes.length - 1]!;
    return (this.status = negated ? Number(last === 0) : last);
  }

  async #subshell(body: (shell: Shell) => Promise<number>): Promise<number> {
    const shell = new Shell(this.process, this.name, this.parameters, this);
    try {
      return await body(shell);
    } catch (error) {
      if (error instanceof ProcessExit && !this.process.ended) return error.exitCode;
      throw error;
    }
  }

  async #while({ test, body, until }: Extract<Command, { type: 'while' }>, streams: Streams): Promise<number> {
    let result = 0;
    for (let turns = 0; ; turns++) {
      // A loop that never waits would hold the whole cluster up: time passes now and then.
      if (turns % 1_000 === 999) await this.process.sleep(1);
      if (((await this.#quietly(test, streams)) === 0) === until) return (this.status = result);
      try {
        result = await this.run(body, streams);
      } catch (error) {
        if (!(error instanceof ControlFlow)) throw error;
        if (--error.levels > 0) throw error;
        if (error.kind === 'break') return (this.status = 0);
      }
    }
  }

  async #for({ name, words, body }: Extract<Command, { type: 'for' }>, streams: Streams): Promise<number> {
    const values = (await Promise.all(words.map((word) => expandWord(word, this.context(streams))))).flat();
    this.status = 0;
    for (const value of values) {
      this.variables.set(name, value);
      try {
        await this.run(body, streams);
      } catch (error) {
        if (!(error instanceof ControlFlow)) throw error;
        if (--error.levels > 0) throw error;
        if (error.kind === 'break') break;
      }
    }
    return this.status;
  }

  async #case({ word, arms }: Extract<Command, { type: 'case' }>, streams: Streams): Promise<number> {
    const value = await expandText(word, this.context(streams));
    for (const { patterns, body } of arms) {
      for (const pattern of patterns) if (globExpression(await expandText(pattern, this.context(streams))).test(value)) return this.run(body, streams);
    }
    return (this.status = 0);
  }

  async #simple(command: Extract<Command, { type: 'simple' }>, streams: Streams): Promise<number> {
    const context = this.context(streams);
    let words: string[];
    try {
      words = [];
      for (const word of command.words) words.push(...(await expandWord(word, context)));
    } catch (error) {
      if (error instanceof ProcessExit) throw error;
      this.complain(streams, `${this.prefix}${(error as Error).message}`);
      throw new ProcessExit(2);
    }
    const assignments: [string, string][] = [];
    for (const [name, value] of command.assignments) assignments.push([name, await expandText(value, context)]);
    if (words.length === 0) {
      for (const [name, value] of assignments) this.variables.set(name, value);
      return this.#withRedirections(command.redirections, streams, async () => (this.status = command.assignments.length > 0 ? this.#substituted : 0));
    }
    if (this.options.trace) this.complain(streams, `+ ${[...assignments.map(([name, value]) => `${name}=${value}`), ...words].join(' ')}`);
    return this.#withRedirections(command.redirections, streams, async (inner) => (this.status = await this.#execute(words, assignments, inner)));
  }

  async #execute(words: string[], assignments: readonly [string, string][], streams: Streams): Promise<number> {
    const [name = '', ...args] = words;
    const builtin = BUILTINS[name];
    if (builtin) return builtin(this, args, streams);
    const own = this.functions.get(name);
    if (own) return this.#call(own, args, streams);
    const env = Object.fromEntries([...this.exported].filter((key) => this.variables.has(key)).map((key) => [key, this.variables.get(key)!]));
    return this.spawn(words, { ...env, ...Object.fromEntries(assignments) }, streams);
  }

  /** Runs a program and waits for it. */
  async spawn(words: readonly string[], env: Record<string, string>, streams: Streams): Promise<number> {
    try {
      const child = this.process.world.spawn(words, { env, cwd: this.cwd, ...streams, parent: this.process, tty: false });
      const onKill = (): void => child.kill('SIGKILL');
      this.process.signal.addEventListener('abort', onKill, { once: true });
      const code = await child.exited;
      this.process.signal.removeEventListener('abort', onKill);
      if (this.process.ended) throw new ProcessExit(137);
      return code;
    } catch (error) {
      if (!(error instanceof CommandNotFound)) throw error;
      const isPath = error.command.includes('/');
      this.complain(streams, `${this.prefix}${error.command}: ${isPath ? 'No such file or directory'.replace('No such', this.process.world.image.userland === 'debian' ? 'not found' : 'No such').replace('not found file or directory', 'not found') : 'not found'}`);
      return 127;
    }
  }

  async #call(body: Command, args: string[], streams: Streams): Promise<number> {
    const outer = this.parameters;
    this.parameters = args;
    try {
      return await this.run(body, streams);
    } catch (error) {
      if (error instanceof ControlFlow && error.kind === 'return') return error.levels;
      throw error;
    } finally {
      this.parameters = outer;
    }
  }

  async #withRedirections(redirections: readonly Redirection[], streams: Streams, body: (streams: Streams) => Promise<number>): Promise<number> {
    if (redirections.length === 0) return body(streams);
    const context = this.context(streams);
    const pipes: Record<number, BytePipe> = { 0: streams.stdin, 1: streams.stdout, 2: streams.stderr };
    const files: { pipe: BytePipe; done: Promise<void> }[] = [];
    for (const { descriptor, operator, target } of redirections) {
      if (operator === '>&') pipes[descriptor] = pipes[Number(target)] ?? streams.stdout;
      else if (operator === '<<') pipes[descriptor] = filled(new TextEncoder().encode(await expandQuoted(target, context)));
      else {
        const name = await expandText(target, context);
        const path = this.resolve(name);
        try {
          if (operator === '<') pipes[descriptor] = filled(this.process.world.files.read(path));
          else {
            this.process.world.files.write(path, '', operator === '>>');
            const file = { pipe: new BytePipe(), done: Promise.resolve() };
            file.done = this.#writeFile(file.pipe, path);
            files.push(file);
            pipes[descriptor] = file.pipe;
          }
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          const verb = operator === '<' ? 'open' : 'create';
          this.complain(streams, `${this.prefix}${this.process.world.image.userland === 'debian' ? `cannot ${verb} ${name}: ${error.code === 'ENOENT' ? (operator === '<' ? 'No such file' : 'Directory nonexistent') : error.message}` : `can't ${verb} ${name}: ${error.code === 'ENOENT' ? (operator === '<' ? 'no such file' : 'nonexistent directory') : error.message}`}`);
          return (this.status = operator === '<' ? 2 : 2);
        }
      }
    }
    const status = await body({ stdin: pipes[0]!, stdout: pipes[1]!, stderr: pipes[2]! });
    for (const file of files) file.pipe.end();
    await Promise.all(files.map((file) => file.done));
    return status;
  }

  async #writeFile(pipe: BytePipe, path: string): Promise<void> {
    for await (const chunk of pipe) this.process.world.files.write(path, chunk, true);
  }

  resolve(path: string): string {
    return normalize(path.startsWith('/') ? path : `${this.cwd}/${path}`);
  }

  /** Status of the last command substitution: what an assignment returns. */
  #substituted = 0;

  context(streams: Streams): ExpansionContext {
    return {
      variable: (name) => this.#variable(name),
      setVariable: (name, value) => void this.variables.set(name, value),
      substitute: async (script) => {
        const stdout = new BytePipe();
        const chunks: Uint8Array[] = [];
        const reading = (async () => {
          for await (const chunk of stdout) chunks.push(chunk);
        })();
        this.#substituted = await this.#subshell((shell) => shell.runScript(script, { ...streams, stdout }));
        stdout.end();
        await reading;
        return decoder.decode(Buffer.concat(chunks)).replace(/\n+$/, '');
      },
      parameters: this.parameters,
      files: this.process.world.files,
      cwd: this.cwd,
    };
  }

  #variable(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return String(this.process.pid);
      case '#':
        return String(this.parameters.length);
      case '@':
      case '*':
        return this.parameters.join(' ');
      case '0':
        return this.name;
      case 'PWD':
        return this.cwd;
      case 'RANDOM':
        return String(this.process.world.random.int(32_768));
    }
    if (/^\d$/.test(name)) return this.parameters[Number(name) - 1];
    const value = this.variables.get(name);
    if (value === undefined && this.options.unset) throw new Error(`${name}: parameter not set`);
    return value;
  }

  /** Lets a trap run when the signal comes. */
  trap(signal: Signal, action: string, streams: Streams): void {
    this.process.onSignal(signal, () => void this.runScript(action, streams).catch((error: unknown) => {
      if (error instanceof ProcessExit) this.process.end(error.exitCode);
    }));
  }
}

/** A pipe that holds these bytes and nothing more. */
export function filled(bytes: Uint8Array): BytePipe {
  const pipe = new BytePipe();
  pipe.write(bytes);
  pipe.end();
  return pipe;
}
