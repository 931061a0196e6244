import { unixTime } from '../images/dates.ts';
import { CommandNotFound, ProcessExit, type Process, type Program } from '../processes/process.ts';
import { SIGNAL_NUMBERS, signalName, type Signal } from '../processes/signals.ts';
import { userName } from './accounts.ts';
import { isBusybox, quoted, toolName } from './input.ts';
import { tool } from './options.ts';

/** Programs that start, list, wait for and end others. */
const all = (process: Process): Process[] => [...process.world.pids.processes].sort(([a], [b]) => a - b).map(([, item]) => item);
const pidIn = (process: Process, item: Process): number => process.world.pids.pidOf(item);
const parentIn = (process: Process, item: Process): number => process.world.pids.parentPidOf(item);
/** By the viewer's own /etc/passwd. */
const owner = (viewer: Process, { world: { user } }: Process): string => userName(viewer.world.files, user.uid) ?? String(user.uid);
const commandLine = ({ argv }: Process): string => argv.join(' ');
const clockTime = (milliseconds: number): string => `${Math.floor(milliseconds / 60_000)}:${String(Math.floor(milliseconds / 1000) % 60).padStart(2, '0')}`;
const longTime = (milliseconds: number): string => `00:${String(Math.floor(milliseconds / 60_000)).padStart(2, '0')}:${String(Math.floor(milliseconds / 1000) % 60).padStart(2, '0')}`;

