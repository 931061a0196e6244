import type { Clock } from '../../../base/clock/index.ts';
import type { ContainerWorld, PidNamespace, Process } from '../processes/process.ts';
import { FileTree, type TreeKind } from './file-tree.ts';
import type { DirectoryNode} from './inode.ts';
import { DeviceNode, LinkNode, VirtualDirectory, type Inode } from './inode.ts';
import { mountLine, type MountPoint, type MountTable } from './mounts.ts';
import { capabilityMask } from '../processes/capabilities.ts';
import { zeros } from './content.ts';
import { FileError } from './errors.ts';
import { ROOT } from './filesystem.ts';
import { rootOf } from './through-directory.ts';

/** The machine, as far as /proc shows it. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly bootedAt: number;
}

const READABLE = 0o444;
export const KERNEL = '6.1.0-39-amd64';

function tree(kind: TreeKind, clock: Clock, limit?: number, device?: string): FileTree {
  return new FileTree({ kind, now: () => clock.now(), ...(limit === undefined ? {} : { limit }), ...(device ? { device } : {}) });
}

function text(of: FileTree, read: () => string, mode = READABLE): DeviceNode {
  return new DeviceNode(of, { mode, uid: 0, gid: 0, mtime: of.now() }, { read });
}

/** /proc of a container. */
export function procMount(world: () => ContainerWorld, machine: Machine, clock: Clock): MountPoint {
  const own = tree('proc', clock);
  const attributes = { mode: 0o555, uid: 0, gid: 0, mtime: clock.now() };
  const uptime = (): number => (clock.now() - machine.bootedAt) / 1000;
  const kilobytes = Math.floor(machine.memoryBytes / 1024);
  const fixed: Record<string, () => string> = {
    version: () => `Linux version ${KERNEL} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.148-1\n`,
    uptime: () => `${uptime().toFixed(2)} ${(uptime() * machine.cpus * 0.97).toFixed(2)}\n`,
    loadavg: () => `0.15 0.22 0.18 1/412 ${world().processes.size}\n`,
    meminfo: () => `MemTotal:       ${String(kilobytes).padStart(8)} kB\nMemFree:        ${String(Math.floor(kilobytes * 0.52)).padStart(8)} kB\nMemAvailable:   ${String(Math.floor(kilobytes * 0.81)).padStart(8)} kB\nBuffers:        ${String(Math.floor(kilobytes * 0.02)).padStart(8)} kB\nCached:         ${String(Math.floor(kilobytes * 0.28)).padStart(8)} kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n`,
    cpuinfo: () => Array.from({ length: machine.cpus }, (_, cpu) => `processor\t: ${cpu}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel name\t: AMD EPYC 7B13\ncpu MHz\t\t: 2450.000\ncache size\t: 512 KB\ncpu cores\t: ${machine.cpus}\nflags\t\t: fpu sse sse2 avx avx2\nbogomips\t: 4900.00\n\n`).join(''),
    stat: () => `cpu  ${Math.floor(uptime() * 3)} 0 ${Math.floor(uptime() * 2)} ${Math.floor(uptime() * 95 * machine.cpus)} 0 0 0 0 0 0\nbtime ${Math.floor(machine.bootedAt / 1000)}\nprocesses ${world().pids.processes.size}\n`,
    mounts: () => mountsText(world().files.mountTable),
    filesystems: () => 'nodev\ttmpfs\nnodev\tproc\nnodev\toverlay\n\text4\n',
    swaps: () => 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    cmdline: () => `BOOT_IMAGE=/boot/vmlinuz-${KERNEL} root=/dev/sda1 ro quiet\n`,
  };
  const pids = (): string[] => [...world().pids.processes.keys()].sort((a, b) => a - b).map(String);
  const find = (name: string): Inode | undefined => {
    const read = fixed[name];
    if (read) return text(own, read);
    if (name === 'self') return new LinkNode(own, { ...attributes, mode: 0o777 }, String([...world().pids.processes.keys()].pop() ?? 1));
    if (name === 'sys') return sysctls(own);
    if (name === 'net') return network(own, world());
    const process = /^\d+$/.test(name) ? world().pids.processes.get(Number(name)) : undefined;
    return process && processDirectory(own, process, world().pids);
  };
  const root = new VirtualDirectory(own, attributes, { list: () => [...pids(), ...Object.keys(fixed), 'net', 'self', 'sys'].sort(), find });
  return { path: '/proc', root, readOnly: false };
}

function directory(own: FileTree, entries: Readonly<Record<string, Inode>>): DirectoryNode {
  return new VirtualDirectory(own, { mode: 0o555, uid: 0, gid: 0, mtime: own.now() }, { list: () => Object.keys(entries).sort(), find: (name) => entries[name] });
}

