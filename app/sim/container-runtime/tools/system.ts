import { KERNEL } from '../filesystem/special.ts';
import { mountLine } from '../filesystem/mounts.ts';
import { unixTime } from '../images/dates.ts';
import type { Program } from '../processes/process.ts';
import { groupName, idOf, memberships, userName } from './accounts.ts';
import { isBusybox, quoted, resolvePath, toolName } from './input.ts';
import { humanSize } from './modes.ts';
import { tool } from './options.ts';
import { echoText, printfText } from './printf.ts';
import { evaluateTest, TestError } from './test.ts';

/** Tools that tell about the system and the user, and the small ones. */
const echo: Program = (process) => (process.print(echoText(process.argv.slice(1), 'neE', false)), 0);

const printf: Program = (process) => {
  const [format, ...args] = process.argv.slice(1);
  if (format === undefined) {
    process.error(`${toolName(process)}: missing operand\nTry 'printf --help' for more information.\n`);
    return 1;
  }
  const { text, bad } = printfText(format, args);
  process.print(text);
  for (const item of bad) process.error(isBusybox(process) ? `printf: invalid number '${item}'\n` : `printf: ${quoted(process, item)}: expected a numeric value\n`);
  return bad.length > 0 ? 1 : 0;
};

const test: Program = (process) => {
  const isBracket = toolName(process) === '[';
  const args = process.argv.slice(1);
  if (isBracket && args.pop() !== ']') {
    process.error("[: missing ']'\n");
    return 2;
  }
  try {
    return evaluateTest(args, { files: process.world.files, resolve: (path) => resolvePath(process, path), isTerminal: () => process.tty }) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    process.error(`${toolName(process)}: ${error.words(isBusybox(process) ? 'ash' : 'bash')}\n`);
    return 2;
  }
};

const id = tool('ugGnr', (process, { flags, rest }) => {
  const { files, user } = process.world;
  const [name] = rest;
  const uid = name === undefined ? user.uid : idOf(files, '/etc/passwd', name);
  if (uid === undefined || (name !== undefined && userName(files, uid) === undefined)) {
    process.error(isBusybox(process) ? `id: unknown user ${name}\n` : `id: ${quoted(process, name)}: no such user\n`);
    return 1;
  }
  const gid = name === undefined ? user.gid : uid;
  const groups = [...new Set(name === undefined ? user.groups : [gid, ...memberships(files, name)])];
  const named = (number: number, label: string | undefined): string => (flags.has('n') ? (label ?? String(number)) : String(number));
  if (flags.has('u')) process.print(`${named(uid, userName(files, uid))}\n`);
  else if (flags.has('g')) process.print(`${named(gid, groupName(files, gid))}\n`);
  else if (flags.has('G')) process.print(`${groups.map((group) => named(group, groupName(files, group))).join(' ')}\n`);
  else {
    const label = (found: string | undefined): string => (found === undefined ? '' : `(${found})`);
    const all = groups.map((group) => `${group}${label(groupName(files, group))}`).join(',');
    process.print(`uid=${uid}${label(userName(files, uid))} gid=${gid}${label(groupName(files, gid))}${all === '' ? '' : ` groups=${all}`}\n`);
  }
  return 0;
});

const whoami: Program = (process) => {
  const name = userName(process.world.files, process.world.user.uid);
  if (name === undefined) {
    process.error(isBusybox(process) ? `whoami: unknown uid ${process.world.user.uid}\n` : `whoami: cannot find name for user ID ${process.world.user.uid}\n`);
    return 1;
  }
  process.print(`${name}\n`);
  return 0;
};

const groups: Program = (process) => (process.print(`${process.world.user.groups.map((group) => groupName(process.world.files, group) ?? String(group)).join(' ')}\n`), 0);

const uname = tool('asnrvmpio', (process, { flags }) => {
  const parts: [string, string][] = [['s', 'Linux'], ['n', process.world.hostname], ['r', KERNEL], ['v', '#1 SMP PREEMPT_DYNAMIC Debian 6.1.148-1 (2025-08-26)'], ['m', 'x86_64'], ['o', 'GNU/Linux']];
  const shown = flags.size === 0 ? ['s'] : flags.has('a') ? parts.map(([key]) => key) : [...flags];
  process.print(`${parts.filter(([key]) => shown.includes(key)).map(([, value]) => value).join(' ')}\n`);
  return 0;
});

