import { rfc3339 } from '../../../base/clock/index.ts';
import { unixTime } from '../images/dates.ts';
import type { Process, Program } from '../processes/process.ts';
import type { Journal, JournalLine } from './journal.ts';
import type { UnitState } from './units.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Shown by `status`. */
const LAST_LINES = 10;

/** `Wed 2026-11-25 07:00:00 UTC` */
function stamp(at: number): string {
  const text = rfc3339(at);
  // 1 January 1970 was a Thursday.
  return `${DAYS[(Math.floor(at / 86_400_000) + 4) % 7]} ${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** `5min 3s ago`. models systemd: format_timestamp_relative */
function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [[Math.floor(seconds / 86_400), ' day'], [Math.floor(seconds / 3_600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? [parts[3]] : parts.slice(first, first + (first === 2 || first === 3 ? 2 : 1)).filter(([count]) => count > 0);
  return `${shown.map(([count, unit]) => `${count}${unit}`).join(' ')} ago`;
}

export interface Machine {
  readonly hostname: string;
  readonly journal: Journal;
  unit(name: string): UnitState | undefined;
  units(): readonly UnitState[];
}

const plain = (name: string): string => name.replace(/\.service$/, '');

/** systemctl(1) for the services of a node. */
export function systemctl(machine: Machine): Program {
  return (process) => {
    const [verb = 'list-units', ...names] = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
    if (verb === 'daemon-reload' || verb === 'reset-failed') return 0;
    if (verb === 'list-units' || verb === 'list-unit-files') return listUnits(process, machine, verb === 'list-unit-files');
    if (!Object.hasOwn(VERBS, verb)) return process.error(`Unknown command verb '${verb}'.\n`), 1;
    if (names.length === 0) return process.error('Too few arguments.\n'), 1;
    return names.reduce((code, name) => {
      const state = machine.unit(plain(name));
      return Math.max(code, state ? VERBS[verb]!(process, state, machine) : missing(process, verb, plain(name)));
    }, 0);
  };
}

function missing(process: Process, verb: string, name: string): number {
  if (verb === 'is-active') return process.print('inactive\n'), 4;
  if (verb === 'is-enabled') return process.print('not-found\n'), 4;
  if (verb === 'status') return process.error(`Unit ${name}.service could not be found.\n`), 4;
  if (verb === 'cat') return process.error(`No files found for ${name}.service.\n`), 1;
  process.error(`Failed to ${verb} ${name}.service: Unit ${name}.service not found.\n`);
  return 5;
}

const VERBS: Readonly<Record<string, (process: Process, state: UnitState, machine: Machine) => number>> = {
  start: (_, { unit }) => (unit.start(), 0),
  stop: (_, { unit }) => (unit.stop(), 0),
  restart: (_, { unit }) => (unit.stop(), unit.start(), 0),
  'is-active': (process, { unit }) => (process.print(unit.running ? 'active\n' : 'inactive\n'), unit.running ? 0 : 3),
  'is-enabled': (process, { enabled }) => (process.print(enabled ? 'enabled\n' : 'disabled\n'), enabled ? 0 : 1),
  enable: (process, state) => {
    if (!state.enabled) process.error(`Created symlink /etc/systemd/system/multi-user.target.wants/${state.unit.name}.service → ${state.unit.file}.\n`);
    state.enabled = true;
    if (process.argv.includes('--now')) state.unit.start();
    return 0;
  },
  disable: (process, state) => {
    if (state.enabled) process.error(`Removed "/etc/systemd/system/multi-user.target.wants/${state.unit.name}.service".\n`);
    state.enabled = false;
    if (process.argv.includes('--now')) state.unit.stop();
    return 0;
  },
  cat: (process, { unit }) => {
    for (const file of [unit.file, ...(unit.dropIn ? [unit.dropIn] : [])]) if (process.world.files.isFile(file)) process.print(`# ${file}\n${process.world.files.readText(file)}\n`);
    return 0;
  },
  status,
};

