import { FileError } from '../filesystem/filesystem.ts';
import { unixDate, dateParts } from '../images/dates.ts';
import type { Process, Program } from '../processes/process.ts';
import { evaluateTest } from './test.ts';
import { resolvePath } from './input.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', a: '\u0007', '0': '\0' };
const unescape = (text: string): string => text.replace(/\\([ntra\\0])/g, (_, character: string) => ESCAPES[character]!);

const echo: Program = (process) => {
  const args = [...process.argv.slice(1)];
  let newline = true;
  let escapes = process.world.image.userland === 'debian' && process.argv[0] === 'echo' && process.env['ECHO_ESCAPES'] !== undefined;
  while (/^-[neE]+$/.test(args[0] ?? '')) {
    if (args[0]!.includes('n')) newline = false;
    if (args[0]!.includes('e')) escapes = true;
    args.shift();
  }
  const text = args.join(' ');
  process.print(`${escapes ? unescape(text) : text}${newline ? '\n' : ''}`);
  return 0;
};

const printf: Program = (process) => {
  const [format = '', ...args] = process.argv.slice(1);
  let rest = args;
  do {
    process.print(unescape(format).replace(/%(-?\d*)([sdi%])/g, (_, width: string, kind: string) => {
      if (kind === '%') return '%';
      const value = rest.shift() ?? '';
      const text = kind === 's' ? value : String(Number.parseInt(value, 10) || 0);
      return width.startsWith('-') ? text.padEnd(Number(width.slice(1))) : text.padStart(Number(width || 0));
    }));
  } while (rest.length > 0 && /%[-\d]*[sdi]/.test(format) && ((rest = [...rest]), true));
  return 0;
};

const sleep: Program = async (process) => {
  const amount = process.argv.slice(1).reduce((sum, arg) => {
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
    return match ? sum + Number(match[1]) * ({ '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }[match[2]!] ?? 1) : arg === 'infinity' || arg === 'inf' ? Infinity : Number.NaN;
  }, 0);
  if (Number.isNaN(amount)) {
    process.error(`sleep: invalid ${process.world.image.userland === 'busybox' ? 'number' : 'time interval'} '${process.argv[1]}'\n`);
    return 1;
  }
  if (amount === Infinity) await process.exited;
  await process.sleep(amount * 1000);
  return 0;
};

const date: Program = (process) => {
  const now = process.world.clock.now();
  const format = process.argv.slice(1).find((arg) => arg.startsWith('+'));
  if (!format) return process.print(`${unixDate(now)}\n`), 0;
  const { year, month, day, time, monthName, weekday } = dateParts(now);
  const [hour, minute, second] = time.split(':');
  const parts: Record<string, string> = { Y: year, m: month, d: day, H: hour!, M: minute!, S: second!, T: time, F: `${year}-${month}-${day}`, s: String(Math.floor(now / 1000)), N: `${String(now % 1000).padStart(3, '0')}000000`, b: monthName, a: weekday, Z: 'UTC', '%': '%' };
  process.print(`${format.slice(1).replace(/%(.)/g, (whole, key: string) => parts[key] ?? whole)}\n`);
  return 0;
};

const env: Program = (process) => {
  for (const [name, value] of Object.entries(process.env)) process.print(`${name}=${value}\n`);
  return 0;
};

const id: Program = (process) => {
  const { uid, gid, groups } = process.world.user;
  const nameOf = (file: string, number: number): string => {
    const line = process.world.files.exists(file) ? process.world.files.readText(file).split('\n').find((candidate) => candidate.split(':')[2] === String(number)) : undefined;
    return line ? `(${line.split(':')[0]})` : '';
  };
  if (process.argv.includes('-u')) return process.print(`${uid}\n`), 0;
  if (process.argv.includes('-g')) return process.print(`${gid}\n`), 0;
  const own = process.world.image.userland === 'busybox' && uid === 0 ? [gid, 10, ...groups] : [gid, ...groups];
  const all = [...new Set(own)].map((group) => `${group}${nameOf('/etc/group', group)}`).join(',');
  process.print(`uid=${uid}${nameOf('/etc/passwd', uid)} gid=${gid}${nameOf('/etc/group', gid)} groups=${all}\n`);
  return 0;
};

const ls: Program = (process) => {
  const flags = process.argv.slice(1).filter((arg) => arg.startsWith('-')).join('');
  const names = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  let failed = 0;
  for (const name of names.length > 0 ? names : ['.']) {
    const path = resolvePath(process, name);
    const { files } = process.world;
    if (!files.exists(path)) {
      process.error(process.world.image.userland === 'busybox' ? `ls: ${name}: No such file or directory\n` : `ls: cannot access '${name}': No such file or directory\n`);
      failed = process.world.image.userland === 'busybox' ? 1 : 2;
      continue;
    }
    const entries = files.isFile(path) || flags.includes('d') ? [name] : files.list(path).filter((entry) => flags.includes('a') || !entry.startsWith('.'));
    if (names.length > 1 && !files.isFile(path)) process.print(`${name}:\n`);
    if (!flags.includes('l')) {
      process.print(entries.map((entry) => `${entry}\n`).join(''));
      continue;
    }
    const { day, monthName, time } = dateParts(process.world.startedAt);
    for (const entry of entries) {
      const full = files.isFile(path) || flags.includes('d') ? path : `${path}/${entry}`;
      const isDirectory = files.isDirectory(full);
      const size = isDirectory ? 4096 : files.read(full).length;
      process.print(`${isDirectory ? 'drwxr-xr-x' : '-rw-r--r--'}    1 root     root     ${String(size).padStart(9)} ${monthName} ${day} ${time.slice(0, 5)} ${entry}\n`);
    }
  }
  return failed;
};

/** Runs a file operation and words its failure. */
function guarded(process: Process, name: string, action: () => void): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(`${process.argv[0]}: ${name}: ${error.message}\n`);
    return 1;
  }
}