const hostname = tool('fisdIA', (process, { flags, rest }) => {
  const { world } = process;
  if (rest.length > 0) {
    process.error(isBusybox(process) ? 'hostname: sethostname: Operation not permitted\n' : 'hostname: you must be root to change the host name\n');
    return 1;
  }
  const address = world.network.addresses[0] ?? '127.0.0.1';
  if (flags.has('i') || flags.has('I')) process.print(`${address}${flags.has('I') ? ' ' : ''}\n`);
  else if (flags.has('f')) {
    const line = world.files.readText('/etc/hosts').split('\n').find((item) => item.startsWith(`${address}\t`));
    process.print(`${line?.split(/\s+/)[1] ?? world.hostname}\n`);
  } else process.print(`${flags.has('s') ? world.hostname.split('.')[0] : world.hostname}\n`);
  return 0;
}, { fqdn: 'f', 'ip-address': 'i', short: 's' });

const mount: Program = (process) => {
  if (process.argv.filter((arg) => !arg.startsWith('-')).length > 2) {
    process.error(isBusybox(process) ? 'mount: permission denied (are you root?)\n' : `mount: ${process.argv[process.argv.length - 1]}: permission denied.\n`);
    return isBusybox(process) ? 1 : 32;
  }
  for (const item of process.world.files.mounts()) {
    const [device, path, kind, options] = mountLine(item).split(' ');
    process.print(`${device} on ${path} type ${kind} (${options})\n`);
  }
  return 0;
};

const umount: Program = (process) => (process.error(isBusybox(process) ? `umount: can't unmount ${process.argv[1]}: Operation not permitted\n` : `umount: ${process.argv[1]}: must be superuser to unmount.\n`), isBusybox(process) ? 1 : 32);

const df = tool('hkmTiaPt:', (process, { flags, rest }) => {
  const { files, disk, machine } = process.world;
  const kilobytes = (bytes: number): number => Math.floor(bytes / 1024);
  const rows: string[][] = [];
  const only = rest.map((name) => files.mountOf(resolvePath(process, name)));
  for (const item of rest.length > 0 ? only : files.mounts()) {
    const { tree } = item.root;
    const isMemory = tree.kind === 'tmpfs';
    const isDisk = tree.kind === 'overlay' || tree.kind === 'ext4';
    if (!isMemory && !isDisk) continue;
    const size = isMemory ? (tree.limit ?? machine.memoryBytes) : disk.capacity;
    const used = isMemory ? tree.used : disk.used;
    const show = (bytes: number): string => (flags.has('h') ? (bytes === 0 ? '0' : humanSize(bytes, isBusybox(process))) : flags.has('m') ? String(Math.floor(bytes / 1_048_576)) : String(kilobytes(bytes)));
    rows.push([tree.device, ...(flags.has('T') ? [tree.kind] : []), show(size), show(used), show(size - used), `${size === 0 ? 0 : Math.ceil((used / size) * 100)}%`, item.path]);
  }
  const unit = flags.has('h') ? 'Size' : flags.has('m') ? '1M-blocks' : '1K-blocks';
  const header = ['Filesystem', ...(flags.has('T') ? ['Type'] : []), unit, 'Used', flags.has('h') && !isBusybox(process) ? 'Avail' : 'Available', 'Use%', 'Mounted on'];
  if (isBusybox(process)) {
    const left = flags.has('T') ? '           ' : '';
    process.print(`Filesystem${flags.has('T') ? '           Type      ' : '          '} ${unit.padStart(9)}${flags.has('h') ? '' : ' '}${flags.has('h') ? '      Used Available Use% Mounted on' : '     Used Available Use% Mounted on'}\n`.replace('           ', left === '' ? '           ' : left));
    for (const row of rows) process.print(`${row[0]!.padEnd(20)} ${flags.has('T') ? `${row[1]!.padEnd(10)}` : ''}${row.slice(flags.has('T') ? 2 : 1, -2).map((cell) => cell.padStart(9)).join(' ')} ${row[row.length - 2]!.padStart(3)} ${row[row.length - 1]}\n`);
    return 0;
  }
  const widths = header.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]!.length)));
  for (const row of [header, ...rows]) process.print(`${row.map((cell, index) => (index === 0 || index === row.length - 1 || (flags.has('T') && index === 1) ? (index === row.length - 1 ? cell : cell.padEnd(widths[index]!)) : cell.padStart(widths[index]!))).join(' ')}\n`);
  return 0;
}, { human: 'h', 'human-readable': 'h', 'print-type': 'T' });