function status(process: Process, { unit, process: main, since, enabled }: UnitState, { hostname, journal }: Machine): number {
  const state = enabled ? 'enabled' : 'disabled';
  const now = process.world.clock.now();
  const lines = [`${unit.running ? '●' : '○'} ${unit.name}.service - ${unit.description}`, `     Loaded: loaded (${unit.file}; ${state}; preset: enabled)`];
  if (unit.dropIn) lines.push(`    Drop-In: ${unit.dropIn.slice(0, unit.dropIn.lastIndexOf('/'))}`, `             └─${unit.dropIn.split('/').pop()}`);
  lines.push(`     Active: ${unit.running ? 'active (running)' : 'inactive (dead)'} since ${stamp(since)}; ${ago(now - since)}`, `       Docs: ${unit.documentation}`);
  if (main) {
    const pid = process.world.pids.pidOf(main) || main.pid;
    lines.push(`   Main PID: ${pid} (${unit.name})`, `     Memory: ${(main.memoryBytes / 1024 / 1024).toFixed(1)}M`, `        CPU: ${(main.cpuMs / 1000).toFixed(3)}s`, `     CGroup: /system.slice/${unit.name}.service`, `             └─${pid} ${unit.argv.join(' ')}`);
  }
  const last = journal.of(`${unit.name}.service`).slice(-LAST_LINES);
  process.print(`${[...lines, ...(last.length > 0 ? [''] : []), ...last.map((line) => format(line, hostname))].join('\n')}\n`);
  return unit.running ? 0 : 3;
}

function listUnits(process: Process, machine: Machine, asFiles: boolean): number {
  const rows = machine.units().map(({ unit, enabled }) => (asFiles ? [`${unit.name}.service`, enabled ? 'enabled' : 'disabled', 'enabled'] : [`${unit.name}.service`, 'loaded', unit.running ? 'active' : 'inactive', unit.running ? 'running' : 'dead', unit.description]));
  const head = asFiles ? ['UNIT FILE', 'STATE', 'PRESET'] : ['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION'];
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]!.length)));
  for (const row of [head, ...rows]) process.print(`${asFiles ? '' : '  '}${row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join(' ')}\n`);
  process.print(asFiles ? `\n${rows.length} unit files listed.\n` : `\n${rows.length} loaded units listed.\n`);
  return 0;
}

/** `Nov 25 07:00:00 worker-1 kubelet[731]: …` */
function format({ at, source, text }: JournalLine, hostname: string): string {
  const date = rfc3339(at);
  return `${MONTHS[Number(date.slice(5, 7)) - 1]} ${date.slice(8, 10)} ${unixTime(at).slice(0, 8)} ${hostname} ${source}: ${text}`;
}

/** journalctl(1): the lines of a unit, the last of them, and what comes. */
export function journalctl({ hostname, journal, unit: find }: Machine): Program {
  return async (process) => {
    const args = process.argv.slice(1);
    let unit: string | undefined;
    let count = Infinity;
    const flags = new Set<string>();
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!;
      const [, name, value] = /^--(\w[\w-]*)(?:=(.*))?$/.exec(arg) ?? [];
      if (name === 'unit') unit = value ?? args[++i];
      else if (name === 'lines') count = Number(value ?? args[++i]);
      else if (name === 'follow' || name === 'reverse') flags.add(name[0]!);
      else if (name !== undefined && value === undefined && ['since', 'until', 'output', 'priority', 'boot'].includes(name)) i++;
      else if (/^-[a-z]+\d*$/.test(arg)) {
        for (const letter of arg.slice(1).replace(/\d+$/, '')) {
          if (letter === 'u') unit = args[++i];
          else if (letter === 'n') count = /\d+$/.test(arg) ? Number(/\d+$/.exec(arg)![0]) : Number(args[++i]);
          else if (letter === 'o' || letter === 'p') i++;
          else flags.add(letter);
        }
      }
    }
    const wanted = unit === undefined ? undefined : `${plain(unit)}.service`;
    if (Number.isNaN(count)) return process.error('Failed to parse lines\n'), 1;
    const known = wanted === undefined || find(plain(wanted)) ? journal.of(wanted) : [];
    if (flags.has('f') && count === Infinity) count = LAST_LINES;
    if (flags.has('e') && count === Infinity) count = 1_000;
    const shown = known.slice(Math.max(0, known.length - count));
    if (shown.length === 0 && !flags.has('f')) process.print('-- No entries --\n');
    for (const line of flags.has('r') ? [...shown].reverse() : shown) await process.write(`${format(line, hostname)}\n`);
    if (!flags.has('f')) return 0;
    const following = journal.follow((line) => {
      if (!process.ended && (wanted === undefined || line.unit === wanted)) process.stdout.write(new TextEncoder().encode(`${format(line, hostname)}\n`));
    });
    await process.exited;
    following.dispose();
    return 0;
  };
}
