import { FileError } from '../filesystem/filesystem.ts';
import { ProcessExit } from '../processes/process.ts';
import { signalName } from '../processes/signals.ts';
import { readWholeLine } from '../tools/input.ts';
import { echoText, printfText } from '../tools/printf.ts';
import { evaluateTest, TestError } from '../tools/test.ts';
import { arithmetic } from './arithmetic.ts';
import { builtinPrefix, type Flavor } from './flavor.ts';
import type { Shell } from './interpreter.ts';
import { jobBuiltins } from './job-builtins.ts';

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

export type Builtin = (shell: Shell, args: readonly string[]) => number | Promise<number>;

/** What dash leaves to other shells. */
const NOT_IN_DASH: ReadonlySet<string> = new Set(['[[', 'let', 'source', 'declare', 'typeset', 'shopt', 'pushd', 'popd', 'dirs', 'mapfile', 'disown', 'builtin']);

export function builtinOf(flavor: Flavor, name: string): Builtin | undefined {
  return flavor === 'dash' && NOT_IN_DASH.has(name) ? undefined : BUILTINS[name];
}

/** What `type` calls a keyword. */
const KEYWORDS: ReadonlySet<string> = new Set(['if', 'then', 'else', 'elif', 'fi', 'for', 'while', 'until', 'do', 'done', 'case', 'esac', 'in', '{', '}', '!']);

/** POSIX's special built-ins: their errors end a script, their assignments stay. */
export const SPECIAL: ReadonlySet<string> = new Set([':', '.', 'break', 'continue', 'eval', 'exec', 'exit', 'export', 'readonly', 'return', 'set', 'shift', 'times', 'trap', 'unset']);

/** Complains as a built-in of this shell does. */
export function complain(shell: Shell, builtin: string, message: string): void {
  shell.complain(`${builtinPrefix(shell.flavor, shell.place, builtin)}${message}`);
}

/** A special built-in went wrong: a script ends. */
function fatal(shell: Shell, builtin: string, message: string): number {
  complain(shell, builtin, message);
  if (!shell.interactive && shell.flavor !== 'bash') throw new ProcessExit(2);
  return 2;
}

const number = (shell: Shell, builtin: string, text: string | undefined, fallback: number): number => {
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) {
    complain(shell, builtin, shell.flavor === 'bash' ? `${text}: numeric argument required` : `Illegal number: ${text}`);
    throw new ProcessExit(2);
  }
  return Number(text);
};

const variableBuiltins: Readonly<Record<string, Builtin>> = {
  export(shell, args) {
    if (args.length === 0 || args[0] === '-p') {
      for (const [name, value] of Object.entries(shell.variables.exported()).sort()) shell.print(shell.flavor === 'bash' ? `declare -x ${name}="${value}"\n` : `export ${name}='${value}'\n`);
      return 0;
    }
    for (const arg of args) declare(shell, arg, { exported: true });
    return 0;
  },
  readonly(shell, args) {
    if (args.length === 0) for (const name of shell.variables.readOnlyNames()) shell.print(`readonly ${name}='${shell.variables.get(name) ?? ''}'\n`);
    for (const arg of args.filter((item) => item !== '-p')) declare(shell, arg, { readOnly: true });
    return 0;
  },
  local(shell, args) {
    for (const arg of args) {
      if (!shell.variables.makeLocal(arg.split('=')[0]!)) {
        complain(shell, 'local', shell.flavor === 'bash' ? 'can only be used in a function' : 'not in a function');
        if (shell.flavor === 'bash') return 1;
        throw new ProcessExit(2);
      }
      declare(shell, arg, {});
    }
    return 0;
  },
  unset(shell, args) {
    const isFunctions = args[0] === '-f';
    for (const name of args.filter((arg) => !arg.startsWith('-'))) {
      if (shell.variables.isReadOnly(name) && !isFunctions) return fatal(shell, 'unset', `${name}: is read only`);
      if (isFunctions) shell.functions.delete(name);
      else shell.variables.unset(name);
    }
    return 0;
  },
  set(shell, args) {
    if (args.length === 0) {
      for (const [name, value] of shell.variables.entries()) shell.print(`${name}='${value.replace(/'/g, "'\"'\"'")}'\n`);
      return 0;
    }
    return setOptions(shell, args);
  },
  shift(shell, [count]) {
    const by = number(shell, 'shift', count, 1);
    if (by > shell.parameters.length) return shell.flavor === 'dash' ? fatal(shell, 'shift', "can't shift that many") : 1;
    shell.parameters = shell.parameters.slice(by);
    return 0;
  },
  let(shell, args) {
    let last = 0n;
    for (const arg of args) last = arithmetic(arg, shell.context());
    return Number(last === 0n);
  },
  getopts(shell, [options = '', name = 'opt', ...given]) {
    return getopts(shell, options, name, given.length > 0 ? given : shell.parameters);
  },
};

