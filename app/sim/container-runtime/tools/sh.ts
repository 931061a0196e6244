import { ProcessExit, type Process, type Program } from '../processes/process.ts';
import { FileError } from '../filesystem/filesystem.ts';
import { parse, UnfinishedError, type Command } from '../shell/parser.ts';
import type { Typed } from '../processes/terminal.ts';
import { BUILTINS, ControlFlow } from '../shell/builtins.ts';
import { prompt, type Flavor } from '../shell/flavor.ts';
import { Shell } from '../shell/interpreter.ts';
import { userName } from './accounts.ts';
import { isBusybox, readLine } from './input.ts';

function flavorOf(process: Process, name: string): Flavor {
  if (name === 'bash') return 'bash';
  return isBusybox(process) ? 'ash' : 'dash';
}

/** `sh -c SCRIPT [NAME ARGS…]`, `sh FILE`, or lines from standard input. */
const sh: Program = async (process) => {
  const args = [...process.argv.slice(1)];
  const called = process.argv[0]!.split('/').pop()!.replace(/^-/, '');
  const shell = new Shell(process, flavorOf(process, called), process.argv[0]!);
  let isCommand = false;
  let isInteractive = false;
  while (/^[-+][a-zA-Z]+$/.test(args[0] ?? '') || /^--(login|norc|noprofile|posix)$/.test(args[0] ?? '')) {
    const flags = args.shift()!;
    if (flags.startsWith('--')) continue;
    if (flags.includes('c')) isCommand = true;
    if (flags.includes('i')) isInteractive = true;
    applyOptions(shell, flags, args);
  }
  if (args[0] === '--') args.shift();
  if (isCommand) return command(process, shell, args);
  if (args[0] !== undefined) return file(shell, args);
  if (process.tty || isInteractive) return interactive(process, shell);
  return shell.runToEnd(() => fromInput(shell));
};

function applyOptions(shell: Shell, flags: string, args: string[]): void {
  const isOn = flags.startsWith('-');
  for (const letter of flags.slice(1)) {
    if (letter === 'e') shell.options.exitOnError = isOn;
    else if (letter === 'x') shell.options.trace = isOn;
    else if (letter === 'u') shell.options.unset = isOn;
    else if (letter === 'f') shell.options.noGlob = isOn;
    else if (letter === 'o' && args.shift() === 'pipefail') shell.options.pipeFail = isOn;
  }
}

async function command(process: Process, shell: Shell, args: readonly string[]): Promise<number> {
  const [script, zero, ...parameters] = args;
  if (script === undefined) {
    process.error(shell.flavor === 'dash' ? `${shell.name}: 0: -c requires an argument\n` : `${shell.name}: -c requires an argument\n`);
    return 2;
  }
  if (zero !== undefined) shell.name = zero;
  shell.parameters = parameters;
  let parsed: Command | undefined;
  try {
    parsed = parse(script);
  } catch {
    // Words for a script that cannot be read come from the shell itself.
  }
  return shell.runToEnd(() => (parsed ? shell.runLast(parsed) : shell.runScript(script)));
}