const ps: Program = (process) => {
  const args = process.argv.slice(1).join(' ');
  if (isBusybox(process)) {
    const fields = /-o\s*(\S+)/.exec(args)?.[1];
    if (fields) return custom(process, fields);
    process.print('PID   USER     TIME  COMMAND\n');
    for (const item of all(process)) process.print(`${String(pidIn(process, item)).padStart(5)} ${owner(process, item).padEnd(8).slice(0, 8)} ${clockTime(item.cpuMs).padStart(5)} ${commandLine(item)}\n`);
    return 0;
  }
  const fields = /-?o\s*(\S+)/.exec(args)?.[1];
  if (fields) return custom(process, fields);
  const isFull = /-\w*f/.test(args);
  if (/^-?\w*a\w*u|^-?\w*u/.test(args) && !isFull) {
    const total = process.world.machine.memoryBytes;
    process.print('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
    for (const item of all(process)) process.print(`${owner(process, item).padEnd(8)} ${String(pidIn(process, item)).padStart(7)} ${(0).toFixed(1).padStart(4)} ${((item.memoryBytes / total) * 100).toFixed(1).padStart(4)} ${String(Math.floor(item.memoryBytes / 512)).padStart(6)} ${String(Math.floor(item.memoryBytes / 1024)).padStart(5)} ${(item.tty ? 'pts/0' : '?').padEnd(8)} ${(pidIn(process, item) === 1 ? 'Ss' : item === process ? 'R+' : 'S').padEnd(4)} ${unixTime(item.startedAt).slice(0, 5)} ${clockTime(item.cpuMs).padStart(6)} ${commandLine(item)}\n`);
    return 0;
  }
  if (isFull) {
    process.print('UID          PID    PPID  C STIME TTY          TIME CMD\n');
    for (const item of all(process)) process.print(`${owner(process, item).padEnd(8)} ${String(pidIn(process, item)).padStart(7)} ${String(parentIn(process, item)).padStart(7)}  0 ${unixTime(item.startedAt).slice(0, 5)} ${(item.tty ? 'pts/0' : '?').padEnd(8)} ${longTime(item.cpuMs)} ${commandLine(item)}\n`);
    return 0;
  }
  const shown = /[-]?[eAax]/.test(args) ? all(process) : all(process).filter((item) => item === process || item === process.parent);
  process.print('    PID TTY          TIME CMD\n');
  for (const item of shown) process.print(`${String(pidIn(process, item)).padStart(7)} ${(item.tty ? 'pts/0' : '?').padEnd(8)} ${longTime(item.cpuMs)} ${(item.argv[0] ?? '').split('/').pop()}\n`);
  return 0;
};

function custom(process: Process, fields: string): number {
  const columns: Record<string, [string, (item: Process) => string]> = {
    pid: ['PID', (item) => String(pidIn(process, item))], ppid: ['PPID', (item) => String(parentIn(process, item))], user: ['USER', (item) => owner(process, item)], uid: ['UID', (item) => String(item.world.user.uid)], args: ['COMMAND', commandLine], cmd: ['CMD', commandLine], command: ['COMMAND', commandLine],
    comm: ['COMMAND', (item) => (item.argv[0] ?? '').split('/').pop()!], time: ['TIME', (item) => clockTime(item.cpuMs)], rss: ['RSS', (item) => String(Math.floor(item.memoryBytes / 1024))], vsz: ['VSZ', (item) => String(Math.floor(item.memoryBytes / 512))], stat: ['STAT', () => 'S'], tty: ['TTY', () => '?'], etime: ['ELAPSED', (item) => clockTime(item.world.clock.now() - item.startedAt)],
  };
  const names = fields.split(',').map((name) => name.replace(/=.*/, ''));
  const unknown = names.find((name) => !columns[name]);
  if (unknown !== undefined) {
    process.error(isBusybox(process) ? `ps: bad -o argument '${unknown}', supported arguments: user,group,comm,args,pid,ppid,pgid,etime,nice,rgroup,ruser,time,tty,vsz,sid,stat,rss\n` : `error: unknown user-defined format specifier "${unknown}"\n`);
    return 1;
  }
  const rows = [names.map((name) => columns[name]![0]), ...all(process).map((item) => names.map((name) => columns[name]![1](item)))];
  const widths = names.map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  for (const row of rows) process.print(`${row.map((cell, index) => (index === row.length - 1 ? cell : isBusybox(process) ? cell.padEnd(widths[index]!) : /^\d/.test(rows[1]![index]!) ? cell.padStart(Math.max(7, widths[index]!)) : cell.padEnd(widths[index]!))).join(' ')}\n`);
  return 0;
}

const top: Program = async (process) => {
  const args = process.argv.slice(1).join(' ');
  const isBatch = /-\w*b/.test(args);
  const rounds = Number(/n\s*(\d+)/.exec(args)?.[1] ?? (isBatch || !process.tty ? (isBatch ? Infinity : 1) : Infinity));
  const delay = Number(/d\s*([\d.]+)/.exec(args)?.[1] ?? (isBusybox(process) ? 5 : 3));
  if (!isBusybox(process) && !process.tty && !isBatch) {
    process.error('top: failed tty get\n');
    return 1;
  }
  let before = new Map(all(process).map((item) => [pidIn(process, item), item.cpuMs]));
  let at = process.world.clock.now() - 1_000;
  const stop = new Promise<'q'>((resolve) => void (async () => {
    if (!process.tty) return;
    for (let chunk = await process.stdin.read(); chunk; chunk = await process.stdin.read()) if (new TextDecoder().decode(chunk).includes('q')) resolve('q');
  })());
  for (let round = 0; round < rounds; round++) {
    const now = process.world.clock.now();
    const rates = new Map(all(process).map((item) => [pidIn(process, item), ((item.cpuMs - (before.get(pidIn(process, item)) ?? 0)) / Math.max(1, now - at)) * 100]));
    if (!isBatch && process.tty) process.print('\u001b[H\u001b[J');
    await process.write(topScreen(process, rates));
    before = new Map(all(process).map((item) => [pidIn(process, item), item.cpuMs]));
    at = now;
    if (round + 1 < rounds && (await Promise.race([process.sleep(delay * 1000).then(() => undefined), stop])) === 'q') return 0;
  }
  return 0;
};

function topScreen(process: Process, rates: ReadonlyMap<number, number>): string {
  const { machine, clock } = process.world;
  const kilobytes = Math.floor(machine.memoryBytes / 1024);
  const [used, free] = [Math.floor(kilobytes * 0.48), Math.floor(kilobytes * 0.52)];
  const items = all(process).sort((a, b) => (rates.get(b.pid) ?? 0) - (rates.get(a.pid) ?? 0) || pidIn(process, a) - pidIn(process, b));
  if (isBusybox(process)) {
    const percent = (item: Process): string => String(Math.round((rates.get(pidIn(process, item)) ?? 0) / machine.cpus)).padStart(3);
    return `Mem: ${used}K used, ${free}K free, 2164K shrd, ${Math.floor(kilobytes * 0.02)}K buff, ${Math.floor(kilobytes * 0.28)}K cached\nCPU:   2% usr   1% sys   0% nic  96% idle   0% io   0% irq   0% sirq\nLoad average: 0.15 0.22 0.18 1/412 ${process.pid}\n  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND\n${items.map((item) => `${String(pidIn(process, item)).padStart(5)} ${String(parentIn(process, item)).padStart(5)} ${owner(process, item).padEnd(8)} ${(item === process ? 'R' : 'S').padEnd(4)} ${String(Math.floor(item.memoryBytes / 512)).padStart(5)}   0%   0 ${percent(item)}% ${commandLine(item)}\n`).join('')}`;
  }
  const uptime = clock.now() - machine.bootedAt;
  return `top - ${unixTime(clock.now())} up ${Math.floor(uptime / 60_000)} min,  0 users,  load average: 0.15, 0.22, 0.18\nTasks: ${String(items.length).padStart(3)} total,   1 running, ${String(items.length - 1).padStart(3)} sleeping,   0 stopped,   0 zombie\n%Cpu(s):  2.0 us,  1.0 sy,  0.0 ni, 97.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st \nMiB Mem : ${(kilobytes / 1024).toFixed(1).padStart(8)} total, ${(free / 1024).toFixed(1).padStart(8)} free, ${(used / 1024).toFixed(1).padStart(8)} used, ${((kilobytes * 0.3) / 1024).toFixed(1).padStart(8)} buff/cache     \nMiB Swap:      0.0 total,      0.0 free,      0.0 used. ${((kilobytes * 0.81) / 1024).toFixed(1).padStart(8)} avail Mem \n\n    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n${items.map((item) => `${String(pidIn(process, item)).padStart(7)} ${owner(process, item).padEnd(8)}  20   0 ${String(Math.floor(item.memoryBytes / 512)).padStart(7)} ${String(Math.floor(item.memoryBytes / 1024)).padStart(6)} ${String(Math.floor(item.memoryBytes / 2048)).padStart(6)} ${item === process ? 'R' : 'S'} ${(rates.get(pidIn(process, item)) ?? 0).toFixed(1).padStart(5)} ${((item.memoryBytes / machine.memoryBytes) * 100).toFixed(1).padStart(5)} ${`${clockTime(item.cpuMs)}.${String(Math.floor((item.cpuMs % 1000) / 10)).padStart(2, '0')}`.padStart(9)} ${(item.argv[0] ?? '').split('/').pop()}\n`).join('')}`;
}

const matching = (process: Process, name: string, full: boolean): Process[] => all(process).filter((item) => item !== process && (full ? new RegExp(name).test(commandLine(item)) : new RegExp(name).test((item.argv[0] ?? '').split('/').pop()!)));

function listed(process: Process, names: readonly string[], exact: boolean, full = false): Process[] {
  return names.flatMap((name) => (exact ? all(process).filter((item) => (item.argv[0] ?? '').split('/').pop() === name) : matching(process, name, full)));
}

const pidof: Program = (process) => {
  const found = listed(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')), true);
  if (found.length === 0) return 1;
  process.print(`${found.map((item) => pidIn(process, item)).reverse().join(' ')}\n`);
  return 0;
};

const pgrep: Program = (process) => {
  const args = process.argv.slice(1);
  const found = listed(process, args.filter((arg) => !arg.startsWith('-')), args.includes('-x'), args.some((arg) => /^-\w*f/.test(arg)));
  for (const item of found) process.print(args.some((arg) => /^-\w*[la]/.test(arg)) ? `${pidIn(process, item)} ${commandLine(item)}\n` : `${pidIn(process, item)}\n`);
  return found.length > 0 ? 0 : 1;
};

/** pkill and killall. */
function killer(exact: boolean): Program {
  return (process) => {
    const args = process.argv.slice(1);
    let signal: Signal = 'SIGTERM';
    const names: string[] = [];
    for (const arg of args) {
      const found = arg.startsWith('-') ? signalName(arg.slice(1)) : undefined;
      if (found) signal = found;
      else if (!arg.startsWith('-')) names.push(arg);
    }
    const found = listed(process, names, exact, args.includes('-f'));
    for (const item of found) item.kill(signal, item.world.pids !== process.world.pids);
    if (found.length === 0 && exact) process.error(`${toolName(process)}: ${names[0]}: no process ${isBusybox(process) ? 'killed' : 'found'}\n`);
    return found.length > 0 ? 0 : 1;
  };
}

const kill: Program = (process) => {
  let signal: Signal = 'SIGTERM';
  let status = 0;
  const args = process.argv.slice(1);
  if (args[0] === '-l') return process.print(`${Object.keys(SIGNAL_NUMBERS).map((name) => name.replace('SIG', '')).join('\n')}\n`), 0;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg.startsWith('-') && i === 0) {
      const found = signalName(arg === '-s' ? args[++i]! : arg.slice(1));
      if (!found && arg !== '-0') {
        process.error(`kill: bad signal name '${arg.slice(1)}'\n`);
        return 1;
      }
      signal = found ?? 'SIGCONT';
      continue;
    }
    const target = process.world.pids.processes.get(Number(arg));
    if (target) target.kill(signal, target.world.pids !== process.world.pids);
    else {
      process.error(isBusybox(process) ? `kill: can't kill pid ${arg}: No such process\n` : `kill: (${arg}): No such process\n`);
      status = 1;
    }
  }
  return status;
};

