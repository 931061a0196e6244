import { FileError } from '../filesystem/filesystem.ts';
import type { Process, Program } from '../processes/process.ts';
import { isBusybox, linesOf, readAll, resolvePath } from './input.ts';
import { tool } from './options.ts';
import { parseSed, SedError, type Address, type SedCommand } from './sed-script.ts';

interface State {
  pattern: string;
  hold: string;
  line: number;
  isLast: boolean;
  appended: string[];
  substituted: boolean;
  quit: number | undefined;
  deleted: boolean;
  restart: boolean;
  readonly active: Set<SedCommand>;
}

/** A whole stream editor: addresses, ranges, blocks, branches, hold space. */
const sed = tool('nErse:f:i', async (process, { flags, values, rest }) => {
  const scripts = [...values('e'), ...values('f').map((name) => process.world.files.readText(resolvePath(process, name)).replace(/\n$/, ''))];
  const names = scripts.length > 0 ? rest : rest.slice(1);
  if (scripts.length === 0 && rest[0] !== undefined) scripts.push(rest[0]);
  if (scripts.length === 0) {
    process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: sed [-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...\n' : 'Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n');
    return 1;
  }
  let commands: SedCommand[];
  try {
    commands = parseSed(scripts.join('\n'), flags.has('E') || flags.has('r'));
  } catch (error) {
    if (!(error instanceof SedError)) throw error;
    process.error(isBusybox(process) ? `sed: ${error.message}\n` : `sed: -e expression #1, char ${error.at}: ${error.message}\n`);
    return 1;
  }
  return edit(process, commands, { quiet: flags.has('n'), inPlace: flags.has('i'), separate: flags.has('s') || flags.has('i') }, names);
}, { quiet: 'n', 'regexp-extended': 'E', expression: 'e', 'in-place': 'i', file: 'f' });

interface Mode {
  readonly quiet: boolean;
  readonly inPlace: boolean;
  readonly separate: boolean;
}

async function edit(process: Process, commands: readonly SedCommand[], mode: Mode, names: readonly string[]): Promise<number> {
  const state: State = { pattern: '', hold: '', line: 0, isLast: false, appended: [], substituted: false, quit: undefined, deleted: false, restart: false, active: new Set() };
  const texts: { name: string; text: string }[] = [];
  let failed = false;
  for (const name of names.length > 0 ? names : ['-']) {
    try {
      texts.push({ name, text: name === '-' ? await readAll(process) : process.world.files.readText(resolvePath(process, name)) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(isBusybox(process) ? `sed: ${name}: ${error.message}\n` : error.code === 'EISDIR' ? `sed: couldn't edit ${name}: not a regular file\n` : `sed: can't read ${name}: ${error.message}\n`);
      failed = true;
    }
  }
  const groups = mode.separate ? texts.map((item) => [item]) : [texts];
  for (const group of groups) {
    const output: string[] = [];
    const emit = mode.inPlace ? (text: string): void => void output.push(text) : (text: string): void => process.print(text);
    const text = group.map((item) => (item.text === '' || item.text.endsWith('\n') || group.length === 1 ? item.text : `${item.text}\n`)).join('');
    if (mode.separate) state.line = 0;
    run(process, commands, state, linesOf(text), text.endsWith('\n'), mode.quiet, emit);
    if (mode.inPlace) replaceFile(process, resolvePath(process, group[0]!.name), output.join(''));
    const waiting = process.compute(1);
    if (waiting) await waiting;
    if (state.quit !== undefined) return state.quit;
  }
  return failed ? (isBusybox(process) ? 1 : 2) : 0;
}

/** A new file takes the old one's place, as sed -i does; in a volume that is one file this fails. */
function replaceFile(process: Process, path: string, text: string): void {
  const { files } = process.world;
  const before = files.stat(path);
  const temporary = `${path.slice(0, path.lastIndexOf('/'))}/sed${process.world.ids.hex(6)}`;
  files.write(temporary, text);
  files.changeMode(temporary, before.mode);
  try {
    files.rename(temporary, files.realPath(path));
  } catch (error) {
    files.removeFile(temporary);
    if (!(error instanceof FileError)) throw error;
    throw new Error(isBusybox(process) ? `can't rename '${temporary}' to '${path}': ${error.message}` : `cannot rename ${temporary}: ${error.message}`, { cause: error });
  }
}

function run(process: Process, commands: readonly SedCommand[], state: State, lines: string[], endsWell: boolean, quiet: boolean, emit: (text: string) => void): void {
  let next = 0;
  const pull = (): boolean => {
    if (next >= lines.length) return false;
    state.pattern = lines[next++]!;
    state.line++;
    state.isLast = next >= lines.length;
    return true;
  };
  const end = (): string => (state.isLast && !endsWell ? '' : '\n');
  while (state.quit === undefined && (state.restart || pull())) {
    state.restart = false;
    state.deleted = false;
    state.substituted = false;
    execute(commands, { process, state, emit, pull, end, quiet, lines: () => lines[next++], onAppend: () => { state.line++; state.isLast = next >= lines.length; } });
    if (!state.deleted && !quiet) emit(`${state.pattern}${end()}`);
    for (const text of state.appended.splice(0)) emit(text);
  }
}

interface Engine {
  readonly process: Process;
  readonly state: State;
  readonly quiet: boolean;
  emit(text: string): void;
  pull(): boolean;
  end(): string;
  lines(): string | undefined;
  onAppend(): void;
}

function matches(address: Address, state: State): boolean {
  if (address.type === 'last') return state.isLast;
  if (address.type === 'line') return address.step ? (state.line - address.line) % address.step === 0 && state.line >= address.line : state.line === address.line;
  return address.expression.test(state.pattern);
}

function applies(command: SedCommand, state: State): boolean {
  const { from, to } = command;
  let result: boolean;
  if (!from) result = true;
  else if (!to) result = matches(from, state);
  else if (state.active.has(command)) {
    result = true;
    const isOver = to.type === 'line' ? state.line >= to.line : matches(to, state);
    if (isOver) state.active.delete(command);
  } else {
    result = matches(from, state);
    if (result && !(to.type === 'line' && to.line <= state.line)) state.active.add(command);
    if (result && to.type === 'line' && to.relative) Object.assign(command, { to: { type: 'line', line: state.line + to.relative } });
  }
  return result !== command.negated;
}

function execute(commands: readonly SedCommand[], engine: Engine): void {
  const { state } = engine;
  for (let at = 0; at < commands.length && !state.deleted && state.quit === undefined; at++) {
    const command = commands[at]!;
    if (!applies(command, state)) {
      if (command.name === '{') at = command.jump!;
      continue;
    }
    const jump = step(command, engine, commands);
    if (jump === 'end') return;
    if (jump !== undefined) at = jump;
  }
}

function step(command: SedCommand, engine: Engine, commands: readonly SedCommand[]): number | 'end' | undefined {
  const { state, emit, quiet, end } = engine;
  switch (command.name) {
    case 's':
      substitute(command, engine);
      return undefined;
    case 'p':
      emit(`${state.pattern}\n`);
      return undefined;
    case 'd':
      state.deleted = true;
      return undefined;
    case 'q':
    case 'Q':
      state.quit = Number(command.text || 0);
      if (command.name === 'Q') state.deleted = true;
      return 'end';
    case 'a':
      state.appended.push(`${command.text}\n`);
      return undefined;
    case 'i':
      emit(`${command.text}\n`);
      return undefined;
    case 'c':
      if (!command.to || !state.active.has(command)) emit(`${command.text}\n`);
      state.deleted = true;
      return undefined;
    case 'y':
      state.pattern = [...state.pattern].map((character) => command.map!.get(character) ?? character).join('');
      return undefined;
    case '=':
      emit(`${state.line}\n`);
      return undefined;
    case 'n':
      if (state.isLast) return quiet ? ((state.deleted = true), 'end') : 'end';
      if (!quiet) emit(`${state.pattern}${end()}`);
      for (const text of state.appended.splice(0)) emit(text);
      engine.pull();
      return undefined;
    case 'N': {
      if (state.isLast) return 'end';
      const line = engine.lines();
      state.pattern += `\n${line ?? ''}`;
      engine.onAppend();
      return undefined;
    }
    case 'P':
      emit(`${state.pattern.split('\n')[0]}\n`);
      return undefined;
    case 'D':
      if (!state.pattern.includes('\n')) state.deleted = true;
      else {
        state.pattern = state.pattern.slice(state.pattern.indexOf('\n') + 1);
        state.restart = true;
        state.deleted = true;
      }
      return undefined;
    default:
      return holdOrBranch(command, state, commands);
  }
}

function holdOrBranch(command: SedCommand, state: State, commands: readonly SedCommand[]): number | 'end' | undefined {
  switch (command.name) {
    case 'h':
      state.hold = state.pattern;
      return undefined;
    case 'H':
      state.hold += `\n${state.pattern}`;
      return undefined;
    case 'g':
      state.pattern = state.hold;
      return undefined;
    case 'G':
      state.pattern += `\n${state.hold}`;
      return undefined;
    case 'x':
      [state.pattern, state.hold] = [state.hold, state.pattern];
      return undefined;
    case 'b':
    case 't':
    case 'T':
      if (command.name === 't' && !state.substituted) return undefined;
      if (command.name === 'T' && state.substituted) return undefined;
      state.substituted = false;
      return command.text === '' ? 'end' : commands.findIndex((candidate) => candidate.name === ':' && candidate.text === command.text);
    default:
      return undefined;
  }
}

function substitute(command: SedCommand, { process, state, emit }: Engine): void {
  const { expression, replacement, flags = '' } = command;
  const nth = Number(/\d+/.exec(flags)?.[0] ?? 1);
  const isGlobal = flags.includes('g');
  let count = 0;
  let changed = false;
  const global = new RegExp(expression!.source, `g${expression!.flags.replace('g', '')}`);
  const next = state.pattern.replace(global, (...found: unknown[]) => {
    count++;
    if (count < nth || (!isGlobal && count > nth)) return found[0] as string;
    changed = true;
    return replacement!(found as string[]);
  });
  if (!changed) return;
  state.pattern = next;
  state.substituted = true;
  if (flags.includes('p')) emit(`${next}\n`);
  if (command.file) process.world.files.write(resolvePath(process, command.file), `${next}\n`, true);
}

export const sedTools: Readonly<Record<string, Program>> = { sed: normalized(sed) };

/** `-i.bak` and `-ie` carry their suffix with them. */
function normalized(program: Program): Program {
  return (process) => {
    process.argv = process.argv.map((arg, index) => (index > 0 && /^-i.+/.test(arg) && !/^-i[nErs]+$/.test(arg) ? '-i' : arg));
    return program(process);
  };
}