async function file(shell: Shell, args: readonly string[]): Promise<number> {
  const [name = '', ...parameters] = args;
  shell.parameters = parameters;
  try {
    const text = shell.process.world.files.readText(shell.resolve(name));
    shell.name = name;
    return await shell.runToEnd(() => shell.runScript(text.replace(/^#![^\n]*/, '')));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    shell.complain(shell.flavor === 'dash' ? `${shell.name}: 0: cannot open ${name}: ${error.message.replace(' or directory', '')}` : shell.flavor === 'bash' ? `${shell.name}: ${name}: ${error.message}` : `${shell.name}: can't open '${name}': ${error.message}`);
    return shell.flavor === 'bash' ? 127 : 2;
  }
}

/** Reads as much as makes a whole command, runs it, and reads on. */
async function fromInput(shell: Shell): Promise<number> {
  let pending = '';
  for (;;) {
    const line = await readLine(shell.input);
    if (line === undefined) return pending === '' ? shell.status : shell.runScript(pending);
    pending += `${line}\n`;
    if (isWhole(pending)) {
      const script = pending;
      pending = '';
      await shell.runScript(script);
      shell.line += script.split('\n').length - 1;
    }
  }
}

function isWhole(text: string): boolean {
  if (/\\\n$/.test(text) || /<<-?\s*['"]?(\w+)['"]?/.test(text)) {
    const delimiter = /<<-?\s*['"\\]?(\w+)/.exec(text)?.[1];
    if (/\\\n$/.test(text) || (delimiter && !new RegExp(`^\\t*${delimiter}$`, 'm').test(text.slice(text.indexOf('\n') + 1)))) return false;
  }
  try {
    parse(text);
    return true;
  } catch (error) {
    return !(error instanceof UnfinishedError);
  }
}

/** A prompt, a line, its output. `exit` and ^D end it, ^C does not. */
async function interactive(process: Process, shell: Shell): Promise<number> {
  shell.interactive = true;
  const { world } = process;
  const write = (text: string): void => void shell.errors.write(new TextEncoder().encode(text));
  const first = (): string => prompt(shell.flavor, { user: userName(world.files, world.user.uid) ?? 'I have no name!', host: world.hostname, cwd: shell.cwd, home: shell.variables.get('HOME') ?? '/', isRoot: world.user.uid === 0 });
  process.onSignal('SIGINT', () => {});
  process.ignoreSignal('SIGTERM');
  let pending = '';
  const ask = async (): Promise<Typed> => {
    const text = pending === '' ? first() : '> ';
    if (process.terminal) return process.terminal.readLine(text, (before) => completions(shell, before));
    write(text);
    const line = await readLine(shell.input);
    return line === undefined ? undefined : { line };
  };
  return shell.runToEnd(async () => {
    for (;;) {
      for (const job of shell.jobs.filter((item) => item.process.ended)) {
        write(`[${job.number}]+  Done                       ${job.text}\n`);
        shell.jobs.splice(shell.jobs.indexOf(job), 1);
      }
      const typed = await ask();
      if (typed === undefined) {
        if (shell.flavor === 'bash') write('exit\n');
        return shell.status;
      }
      if (typed === 'interrupt') {
        pending = '';
        shell.status = 130;
        continue;
      }
      pending += `${typed.line}\n`;
      if (!isWhole(pending)) continue;
      const script = pending;
      pending = '';
      await guarded(shell, script);
      shell.line++;
    }
  });
}

/** Runs a line; what goes wrong ends the line, not the shell. */
async function guarded(shell: Shell, script: string): Promise<void> {
  try {
    await shell.runScript(script);
  } catch (error) {
    if (error instanceof ProcessExit || !(error instanceof Error)) throw error;
    if (!(error instanceof ControlFlow)) shell.complain(`${shell.prefix}${error.message}`);
    else if (error.kind === 'return') shell.status = error.levels;
  }
}

/** Commands and files that what was typed may go on to. */
function completions(shell: Shell, before: string): string[] {
  const word = /[^\s;|&<>()]*$/.exec(before)![0];
  const isCommand = /(^|[;|&(])\s*$/.test(before.slice(0, before.length - word.length)) && !word.includes('/');
  const { files } = shell.process.world;
  if (isCommand) {
    const names = (shell.variables.get('PATH') ?? '').split(':').flatMap((directory) => (files.isDirectory(directory) ? files.list(directory) : []));
    return [...new Set([...names, ...Object.keys(BUILTINS)])].filter((name) => name.startsWith(word)).sort();
  }
  const slash = word.lastIndexOf('/');
  const directory = slash < 0 ? shell.cwd : shell.resolve(word.slice(0, slash + 1));
  if (!files.isDirectory(directory)) return [];
  return files.list(directory).filter((name) => name.startsWith(word.slice(slash + 1)) && (!name.startsWith('.') || word.slice(slash + 1).startsWith('.'))).map((name) => `${word.slice(0, slash + 1)}${name}${files.isDirectory(`${directory}/${name}`) ? '/' : ''}`);
}

export const shells: Readonly<Record<string, Program>> = { sh, ash: sh };
export const bash: Readonly<Record<string, Program>> = { bash: sh, dash: sh, rbash: sh };