/** Runs the rest of the arguments as a program. Returns its status, or 127 and 126. */
export async function runRest(process: Process, words: readonly string[], extra: { env?: Record<string, string>; onStart?: (child: Process) => void } = {}): Promise<number> {
  const { world, cwd, stdin, stdout, stderr, tty } = process;
  try {
    const child = world.spawn(words, { env: extra.env ?? process.env, cwd, stdin, stdout, stderr, parent: process, tty });
    extra.onStart?.(child);
    return await child.exited;
  } catch (error) {
    if (!(error instanceof CommandNotFound)) throw error;
    process.error(isBusybox(process) ? `${toolName(process)}: can't execute '${error.command}': ${error.reason === 'denied' ? 'Permission denied' : 'No such file or directory'}\n` : `${toolName(process)}: ${toolName(process) === 'nohup' || toolName(process) === 'timeout' ? 'failed to run command ' : ''}${quoted(process, error.command)}: ${error.reason === 'denied' ? 'Permission denied' : 'No such file or directory'}\n`);
    return error.reason === 'denied' ? 126 : 127;
  }
}

const timeout = tool('k:s:', async (process, { value, rest: [limit, ...words] }) => {
  if (limit === undefined || words.length === 0) {
    process.error("timeout: missing operand\nTry 'timeout --help' for more information.\n");
    return 125;
  }
  const milliseconds = durationOf(limit) * 1000;
  let timedOut = false;
  const code = await runRest(process, words, {
    onStart: (child) => {
      const timer = process.world.clock.schedule(milliseconds, () => {
        timedOut = true;
        child.kill(signalName(value('s') ?? 'TERM') ?? 'SIGTERM');
        if (value('k') !== undefined) process.world.clock.schedule(durationOf(value('k')!) * 1000, () => child.kill('SIGKILL'));
      });
      void child.exited.then(() => timer.dispose());
    },
  });
  return timedOut ? (isBusybox(process) ? 143 : 124) : code;
}, {}, { stopAtFirst: true });