const free = tool('bkmghtw', (process, { flags }) => {
  const { memoryBytes } = process.world.machine;
  const [total, used, available, cache, shared] = [memoryBytes, memoryBytes * 0.19, memoryBytes * 0.81, memoryBytes * 0.3, 2_215_936].map(Math.floor) as [number, number, number, number, number];
  const show = (bytes: number): string => (flags.has('h') ? humanSize(bytes, isBusybox(process)).replace(/([KMG])$/, isBusybox(process) ? '$1' : '$1i') : String(Math.floor(bytes / (flags.has('b') ? 1 : flags.has('m') ? 1 << 20 : flags.has('g') ? 1 << 30 : 1024))));
  const row = (name: string, values: readonly number[]): string => `${name.padEnd(isBusybox(process) ? 7 : 4)}${values.map((value, index) => show(value).padStart(isBusybox(process) ? 12 : index === 0 ? 15 : 12)).join(isBusybox(process) ? ' ' : '')}\n`;
  process.print(isBusybox(process) ? '              total        used        free      shared  buff/cache   available\n' : '               total        used        free      shared  buff/cache   available\n');
  const values = [total, used, total - used - cache, shared, cache, available];
  const line = (name: string, numbers: readonly number[]): string => (isBusybox(process) ? `${name.padEnd(6)}${numbers.map((value) => show(value).padStart(12)).join('').replace(/^ {0}/, ' ')}\n` : row(name, numbers));
  process.print(line('Mem:', values) + line('Swap:', [0, 0, 0]));
  return 0;
}, { human: 'h', mebi: 'm', gibi: 'g', kibi: 'k', bytes: 'b' });

const uptime: Program = (process) => {
  const { clock, machine } = process.world;
  const minutes = Math.floor((clock.now() - machine.bootedAt) / 60_000);
  const days = Math.floor(minutes / 1_440);
  const text = minutes < 60 ? `${minutes} min` : `${days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''}${String(Math.floor((minutes % 1_440) / 60)).padStart(2)}:${String(minutes % 60).padStart(2, '0')}`;
  process.print(` ${unixTime(clock.now())} up ${text},  0 users,  load average: 0.15, 0.22, 0.18\n`);
  return 0;
};

const which = tool('a', (process, { rest }) => rest.reduce((status, name) => {
  const { files } = process.world;
  const found = name.includes('/') ? (files.isFile(resolvePath(process, name)) ? name : undefined) : (process.env['PATH'] ?? '').split(':').map((directory) => `${directory}/${name}`).find((path) => files.isFile(path) && files.may(path, 1));
  if (found === undefined) return 1;
  process.print(`${found}\n`);
  return status;
}, 0));