function processDirectory(own: FileTree, process: Process, pids: PidNamespace): DirectoryNode {
  const { world } = process;
  const { uid, gid, groups } = world.user;
  const mask = capabilityMask(world.capabilities);
  const name = (process.argv[0] ?? '').split('/').pop()!.slice(0, 15);
  const kilobytes = Math.floor(process.memoryBytes / 1024);
  const status = (): string => `Name:\t${name}\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t${pids.pidOf(process)}\nPid:\t${pids.pidOf(process)}\nPPid:\t${pids.parentPidOf(process)}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nGid:\t${gid}\t${gid}\t${gid}\t${gid}\nFDSize:\t64\nGroups:\t${groups.join(' ')} \nVmRSS:\t${String(kilobytes).padStart(8)} kB\nThreads:\t1\nCapInh:\t0000000000000000\nCapPrm:\t${uid === 0 ? mask : '0000000000000000'}\nCapEff:\t${uid === 0 ? mask : '0000000000000000'}\nCapBnd:\t${mask}\nCapAmb:\t0000000000000000\nNoNewPrivs:\t${world.noNewPrivileges ? 1 : 0}\nSeccomp:\t${world.seccomp ?? 0}\nSeccomp_filters:\t${world.seccomp ? 1 : 0}\n`;
  return directory(own, {
    status: text(own, status),
    cmdline: text(own, () => process.argv.map((arg) => `${arg}\0`).join('')),
    comm: text(own, () => `${name}\n`),
    environ: text(own, () => Object.entries(process.env).map(([key, value]) => `${key}=${value}\0`).join(''), 0o400),
    cgroup: text(own, () => '0::/\n'),
    mounts: text(own, () => mountsText(world.files.mountTable)),
    oom_score_adj: text(own, () => `${world.cgroup.resources.oomScoreAdj ?? 0}\n`),
    limits: text(own, () => 'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1048576              1048576              files     \n'),
    cwd: new LinkNode(own, { mode: 0o777, uid, gid, mtime: own.now() }, process.cwd),
    exe: new LinkNode(own, { mode: 0o777, uid, gid, mtime: own.now() }, process.argv[0]?.startsWith('/') ? process.argv[0] : `/bin/${name}`),
    root: rootOf(world.files.as(ROOT)),
    fd: directory(own, Object.fromEntries(['0', '1', '2'].map((number) => [number, streamNode(own, process, Number(number))]))),
  });
}

/** /proc/PID/fd/1 and its like: writing there writes to the process's stream. */
function streamNode(own: FileTree, process: Process, number: number): DeviceNode {
  const write = (bytes: Uint8Array): void => void (number === 2 ? process.stderr : process.stdout).write(bytes);
  return new DeviceNode(own, { mode: 0o700, uid: process.world.user.uid, gid: 0, mtime: own.now() }, { ...(number === 0 ? {} : { write }), device: { major: 136, minor: number } });
}

function sysctls(own: FileTree): DirectoryNode {
  const values = (entries: Record<string, string>): DirectoryNode => directory(own, Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, text(own, () => `${value}\n`)])));
  return directory(own, {
    kernel: values({ ostype: 'Linux', osrelease: KERNEL, pid_max: '4194304', threads_max: '63000', shmmax: '18446744073692774399' }),
    vm: values({ overcommit_memory: '0', swappiness: '60', max_map_count: '65530' }),
    net: directory(own, { core: values({ somaxconn: '4096' }), ipv4: values({ ip_forward: '1', ip_local_port_range: '32768\t60999', ip_unprivileged_port_start: '0', tcp_syncookies: '1' }) }),
    fs: values({ 'file-max': '9223372036854775807' }),
  });
}

const hexAddress = (address: string): string => address.split('.').reverse().map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0')).join('');

function network(own: FileTree, world: ContainerWorld): DirectoryNode {
  const listeners = (protocol: 'tcp' | 'udp') => (): string =>
    ['  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode', ...world.network.sockets.filter((socket) => socket.protocol === protocol && socket.state !== 'ESTAB').map(({ local: { address, port } }, index) => `${String(index).padStart(4)}: ${hexAddress(address || '0.0.0.0')}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 ${protocol === 'tcp' ? '0A' : '07'} 00000000:00000000 00:00000000 00000000     0        0 ${40_000 + port} 1 0000000000000000 100 0 0 10 0`)].join('\n') + '\n';
  return directory(own, { tcp: text(own, listeners('tcp')), udp: text(own, listeners('udp')), dev: text(own, () => 'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n  eth0:    8214      61    0    0    0     0          0         0     4106      43    0    0    0     0       0          0\n') });
}

export function mountsText(table: MountTable): string {
  return table.list().map((mount) => `${mountLine(mount)}\n`).join('');
}