/** `1.5`, `10s`, `2m`, `1h`, `1d` in seconds; NaN when it is none. */
export function durationOf(text: string): number {
  const match = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(text);
  if (/^inf(inity)?$/.test(text)) return Infinity;
  return match ? Number(match[1]) * ({ '': 1, s: 1, m: 60, h: 3_600, d: 86_400 }[match[2]!] ?? 1) : Number.NaN;
}

const time: Program = async (process) => {
  const startedAt = process.world.clock.now();
  const code = await runRest(process, process.argv.slice(1).filter((arg, index) => !(index === 0 && arg === '-p')));
  const milliseconds = process.world.clock.now() - startedAt;
  process.error(`real\t${Math.floor(milliseconds / 60_000)}m ${((milliseconds % 60_000) / 1000).toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`);
  return code;
};

const nohup: Program = async (process) => {
  process.ignoreSignal('SIGHUP');
  return runRest(process, process.argv.slice(1), { onStart: (child) => child.ignoreSignal('SIGHUP') });
};

const watch: Program = async (process) => {
  const args = process.argv.slice(1);
  let seconds = 2;
  while (args[0]?.startsWith('-')) {
    const flag = args.shift()!;
    if (flag.startsWith('-n')) seconds = Number(flag.slice(2) || args.shift());
  }
  for (;;) {
    if (process.tty) process.print('\u001b[H\u001b[J');
    process.print(`Every ${seconds.toFixed(1)}s: ${args.join(' ')}${' '.repeat(Math.max(1, 50 - args.join(' ').length))}${unixTime(process.world.clock.now())}\n\n`);
    await runRest(process, ['sh', '-c', args.join(' ')]);
    await process.sleep(seconds * 1000);
  }
};

