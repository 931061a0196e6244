import type { Process } from '../processes/process.ts';
import { sizeOf } from '../tools/files.ts';
import { durationOf } from '../tools/processes.ts';
import { alpine, busybox } from './busybox.ts';
import { image, PATH, tags } from './image.ts';
import { flag, httpUntilTold, plain } from './until-told.ts';
import { debianFiles, DEBIAN_LINKS, SHARED_MODES } from './userlands.ts';

/** Images that use the machine: stress, a slow starter, a leaker, perl for pi; and curl. */
async function stress(process: Process): Promise<number> {
  const { argv } = process;
  const number = (long: string, short: string): number => Number(flag(argv, long, short) ?? 0);
  const [cpus, io, vms] = [number('--cpu', '-c'), number('--io', '-i'), number('--vm', '-m')];
  const bytes = sizeOf(flag(argv, '--vm-bytes') ?? '256M');
  const timeout = flag(argv, '--timeout', '-t');
  if (cpus + io + vms === 0) {
    process.print('`stress\' imposes certain types of compute stress on your system\n\nUsage: stress [OPTION [ARG]] ...\n');
    return 0;
  }
  process.print(`stress: info: [${process.pid}] dispatching hogs: ${cpus} cpu, ${io} io, ${vms} vm, 0 hdd\n`);
  if (vms > 0) process.hold(1_000_000 + vms * bytes);
  const until = timeout === undefined ? Infinity : process.world.clock.now() + durationOf(timeout) * 1000;
  const hogs = Math.max(cpus, vms);
  while (process.world.clock.now() < until) {
    const waiting = process.compute(100 * Math.max(1, hogs));
    if (waiting) await waiting;
  }
  process.print(`stress: info: [${process.pid}] successful run completed in ${timeout === undefined ? 0 : durationOf(timeout)}s\n`);
  return 0;
}

export const stressImage = image({ ...alpine, repository: 'docker.io/polinux/stress', tags: { ...tags('1.0.4', 3_960_000, ['latest', '1.0.4']) }, command: ['stress', '--help'], programs: { stress } });

/** Takes its time before it listens: `START_SECONDS`, 20 by default. */
async function slow(process: Process): Promise<number> {
  const seconds = Number(process.env['START_SECONDS'] ?? 20);
  for (let left = seconds; left > 0; left -= 5) {
    process.print(`slow: warming up, ${left} s left\n`);
    await process.sleep(Math.min(5, left) * 1000);
  }
  process.print('slow: ready on port 8080\n');
  return httpUntilTold(process, 8080, () => plain('ready\n'));
}

/** Orrery's own: a program that is long in coming up. */
export const slowStarter = image({ ...busybox, repository: 'docker.io/orrery/slow', tags: { ...tags('1', 2_400_000, ['latest', '1']) }, entrypoint: ['/slow'], command: [], programs: { '/slow': slow } });

/** Takes a little more memory every second: `LEAK_MIB`, 5 by default. */
async function leak(process: Process): Promise<number> {
  const step = Number(process.env['LEAK_MIB'] ?? 5);
  process.onSignal('SIGTERM', () => process.end(0));
  for (let held = step; ; held += step) {
    process.print(`leak: holding ${held} MiB\n`);
    process.hold(held << 20);
    await process.sleep(1_000);
  }
}

/** Orrery's own: a program that never gives back. */
export const leaker = image({ ...busybox, repository: 'docker.io/orrery/leak', tags: { ...tags('1', 2_400_000, ['latest', '1']) }, entrypoint: ['/leak'], command: [], programs: { '/leak': leak } });

/** π to so many digits. After Gibbons: an unbounded spigot. */
function digitsOfPi(count: number): string {
  let [q, r, t, k, n, l] = [1n, 0n, 1n, 1n, 3n, 3n];
  let digits = '';
  while (digits.length < count) {
    if (4n * q + r - t < n * t) {
      digits += n;
      [q, r, n] = [10n * q, 10n * (r - n * t), (10n * (3n * q + r)) / t - 10n * n];
    } else [q, r, t, k, n, l] = [q * k, (2n * q + r) * l, t * l, k + 1n, (q * (7n * k) + 2n + r * l) / (t * l), l + 2n];
  }
  return `${digits[0]}.${digits.slice(1)}`;
}

/** The program of the documentation's Job, and `-e 'print "…"'`. */
async function perl(process: Process): Promise<number> {
  const script = process.argv.slice(1).find((arg) => !arg.startsWith('-')) ?? '';
  const pi = /bpi\((\d+)\)/.exec(script);
  if (pi) {
    const waiting = process.compute(Number(pi[1]) * 1.5);
    if (waiting) await waiting;
    process.print(digitsOfPi(Math.min(5_000, Number(pi[1]))));
    return 0;
  }
  const printed = /^print\s+(['"])(.*)\1;?$/.exec(script);
  if (printed) return process.print(printed[2]!.replace(/\\n/g, '\n')), 0;
  process.error('perl: this image knows bpi and print only: other programs are not interpreted\n');
  return 2;
}

export const perlImage = image({ repository: 'docker.io/library/perl', tags: { ...tags('5.42.0', 373_000_000, ['latest', '5', '5.42', '5.34.0', '5.34', '5.36', 'bookworm']) }, command: ['perl', '-de0'], env: { PATH, PERL_VERSION: '5.42.0' }, files: debianFiles(), links: DEBIAN_LINKS, modes: SHARED_MODES, userland: 'debian', packages: ['curl', 'procps'], programs: { perl } });

export const curlImage = image({ ...alpine, repository: 'docker.io/curlimages/curl', tags: { ...tags('8.16.0', 9_870_000, ['latest', '8.16.0', '8.10.1', '8.5.0', '8.00.1', '7.88.1']) }, entrypoint: ['/entrypoint.sh'], command: ['curl'], user: '100:101', packages: ['curl'], files: { ...alpine.files, '/etc/passwd': `${alpine.files['/etc/passwd']}curl_user:x:100:101:Linux User,,,:/home/curl_user:/sbin/nologin\n` }, programs: { '/entrypoint.sh': (process) => { const words = process.argv.slice(1); return process.become(words[0]?.startsWith('-') ? ['curl', ...words] : words, process); } } });