const mkdir: Program = (process) => {
  const parents = process.argv.includes('-p');
  return process.argv.slice(1).filter((arg) => !arg.startsWith('-')).reduce((status, name) => {
    const path = resolvePath(process, name);
    return status | guarded(process, name, () => {
      const steps = path.split('/').filter(Boolean);
      for (let i = 1; i <= steps.length; i++) {
        const step = `/${steps.slice(0, i).join('/')}`;
        if (i === steps.length ? !(parents && process.world.files.isDirectory(step)) : parents && !process.world.files.exists(step)) process.world.files.makeDirectory(step);
      }
    });
  }, 0);
};

const rm: Program = (process) => {
  const flags = process.argv.slice(1).filter((arg) => arg.startsWith('-')).join('');
  return process.argv.slice(1).filter((arg) => !arg.startsWith('-')).reduce((status, name) => {
    const path = resolvePath(process, name);
    if (flags.includes('f') && !process.world.files.exists(path)) return status;
    return status | guarded(process, name, () => (flags.includes('r') ? process.world.files.removeTree(path) : process.world.files.removeFile(path)));
  }, 0);
};

const touch: Program = (process) =>
  process.argv.slice(1).reduce((status, name) => status | guarded(process, name, () => {
    const path = resolvePath(process, name);
    if (!process.world.files.exists(path)) process.world.files.write(path, '');
  }), 0);

const cp: Program = (process) => {
  const [from = '', to = ''] = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  return guarded(process, from, () => {
    const { files } = process.world;
    const target = resolvePath(process, to);
    files.write(files.isDirectory(target) ? `${target}/${from.split('/').pop()}` : target, files.read(resolvePath(process, from)));
  });
};

const mv: Program = (process) => {
  const [from = ''] = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  return (cp(process) as number) || guarded(process, from, () => process.world.files.removeFile(resolvePath(process, from)));
};

const ps: Program = (process) => {
  process.print('PID   USER     TIME  COMMAND\n');
  for (const { pid, argv } of process.world.processes.values()) process.print(`${String(pid).padStart(5)} root      0:00 ${argv.join(' ')}\n`);
  return 0;
};

const uname: Program = (process) => (process.print(process.argv.includes('-a') ? `Linux ${process.world.hostname} 6.1.0 #1 SMP x86_64 GNU/Linux\n` : process.argv.includes('-r') ? '6.1.0\n' : process.argv.includes('-m') ? 'x86_64\n' : 'Linux\n'), 0);

const test: Program = (process) => {
  const args = process.argv.slice(1, process.argv[0] === '[' ? -1 : undefined);
  return evaluateTest(args, process.world.files, (path) => resolvePath(process, path)) ? 0 : 1;
};

export const systemTools: Readonly<Record<string, Program>> = {
  echo, printf, sleep, date, env, printenv: env, id, ls, mkdir, rm, touch, cp, mv, ps, uname, test, '[': test,
  hostname: (process) => (process.print(`${process.argv[1] === '-i' ? process.world.network.addresses[0] : process.world.hostname}\n`), 0),
  whoami: (process) => (process.print(process.world.user.uid === 0 ? 'root\n' : `${process.world.user.uid}\n`), 0),
  pwd: (process) => (process.print(`${process.cwd}\n`), 0),
  true: () => 0,
  false: () => 1,
  which: (process) => (process.print(`/bin/${process.argv[1]}\n`), 0),
};