/** env(1): shows the environment, or runs a program in a changed one. */
const env: Program = (process) => {
  const args = process.argv.slice(1);
  let variables = { ...process.env };
  while (args.length > 0) {
    if (args[0] === '-i' || args[0] === '-') variables = {};
    else if (args[0] === '-u') delete variables[args.splice(1, 1)[0]!];
    else if (!/^[A-Za-z_]\w*=/.test(args[0]!)) break;
    else variables[args[0]!.split('=')[0]!] = args[0]!.slice(args[0]!.indexOf('=') + 1);
    args.shift();
  }
  if (args.length > 0) return runRest(process, args, { env: variables });
  for (const [name, value] of Object.entries(variables)) process.print(`${name}=${value}\n`);
  return 0;
};

const printenv: Program = (process) => {
  const names = process.argv.slice(1);
  if (names.length === 0) return env(process);
  return names.reduce((status, name) => {
    if (process.env[name] === undefined) return 1;
    process.print(`${process.env[name]}\n`);
    return status;
  }, 0);
};

const passThrough = (skip: number): Program => (process) => {
  const words = process.argv.slice(1);
  while (words[0]?.startsWith('-')) words.splice(0, skip);
  return runRest(process, words);
};

const sleep: Program = async (process) => {
  const args = process.argv.slice(1);
  if (args.length === 0) {
    process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: sleep [N]...\n\nPause for a time equal to the total of the args given, where each arg can\nhave an optional suffix of (s)econds, (m)inutes, (h)ours, or (d)ays\n' : "sleep: missing operand\nTry 'sleep --help' for more information.\n");
    return 1;
  }
  const bad = args.find((arg) => Number.isNaN(durationOf(arg)));
  if (bad !== undefined) {
    process.error(isBusybox(process) ? `sleep: invalid number '${bad}'\n` : `sleep: invalid time interval '${bad}'\nTry 'sleep --help' for more information.\n`);
    return 1;
  }
  const seconds = args.reduce((sum, arg) => sum + durationOf(arg), 0);
  if (!Number.isFinite(seconds) || seconds > 1e9) {
    await process.exited;
    throw new ProcessExit(137);
  }
  await process.sleep(seconds * 1000);
  return 0;
};

export const processTools: Readonly<Record<string, Program>> = {
  kill, timeout, nohup, env, printenv, sleep, nice: passThrough(2), setsid: passThrough(1), stdbuf: passThrough(1), ionice: passThrough(2),
};

/** What Debian has in the package procps, and busybox anyway. */
export const procps: Readonly<Record<string, Program>> = { ps, top, pidof, pgrep, pkill: killer(false), killall: killer(true), watch, time };