const LONG: Readonly<Record<string, 'exitOnError' | 'trace' | 'unset' | 'noGlob' | 'noClobber' | 'pipeFail'>> = { errexit: 'exitOnError', xtrace: 'trace', nounset: 'unset', noglob: 'noGlob', noclobber: 'noClobber', pipefail: 'pipeFail' };
const SHORT: Readonly<Record<string, (typeof LONG)[string]>> = { e: 'exitOnError', x: 'trace', u: 'unset', f: 'noGlob', C: 'noClobber' };

function setOptions(shell: Shell, args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--' || !/^[-+]/.test(arg)) {
      shell.parameters = args.slice(arg === '--' ? i + 1 : i);
      return 0;
    }
    const isOn = arg.startsWith('-');
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const option = LONG[args[++i] ?? ''];
        if (args[i] === undefined) for (const [name, key] of Object.entries(LONG)) shell.print(`${name.padEnd(16)}${shell.options[key] ? 'on' : 'off'}\n`);
        else if (option && (option !== 'pipeFail' || shell.flavor !== 'dash')) shell.options[option] = isOn;
        else return fatal(shell, 'set', `${shell.flavor === 'dash' ? 'Illegal' : 'illegal'} option -o ${args[i]}`);
      } else if (SHORT[letter]) shell.options[SHORT[letter]] = isOn;
      else if (!'abhmnv'.includes(letter)) return fatal(shell, 'set', shell.flavor === 'dash' ? `Illegal option -${letter}` : `illegal option -${letter}`);
    }
  }
  return 0;
}

function declare(shell: Shell, text: string, marks: { exported?: boolean; readOnly?: boolean }): void {
  const [, name = text, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(text) ?? [];
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    complain(shell, marks.exported ? 'export' : 'readonly', shell.flavor === 'bash' ? `\`${text}': not a valid identifier` : `${text}: bad variable name`);
    if (shell.flavor !== 'bash') throw new ProcessExit(2);
    return;
  }
  if (value !== undefined) shell.assign(name, value);
  shell.variables.mark(name, marks);
}

function getopts(shell: Shell, options: string, name: string, args: readonly string[]): number {
  let index = Number(shell.variables.get('OPTIND') ?? '1');
  let offset = Number(shell.variables.get('OPTOFS') ?? '1');
  const arg = args[index - 1];
  if (arg === undefined || !/^-./.test(arg) || arg === '--') {
    if (arg === '--') shell.variables.set('OPTIND', String(index + 1));
    shell.variables.set(name, '?');
    return 1;
  }
  const letter = arg[offset]!;
  const at = letter === ':' ? -1 : options.indexOf(letter);
  const wantsValue = at >= 0 && options[at + 1] === ':';
  let value: string | undefined;
  if (offset + 1 < arg.length && !wantsValue) offset++;
  else {
    if (wantsValue) value = offset + 1 < arg.length ? arg.slice(offset + 1) : args[index++];
    index++;
    offset = 1;
  }
  shell.variables.set('OPTIND', String(index));
  shell.variables.set('OPTOFS', String(offset));
  shell.variables.set(name, at < 0 || (wantsValue && value === undefined) ? '?' : letter);
  if (value !== undefined) shell.variables.set('OPTARG', value);
  if (at < 0 && !options.startsWith(':')) shell.complain(`${shell.flavor === 'dash' ? '' : ''}Illegal option -${letter}`);
  return 0;
}

