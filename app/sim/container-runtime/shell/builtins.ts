import { ProcessExit, SIGNAL_NUMBERS, type Signal } from '../processes/process.ts';
import { readLine } from '../tools/input.ts';
import { evaluateTest } from '../tools/test.ts';
import type { Shell, Streams } from './interpreter.ts';

/** `break`, `continue` and `return` on their way out. For `return`, `levels` is the status. */
export class ControlFlow extends Error {
  readonly kind: 'break' | 'continue' | 'return';
  levels: number;
  constructor(kind: ControlFlow['kind'], levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

export type Builtin = (shell: Shell, args: readonly string[], streams: Streams) => number | Promise<number>;

const encoder = new TextEncoder();

/** Commands that change the shell itself. All others are programs (`tools/`). */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  cd(shell, [target = shell.variables.get('HOME') ?? '/'], streams) {
    const path = shell.resolve(target);
    if (!shell.process.world.files.isDirectory(path)) {
      shell.complain(streams, shell.process.world.image.userland === 'debian' ? `${shell.prefix}cd: can't cd to ${target}` : `${shell.prefix}cd: can't cd to ${target}: No such file or directory`);
      return 2;
    }
    shell.cwd = path;
    return 0;
  },
  pwd: (shell, _, streams) => (streams.stdout.write(encoder.encode(`${shell.cwd}\n`)), 0),
  exit(shell, [code]) {
    const trap = shell.traps.get('EXIT');
    void trap;
    throw new ProcessExit(code === undefined ? shell.status : Number(code) & 255);
  },
  export(shell, args) {
    for (const arg of args) assign(shell, arg, true);
    return 0;
  },
  readonly(shell, args) {
    for (const arg of args) assign(shell, arg, false);
    return 0;
  },
  local(shell, args) {
    for (const arg of args) assign(shell, arg, false);
    return 0;
  },
  unset(shell, args) {
    for (const name of args) {
      shell.variables.delete(name);
      shell.exported.delete(name);
      shell.functions.delete(name);
    }
    return 0;
  },
  set(shell, args) {
    for (const [index, arg] of args.entries()) {
      if (arg === '--') {
        shell.parameters = args.slice(index + 1);
        return 0;
      }
      const on = arg.startsWith('-');
      if (arg.includes('e')) shell.options.exitOnError = on;
      if (arg.includes('x')) shell.options.trace = on;
      if (arg.includes('u')) shell.options.unset = on;
    }
    return 0;
  },
  shift(shell, [count = '1']) {
    shell.parameters = shell.parameters.slice(Number(count));
    return 0;
  },
  break: (_, [levels = '1']) => { throw new ControlFlow('break', Number(levels)); },
  continue: (_, [levels = '1']) => { throw new ControlFlow('continue', Number(levels)); },
  return: (shell, [code]) => { throw new ControlFlow('return', code === undefined ? shell.status : Number(code)); },
  eval: (shell, args, streams) => shell.runScript(args.join(' '), streams),
  async wait(shell) {
    await Promise.all(shell.jobs.splice(0));
    return 0;
  },
  async exec(shell, args, streams) {
    if (args.length === 0) return 0;
    const env = Object.fromEntries([...shell.exported].map((key) => [key, shell.variables.get(key) ?? '']));
    throw new ProcessExit(await shell.spawn(args, env, streams));
  },
  trap(shell, [action = '', ...signals], streams) {
    for (const name of signals) {
      const signal = signalName(name);
      if (signal) shell.trap(signal, action, streams);
      else shell.traps.set('EXIT', action);
    }
    return 0;
  },
  async read(shell, args, streams) {
    const names = args.filter((arg) => !arg.startsWith('-'));
    const line = await readLine(streams.stdin);
    const words = (line ?? '').trim().split(/[ \t]+/);
    for (const [index, name] of (names.length > 0 ? names : ['REPLY']).entries()) {
      shell.variables.set(name, index === names.length - 1 ? words.slice(index).join(' ') : (words[index] ?? ''));
    }
    return line === undefined ? 1 : 0;
  },
  test: (shell, args, streams) => testCommand(shell, args, streams),
  '[': (shell, args, streams) => testCommand(shell, args.slice(0, -1), streams),
  async kill(shell, args, streams) {
    const flag = args.find((arg) => arg.startsWith('-'));
    const signal = flag ? (signalName(flag.slice(1)) ?? 'SIGTERM') : 'SIGTERM';
    let status = 0;
    for (const pid of args.filter((arg) => !arg.startsWith('-')).map(Number)) {
      const target = shell.process.world.processes.get(pid);
      if (target) target.kill(signal);
      else {
        shell.complain(streams, `${shell.prefix}kill: ${shell.process.world.image.userland === 'debian' ? 'No such process' : `can't kill pid ${pid}: No such process`}`);
        status = 1;
      }
    }
    return status;
  },
};

export function signalName(text: string): Signal | undefined {
  const name = `SIG${text.replace(/^SIG/, '').toUpperCase()}` as Signal;
  if (name in SIGNAL_NUMBERS) return name;
  return (Object.keys(SIGNAL_NUMBERS) as Signal[]).find((signal) => String(SIGNAL_NUMBERS[signal]) === text);
}

function assign(shell: Shell, text: string, exported: boolean): void {
  const [, name = text, value] = /^(\w+)=([\s\S]*)$/.exec(text) ?? [];
  if (value !== undefined) shell.variables.set(name, value);
  if (exported) shell.exported.add(name);
}

function testCommand(shell: Shell, args: readonly string[], streams: Streams): number {
  try {
    return evaluateTest(args, shell.process.world.files, (path) => shell.resolve(path)) ? 0 : 1;
  } catch (error) {
    shell.complain(streams, `${shell.prefix}${(error as Error).message}`);
    return 2;
  }
}