/** /dev and what is below it. */
export function deviceMounts(world: () => ContainerWorld, clock: Clock): MountPoint[] {
  const own = tree('tmpfs', clock, 64 * 1024 * 1024);
  const add = (name: string, major: number, minor: number, options: { read?: () => string; endless?: (length: number) => Uint8Array; write?: (bytes: Uint8Array) => void }): void =>
    own.root.set(name, new DeviceNode(own, { mode: 0o666, uid: 0, gid: 0, mtime: clock.now() }, { ...options, device: { major, minor } }));
  const zero = (length: number): Uint8Array => zeros(length).next().value as Uint8Array;
  add('null', 1, 3, { write: () => {} });
  add('zero', 1, 5, { endless: zero, write: () => {} });
  add('full', 1, 7, { endless: zero, write: () => { throw new FileError('ENOSPC'); } });
  for (const [name, minor] of [['random', 8], ['urandom', 9]] as const) add(name, 1, minor, { endless: (length) => randomBytes(world(), length), write: () => {} });
  add('tty', 5, 0, {});
  for (const [name, target] of [['fd', '/proc/self/fd'], ['stdin', '/proc/self/fd/0'], ['stdout', '/proc/self/fd/1'], ['stderr', '/proc/self/fd/2'], ['core', '/proc/kcore']] as const) own.link(name, target);
  own.directory('pts');
  own.directory('mqueue');
  own.directory('shm').mode = 0o1777;
  const shm = tree('tmpfs', clock, 64 * 1024 * 1024, 'shm');
  shm.root.mode = 0o1777;
  return [
    { path: '/dev', root: own.root, readOnly: false, options: 'nosuid,size=65536k,mode=755,inode64' },
    { path: '/dev/pts', root: tree('devpts', clock).root, readOnly: false, options: 'nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666' },
    { path: '/dev/mqueue', root: tree('mqueue', clock).root, readOnly: false },
    { path: '/dev/shm', root: shm.root, readOnly: false, options: 'nosuid,nodev,noexec,relatime,size=65536k,inode64' },
  ];
}

let noise: Uint8Array | undefined;

/** Views of one block of noise. */
function randomBytes(world: ContainerWorld, length: number): Uint8Array {
  noise ??= Uint8Array.from({ length: 1 << 16 }, () => world.random.int(256));
  const start = world.random.int(4_096);
  return noise.subarray(start, Math.min(noise.length, start + length));
}

/** /sys with the network devices and the cgroup. */
export function sysMounts(world: () => ContainerWorld, clock: Clock, privileged: boolean): MountPoint[] {
  const own = tree('sysfs', clock);
  const address = (): string => (world().network.addresses[0] ?? '10.0.0.1').split('.').map((part) => Number(part).toString(16).padStart(2, '0')).join(':');
  const device = (state: string, mac: () => string): DirectoryNode => directory(own, { operstate: text(own, () => `${state}\n`), mtu: text(own, () => (state === 'up' ? '1500\n' : '65536\n')), address: text(own, () => `${mac()}\n`), carrier: text(own, () => '1\n'), speed: text(own, () => '10000\n') });
  const sys = directory(own, {
    class: directory(own, { net: directory(own, { eth0: device('up', () => `5e:00:${address()}`), lo: device('unknown', () => '00:00:00:00:00:00') }) }),
    kernel: directory(own, {}),
    fs: directory(own, { cgroup: directory(own, {}) }),
    devices: directory(own, { system: directory(own, { cpu: directory(own, { online: text(own, () => '0-3\n') }) }) }),
  });
  return [{ path: '/sys', root: sys, readOnly: !privileged }, { path: '/sys/fs/cgroup', root: cgroupRoot(world, clock), readOnly: !privileged }];
}

function cgroupRoot(world: () => ContainerWorld, clock: Clock): DirectoryNode {
  const own = tree('cgroup2', clock, undefined, 'cgroup');
  const group = () => world().cgroup;
  return directory(own, {
    'memory.max': text(own, () => `${group().resources.memoryLimitBytes ?? 'max'}\n`, 0o644),
    'memory.current': text(own, () => `${group().memoryUsed}\n`),
    'memory.peak': text(own, () => `${group().peakMemory}\n`),
    'memory.events': text(own, () => `low 0\nhigh 0\nmax 0\noom ${group().oomKills}\noom_kill ${group().oomKills}\noom_group_kill 0\n`),
    'cpu.max': text(own, () => `${group().resources.cpuLimitMillis === undefined ? 'max' : group().resources.cpuLimitMillis! * 100} 100000\n`, 0o644),
    'cpu.weight': text(own, () => `${cpuWeight(group().resources.cpuShares ?? 2)}\n`, 0o644),
    'cpu.stat': text(own, () => `usage_usec ${Math.round(group().cpuUsageMs * 1000)}\nuser_usec ${Math.round(group().cpuUsageMs * 800)}\nsystem_usec ${Math.round(group().cpuUsageMs * 200)}\nnr_periods ${Math.ceil(group().cpuUsageMs / 100)}\nnr_throttled ${group().throttling.periods}\nthrottled_usec ${Math.round(group().throttling.milliseconds * 1000)}\n`),
    'pids.current': text(own, () => `${world().processes.size}\n`),
    'pids.max': text(own, () => 'max\n'),
    'cgroup.procs': text(own, () => [...world().processes.keys()].map((pid) => `${pid}\n`).join('')),
    'cgroup.controllers': text(own, () => 'cpuset cpu io memory hugetlb pids rdma misc\n'),
  });
}

/** models runc: ConvertCPUSharesToCgroupV2Value */
function cpuWeight(shares: number): number {
  return shares === 0 ? 0 : Math.max(1, Math.floor(1 + ((shares - 2) * 9_999) / 262_142));
}