/** expr(1). */
const expr: Program = (process) => {
  const args = process.argv.slice(1);
  let at = 0;
  const fail = (text: string): never => {
    throw new Error(text);
  };
  const number = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : fail(isBusybox(process) ? 'non-numeric argument' : 'non-integer argument'));
  const LEVELS = [['|'], ['&'], ['=', '==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], [':']];
  const level = (depth: number): string => {
    const operators = LEVELS[depth];
    if (!operators) return primary();
    let left = level(depth + 1);
    while (operators.includes(args[at] ?? '')) left = apply(args[at++]!, left, level(depth + 1));
    return left;
  };
  const apply = (operator: string, a: string, b: string): string => {
    const both = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
    const order = both ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
    switch (operator) {
      case '|': return a !== '' && a !== '0' ? a : b;
      case '&': return a !== '' && a !== '0' && b !== '' && b !== '0' ? a : '0';
      case '=': case '==': return String(Number(order === 0));
      case '!=': return String(Number(order !== 0));
      case '<': return String(Number(order < 0));
      case '<=': return String(Number(order <= 0));
      case '>': return String(Number(order > 0));
      case '>=': return String(Number(order >= 0));
      case '+': return String(number(a) + number(b));
      case '-': return String(number(a) - number(b));
      case '*': return String(number(a) * number(b));
      case '/': return number(b) === 0 ? fail('division by zero') : String(Math.trunc(number(a) / number(b)));
      case '%': return number(b) === 0 ? fail('division by zero') : String(number(a) % number(b));
      default: {
        const match = new RegExp(`^${b.replace(/\\\(/g, '(').replace(/\\\)/g, ')')}`).exec(a);
        return match ? (match[1] ?? (b.includes('\\(') ? '' : String(match[0].length))) : b.includes('\\(') ? '' : '0';
      }
    }
  };
  const primary = (): string => {
    const token = args[at++];
    if (token === undefined) return fail('syntax error');
    if (token === '(') {
      const value = level(0);
      if (args[at++] !== ')') fail('syntax error');
      return value;
    }
    if (token === 'length') return String((args[at++] ?? '').length);
    if (token === 'substr') {
      const [text = '', from = '1', length = '0'] = args.slice(at, at + 3);
      at += 3;
      return text.substr(Number(from) - 1, Number(length));
    }
    return token;
  };
  try {
    const value = level(0);
    if (at < args.length) fail('syntax error');
    process.print(`${value}\n`);
    return value === '' || value === '0' ? 1 : 0;
  } catch (error) {
    process.error(`expr: ${(error as Error).message}${(error as Error).message === 'syntax error' && !isBusybox(process) ? `: unexpected argument ${quoted(process, args[at - 1] ?? '')}` : ''}\n`);
    return 2;
  }
};

const lscpu: Program = (process) => (process.print(`Architecture:             x86_64\n  CPU op-mode(s):         32-bit, 64-bit\nCPU(s):                   ${process.world.machine.cpus}\nVendor ID:                AuthenticAMD\n  Model name:             AMD EPYC 7B13\n`), 0);

const sysctl: Program = (process) => {
  const names = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  return names.reduce((status, name) => {
    const [key = '', value] = name.split('=');
    const path = `/proc/sys/${key.replace(/\./g, '/')}`;
    if (!process.world.files.exists(path) || value !== undefined) {
      process.error(value === undefined ? `sysctl: ${isBusybox(process) ? 'error: ' : 'cannot stat '}${isBusybox(process) ? `'${key}' is an unknown key` : `${path}: No such file or directory`}\n` : `sysctl: ${isBusybox(process) ? `error setting key '${key}': Read-only file system` : `setting key "${key}": Read-only file system`}\n`);
      return 1;
    }
    process.print(`${process.argv.includes('-n') ? '' : `${key} = `}${process.world.files.readText(path)}`);
    return status;
  }, 0);
};

export const systemTools: Readonly<Record<string, Program>> = {
  echo, printf, test, '[': test, '[[': test, id, whoami, groups, uname, hostname, mount, umount, df, free, uptime, which, expr, lscpu, sysctl,
  pwd: (process) => (process.print(`${process.cwd}\n`), 0),
  true: () => 0,
  false: () => 1,
  nproc: (process) => (process.print(`${process.world.machine.cpus}\n`), 0),
  arch: (process) => (process.print('x86_64\n'), 0),
  clear: (process) => (process.print('\u001b[H\u001b[J'), 0),
  reset: () => 0,
  tty: (process) => (process.print(process.tty ? '/dev/pts/0\n' : 'not a tty\n'), process.tty ? 0 : 1),
  dmesg: (process) => (process.error('dmesg: klogctl: Operation not permitted\n'), 1),
  logger: () => 0,
  getent: (process) => {
    const [, database, key = ''] = process.argv;
    const file = { passwd: '/etc/passwd', group: '/etc/group', hosts: '/etc/hosts' }[database ?? ''];
    const line = file && process.world.files.readText(file).split('\n').find((item) => (database === 'hosts' ? item.split(/\s+/).slice(1).includes(key) : item.split(':')[0] === key));
    if (!line) return 2;
    process.print(`${line}\n`);
    return 0;
  },
  locale: (process) => (process.print('LANG=\nLC_ALL=\n'), 0),
};