/** Commands that change the shell itself, and small ones that would be slow as processes. All others are programs (`tools/`). */
export const BUILTINS: Readonly<Record<string, Builtin>> = Object.assign(Object.create(null) as Record<string, Builtin>, variableBuiltins, jobBuiltins, {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  cd(shell, args) {
    const given = args.filter((arg) => arg !== '-P' && arg !== '-L' && arg !== '--')[0];
    const target = given === '-' ? (shell.variables.get('OLDPWD') ?? '') : (given ?? shell.variables.get('HOME') ?? '/');
    const path = shell.resolve(target);
    const failure = (error: string): number => {
      complain(shell, 'cd', shell.flavor === 'bash' ? `${target}: ${error}` : `can't cd to ${target}${shell.flavor === 'ash' ? `: ${error}` : ''}`);
      return shell.flavor === 'bash' ? 1 : 2;
    };
    if (!shell.process.world.files.exists(path)) return failure('No such file or directory');
    if (!shell.process.world.files.isDirectory(path)) return failure('Not a directory');
    if (!shell.process.world.files.may(path, 1)) return failure('Permission denied');
    shell.variables.set('OLDPWD', shell.cwd);
    shell.changeDirectory(path);
    if (given === '-') shell.print(`${shell.cwd}\n`);
    return 0;
  },
  pwd: (shell, args) => (shell.print(`${args[0] === '-P' ? shell.process.world.files.realPath(shell.cwd) : shell.cwd}\n`), 0),
  exit(shell, [code]) {
    throw new ProcessExit(number(shell, 'exit', code, shell.status) & 255);
  },
  break: (shell, [levels]) => { throw new ControlFlow('break', number(shell, 'break', levels, 1)); },
  continue: (shell, [levels]) => { throw new ControlFlow('continue', number(shell, 'continue', levels, 1)); },
  return: (shell, [code]) => { throw new ControlFlow('return', number(shell, 'return', code, shell.status)); },
  eval: (shell, args) => shell.runScript(args.join(' ')),
  async '.'(shell, [file = '', ...parameters]) {
    const path = file.includes('/') ? shell.resolve(file) : [shell.resolve(file), ...(shell.variables.get('PATH') ?? '').split(':').map((directory) => `${directory}/${file}`)].find((candidate) => shell.process.world.files.isFile(candidate));
    let text: string;
    try {
      text = shell.process.world.files.readText(path ?? shell.resolve(file));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fatal(shell, '.', shell.flavor === 'dash' ? (file.includes('/') ? `cannot open ${file}: ${error.message.replace(' or directory', '')}` : `${file}: not found`) : shell.flavor === 'bash' ? `${file}: ${error.message}` : `can't open '${file}': ${error.message}`);
    }
    const outer = shell.parameters;
    if (parameters.length > 0) shell.parameters = parameters;
    try {
      return await shell.runScript(text);
    } catch (error) {
      if (error instanceof ControlFlow && error.kind === 'return') return error.levels;
      throw error;
    } finally {
      if (parameters.length > 0) shell.parameters = outer;
    }
  },
  source: (shell, args) => BUILTINS['.']!(shell, args),
  echo: (shell, args) => (shell.print(echoText(args, shell.flavor === 'dash' ? 'n' : 'neE', shell.flavor === 'dash')), 0),
  printf(shell, [format, ...args]) {
    if (format === undefined) {
      complain(shell, 'printf', 'usage: printf format [arg ...]');
      return 2;
    }
    const { text, bad } = printfText(format, args);
    shell.print(text);
    for (const item of bad) shell.complain(shell.flavor === 'ash' ? `${shell.name}: invalid number '${item}'` : `${builtinPrefix(shell.flavor, shell.place, 'printf')}${item}: ${shell.flavor === 'bash' ? 'invalid number' : 'expected numeric value'}`);
    return bad.length > 0 ? 1 : 0;
  },
  test: (shell, args) => testCommand(shell, 'test', args),
  '[': (shell, args) => (args[args.length - 1] === ']' ? testCommand(shell, '[', args.slice(0, -1)) : (testComplaint(shell, '[', new TestError('bracket', '')), 2)),
  '[[': (shell, args) => testCommand(shell, '[[', args.slice(0, -1)),
  trap(shell, args) {
    if (args.length === 0) {
      for (const [signal, action] of shell.traps.actions) shell.print(`trap -- '${action}' ${signal.replace('SIG', '')}\n`);
      return 0;
    }
    const isReset = args.length === 1 || args[0] === '-';
    for (const name of isReset && args.length > 1 ? args.slice(1) : isReset ? args : args.slice(1)) {
      const signal = name === '0' || name === 'EXIT' ? 'EXIT' : signalName(name);
      if (!signal) {
        complain(shell, 'trap', shell.flavor === 'bash' ? `${name}: invalid signal specification` : `${name}: ${shell.flavor === 'dash' ? 'bad trap' : 'invalid signal specification'}`);
        return 1;
      }
      shell.traps.set(signal, isReset ? undefined : args[0]);
    }
    return 0;
  },
  read: (shell, args) => read(shell, args),
  type: (shell, args) => args.reduce((status, name) => status | describe(shell, name, false), 0),
  async command(shell, args) {
    if (args[0] === '-v' || args[0] === '-V') return args.slice(1).reduce((status, name) => status | describe(shell, name, args[0] === '-v'), 0);
    const words = args.filter((arg, index) => !(index === 0 && arg === '-p'));
    if (words.length === 0) return 0;
    const builtin = BUILTINS[words[0]!];
    return builtin ? builtin(shell, words.slice(1)) : shell.spawn(words, { ...shell.variables.exported(), PWD: shell.cwd });
  },
  umask(shell, [mask]) {
    const { files } = shell.process.world;
    if (mask === undefined) shell.print(`${files.umask.toString(8).padStart(4, '0')}\n`);
    else files.umask = Number.parseInt(mask, 8);
    return 0;
  },
  ulimit(shell, args) {
    const values: Record<string, string> = { '-n': '1048576', '-u': 'unlimited', '-c': 'unlimited', '-s': '8192' };
    shell.print(`${values[args[0] ?? ''] ?? 'unlimited'}\n`);
    return 0;
  },
  hash: () => 0,
  alias: () => 0,
  unalias: () => 0,
  times: (shell) => (shell.print('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n'), 0),
} satisfies Record<string, Builtin>);

