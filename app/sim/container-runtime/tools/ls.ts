import { FileError, join, type Stat } from '../filesystem/filesystem.ts';
import { dateParts } from '../images/dates.ts';
import type { Process, Program } from '../processes/process.ts';
import { groupName, userName } from './accounts.ts';
import { isBusybox, resolvePath } from './input.ts';
import { humanSize, modeText } from './modes.ts';
import { tool, type Options } from './options.ts';

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: Stat;
}

const HALF_YEAR_MS = 15_811_200_000;

const list = tool('1laAdrtShRFiCnpsLHkgZgobQ', (process, options) => {
  const names = options.rest.length > 0 ? [...options.rest] : ['.'];
  let status = 0;
  const files: Entry[] = [];
  const directories: Entry[] = [];
  for (const name of [...names].sort()) {
    try {
      const path = resolvePath(process, name);
      const follow = !options.flags.has('l') || options.flags.has('L') || name.endsWith('/');
      const stat = follow && process.world.files.exists(path) ? process.world.files.stat(path) : process.world.files.lstat(path);
      (stat.type === 'directory' && !options.flags.has('d') ? directories : files).push({ name, path, stat });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(isBusybox(process) ? `ls: ${name}: ${error.message}\n` : `ls: cannot access '${name}': ${error.message}\n`);
      status = isBusybox(process) ? 1 : 2;
    }
  }
  print(process, sorted(files, options), options);
  const isMany = names.length > 1 || options.flags.has('R');
  for (const [index, directory] of directories.entries()) status |= show(process, directory, options, isMany, index > 0 || files.length > 0);
  return status;
}, { all: 'a', 'almost-all': 'A', directory: 'd', recursive: 'R', reverse: 'r', human: 'h', 'human-readable': 'h', color: 'C', classify: 'F' });

function show(process: Process, directory: Entry, options: Options, withName: boolean, withGap: boolean): number {
  const { flags } = options;
  if (withName) process.print(`${withGap ? '\n' : ''}${directory.name}:\n`);
  let names: string[];
  try {
    names = process.world.files.list(directory.path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(isBusybox(process) ? `ls: can't open '${directory.name}': ${error.message}\n` : `ls: cannot open directory '${directory.name}': ${error.message}\n`);
    return isBusybox(process) ? 1 : 2;
  }
  const visible = names.filter((name) => flags.has('a') || flags.has('A') || !name.startsWith('.'));
  const entries = [...(flags.has('a') ? ['.', '..'] : []), ...visible].flatMap((name): Entry[] => {
    const path = join(directory.path, name);
    try {
      return [{ name, path, stat: flags.has('L') ? process.world.files.stat(path) : process.world.files.lstat(path) }];
    } catch {
      return [];
    }
  });
  if (flags.has('l') || flags.has('s')) process.print(`total ${entries.reduce((sum, { stat }) => sum + blocks(stat), 0)}\n`);
  print(process, sorted(entries, options), options);
  if (!flags.has('R')) return 0;
  return entries.filter(({ name, stat }) => stat.type === 'directory' && name !== '.' && name !== '..').reduce((status, entry) => status | show(process, { ...entry, name: join(directory.name, entry.name) }, options, true, true), 0);
}

const blocks = ({ type, size }: Stat): number => (type === 'directory' ? 4 : type === 'file' ? Math.ceil(size / 4096) * 4 : 0);

function sorted(entries: readonly Entry[], { flags }: Options): Entry[] {
  const all = [...entries];
  if (flags.has('t')) all.sort((a, b) => b.stat.mtime - a.stat.mtime);
  else if (flags.has('S')) all.sort((a, b) => b.stat.size - a.stat.size);
  return flags.has('r') ? all.reverse() : all;
}

function print(process: Process, entries: readonly Entry[], { flags }: Options): void {
  if (entries.length === 0) return;
  const decorated = entries.map((entry) => `${flags.has('i') ? `${String(entry.stat.inode).padStart(7)} ` : ''}${entry.name}${mark(entry, flags)}`);
  if (flags.has('l') || flags.has('n')) return long(process, entries, flags);
  if (process.tty && !flags.has('1')) return columns(process, decorated);
  process.print(decorated.map((name) => `${name}\n`).join(''));
}

function mark({ stat }: Entry, flags: ReadonlySet<string>): string {
  if (flags.has('p')) return stat.type === 'directory' ? '/' : '';
  if (!flags.has('F')) return '';
  if (stat.type === 'directory') return '/';
  if (stat.type === 'link') return '@';
  return stat.type === 'file' && stat.mode & 0o111 ? '*' : '';
}

function columns(process: Process, names: readonly string[]): void {
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const perRow = Math.max(1, Math.floor(80 / width));
  const rows = Math.ceil(names.length / perRow);
  for (let row = 0; row < rows; row++) {
    const cells = names.filter((_, index) => index % rows === row);
    process.print(`${cells.map((name, index) => (index === cells.length - 1 ? name : name.padEnd(width))).join('')}\n`);
  }
}

function long(process: Process, entries: readonly Entry[], flags: ReadonlySet<string>): void {
  const { files, clock } = process.world;
  const busybox = isBusybox(process);
  const rows = entries.map(({ name, path, stat }) => ({
    mode: modeText(stat), links: String(stat.links),
    user: flags.has('n') ? String(stat.uid) : (userName(files, stat.uid) ?? String(stat.uid)), group: flags.has('n') ? String(stat.gid) : (groupName(files, stat.gid) ?? String(stat.gid)),
    size: stat.device ? `${stat.device.major}, ${String(stat.device.minor).padStart(3)}` : flags.has('h') ? humanSize(stat.size, busybox) : String(stat.size),
    date: date(stat.mtime, clock.now()), name: stat.type === 'link' ? `${name} -> ${files.readLink(path)}` : `${name}${mark({ name, path, stat }, flags)}`,
  }));
  const width = (key: 'links' | 'user' | 'group' | 'size'): number => Math.max(...rows.map((row) => row[key].length));
  for (const row of rows) {
    process.print(busybox
      ? `${row.mode} ${row.links.padStart(4)} ${row.user.padEnd(8)} ${row.group.padEnd(8)} ${row.size.padStart(9)} ${row.date} ${row.name}\n`
      : `${row.mode} ${row.links.padStart(width('links'))} ${row.user.padEnd(width('user'))} ${row.group.padEnd(width('group'))} ${row.size.padStart(width('size'))} ${row.date} ${row.name}\n`);
  }
}

/** `Jan  1 00:00`, or the year when it is long ago. */
function date(mtime: number, now: number): string {
  const { year, monthName, day, time } = dateParts(mtime);
  const shownDay = day.replace(/^0/, ' ');
  return `${monthName} ${shownDay} ${now - mtime > HALF_YEAR_MS || mtime > now + 60_000 ? ` ${year}` : time.slice(0, 5)}`;
}

/** `ls -color=auto` and the like are harmless. */
const ls: Program = (process) => {
  process.argv = process.argv.filter((arg) => !/^--(color|time-style|full-time|group-directories-first)/.test(arg));
  return list(process);
};

export const lsTools: Readonly<Record<string, Program>> = { ls, dir: ls };