function testCommand(shell: Shell, name: string, args: readonly string[]): number {
  try {
    return evaluateTest(args, { files: shell.process.world.files, resolve: (path) => shell.resolve(path), isTerminal: (descriptor) => shell.descriptors.get(descriptor)?.tty ?? false }) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    testComplaint(shell, name, error);
    return 2;
  }
}

function testComplaint(shell: Shell, name: string, error: TestError): void {
  shell.complain(shell.flavor === 'ash' ? `${shell.name}: ${error.words('ash')}` : `${builtinPrefix(shell.flavor, shell.place, name)}${error.words(shell.flavor)}`);
}

function describe(shell: Shell, name: string, brief: boolean): number {
  const path = (shell.variables.get('PATH') ?? '').split(':').map((directory) => `${directory}/${name}`).find((candidate) => shell.process.world.files.isFile(candidate) && shell.process.world.files.may(candidate, 1));
  const say = (long: string, short = name): number => (shell.print(`${brief ? short : long}\n`), 0);
  if (shell.functions.has(name)) return say(`${name} is a function`);
  if (SPECIAL.has(name)) return say(`${name} is a special shell builtin`);
  if (!brief && KEYWORDS.has(name)) return say(`${name} is a shell keyword`);
  if (builtinOf(shell.flavor, name)) return say(`${name} is a shell builtin`);
  const found = name.includes('/') && shell.process.world.files.isFile(shell.resolve(name)) ? name : path;
  if (found) return say(`${name} is ${found}`, found);
  if (!brief) shell.print(shell.flavor === 'bash' ? '' : `${name}: not found\n`);
  if (!brief && shell.flavor === 'bash') complain(shell, 'type', `${name}: not found`);
  return shell.flavor === 'bash' ? 1 : 127;
}

async function read(shell: Shell, args: readonly string[]): Promise<number> {
  let raw = false;
  let timeoutMs: number | undefined;
  const names: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '-p') shell.errors.write(new TextEncoder().encode(args[++i] ?? ''));
    else if (arg === '-t') timeoutMs = Number(args[++i]) * 1000;
    else if (/^-[rsd]+$/.test(arg)) raw ||= arg.includes('r');
    else if (arg === '-n' || arg === '-N') i++;
    else names.push(arg);
  }
  if (names.length === 0 && shell.flavor === 'dash') {
    complain(shell, 'read', 'arg count');
    return 2;
  }
  const reading = readWholeLine(shell.input);
  const line = await shell.traps.interruptible(timeoutMs === undefined ? reading : Promise.race([reading, shell.process.sleep(timeoutMs).then(() => undefined)]));
  if (typeof line === 'number') return line;
  const text = raw ? (line?.line ?? '') : (line?.line ?? '').replace(/\\(.)/g, '$1');
  const separators = shell.variables.get('IFS') ?? ' \t\n';
  assignFields(shell, names.length > 0 ? names : ['REPLY'], text, names.length > 0 ? separators : '');
  return line?.ended ? 0 : 1;
}

/** The last name takes the rest, separators included. */
function assignFields(shell: Shell, names: readonly string[], text: string, separators: string): void {
  const isSpace = (character: string): boolean => separators.includes(character) && /[ \t\n]/.test(character);
  const isSeparator = (character: string): boolean => separators.includes(character);
  let position = 0;
  while (position < text.length && isSpace(text[position]!)) position++;
  for (const [index, name] of names.entries()) {
    if (index === names.length - 1) {
      let end = text.length;
      while (end > position && isSpace(text[end - 1]!)) end--;
      shell.assign(name, text.slice(position, end));
      return;
    }
    let end = position;
    while (end < text.length && !isSeparator(text[end]!)) end++;
    shell.assign(name, text.slice(position, end));
    position = end;
    while (position < text.length && isSpace(text[position]!)) position++;
    if (position < text.length && isSeparator(text[position]!)) position++;
    while (position < text.length && isSpace(text[position]!)) position++;
  }
}

