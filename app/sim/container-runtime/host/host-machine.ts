import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import { BytePipe, type ProcessSession } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { ContainerRuntime } from '../cri.ts';
import { ContainerNetwork } from '../engine/container-network.ts';
import { openSession } from '../engine/session.ts';
import { findProgram, spawn } from '../engine/world.ts';
import type { Disk } from '../filesystem/disk.ts';
import type { FileTree } from '../filesystem/file-tree.ts';
import { FileSystem } from '../filesystem/filesystem.ts';
import { FileNode } from '../filesystem/inode.ts';
import { deviceMounts, procMount, sysMounts, type Machine } from '../filesystem/special.ts';
import { capabilitiesOf } from '../processes/capabilities.ts';
import { Cgroup } from '../processes/cgroup.ts';
import type { PidNamespace} from '../processes/process.ts';
import { Process, type ContainerWorld, type Program } from '../processes/process.ts';
import { crictl } from './crictl.ts';
import type { Journal } from './journal.ts';
import { nodeImage } from './node-image.ts';
import { journalctl, systemctl } from './systemd.ts';
import type { Unit, UnitState } from './units.ts';

export interface HostMachineOptions {
  readonly hostname: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly machine: Machine;
  readonly host: { readonly disk: Disk; readonly host: FileTree };
  readonly network: NetworkNamespace;
  readonly pids: PidNamespace;
  readonly runtime: ContainerRuntime;
  readonly journal: Journal;
  /** Programs that only this machine has. */
  readonly programs?: Readonly<Record<string, Program>>;
}

const HOME = '/root';
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME, SHELL: '/bin/bash', USER: 'root', LOGNAME: 'root', TERM: 'xterm' };

/**
 * The node itself, beside its containers: its files with what a kubeadm node has on them, its processes (which see all
 * containers' too), its services, and a shell for whoever gets in.
 */
export class HostMachine {
  readonly journal: Journal;
  readonly #options: HostMachineOptions;
  readonly #units = new Map<string, UnitState>();
  readonly #processes = new Map<number, Process>();
  readonly #world: ContainerWorld;

  constructor(options: HostMachineOptions) {
    this.#options = options;
    this.journal = options.journal;
    this.#world = this.#makeWorld();
    const { host, hostname } = options;
    const tree = host.host;
    tree.file('etc/hostname', `${hostname}\n`);
    tree.file('etc/hosts', `127.0.0.1\tlocalhost\n${options.network.addresses[0] ?? '127.0.1.1'}\t${hostname}\n`);
    tree.file('etc/resolv.conf', 'nameserver 172.18.0.1\noptions ndots:0\n');
    const machine = { hostname, journal: this.journal, unit: (name: string) => this.#units.get(name), units: () => [...this.#units.values()] };
    const programs: Readonly<Record<string, Program>> = { crictl: crictl(options.runtime), systemctl: systemctl(machine), journalctl: journalctl(machine), ...options.programs };
    for (const [name, program] of Object.entries(programs)) tree.directory('usr/bin').set(name, new FileNode(tree, { mode: 0o755, uid: 0, gid: 0, mtime: tree.now() }, new Uint8Array(64), program));
    const init = this.#daemon(['/sbin/init'], undefined, 12);
    this.#daemon(['/lib/systemd/systemd-journald'], init, 18);
  }

  /** Looks after a unit; call {@link changed} when it came up or went down. */
  add(unit: Unit): void {
    this.#units.set(unit.name, { unit, process: undefined, since: this.#options.clock.now(), enabled: true });
    this.changed(unit.name);
  }

  changed(name: string): void {
    const state = this.#units.get(name);
    if (!state || state.unit.running === (state.process !== undefined)) return;
    const { unit } = state;
    state.since = this.#options.clock.now();
    if (unit.running) {
      state.process = this.#daemon(unit.argv, this.#options.pids.processes.get(1), 42, 24);
      this.journal.add(`${name}.service`, 'systemd[1]', `Started ${name}.service - ${unit.description}.`);
    } else {
      this.journal.add(`${name}.service`, 'systemd[1]', `Stopping ${name}.service - ${unit.description}...`);
      state.process?.end(0);
      state.process = undefined;
      this.journal.add(`${name}.service`, 'systemd[1]', `${name}.service: Deactivated successfully.`);
      this.journal.add(`${name}.service`, 'systemd[1]', `Stopped ${name}.service - ${unit.description}.`);
    }
  }

  /** A line that a unit's process writes. */
  log(name: string, text: string): void {
    const pid = this.#units.get(name)?.process?.pid ?? 0;
    this.journal.add(`${name}.service`, `${name}[${pid}]`, text);
  }

  pidOf(name: string): number {
    return this.#units.get(name)?.process?.pid ?? 0;
  }

  /** A root shell on the machine. */
  shell(options: { readonly command?: readonly string[]; readonly tty: boolean }): ProcessSession & { kill(): void } {
    const command = options.command ?? ['/bin/bash'];
    return openSession((streams) => this.#world.spawn(command, { env: ENVIRONMENT, cwd: HOME, tty: options.tty, ...streams }), this.#processes, { stdin: true, tty: options.tty });
  }

  dispose(): void {
    for (const process of [...this.#processes.values()]) process.end(0);
  }

  #daemon(argv: readonly string[], parent: Process | undefined, memoryMiB: number, idleMillis = 0): Process {
    const nothing = new BytePipe();
    nothing.end();
    const process = new Process(this.#world, argv, { env: {}, cwd: '/', stdin: nothing, stdout: { write: () => true, end() {} }, stderr: { write: () => true, end() {} }, ...(parent ? { parent } : {}) });
    process.settle(memoryMiB, idleMillis);
    return process;
  }

  #makeWorld(): ContainerWorld {
    const { clock, ids, random, machine, host, network, hostname, pids } = this.#options;
    const files = FileSystem.over(host.host, false);
    const cgroup = new Cgroup({ clock, resources: {}, processes: () => this.#processes.values(), onOutOfMemory() {} });
    const world: ContainerWorld = {
      clock, ids, random, machine, image: nodeImage, disk: host.disk, files, hostname, pids, cgroup,
      network: new ContainerNetwork(network, files, clock),
      user: { uid: 0, gid: 0, groups: [0] },
      capabilities: capabilitiesOf({ privileged: true }), noNewPrivileges: false, seccomp: 0,
      startedAt: machine.bootedAt, processes: this.#processes,
      spawn: (argv, options) => spawn(world, argv, options),
      find: (argv, options) => findProgram(world, argv, options),
    };
    for (const mount of [procMount(() => world, machine, clock), ...deviceMounts(() => world, clock), ...sysMounts(() => world, clock, true)]) files.mountTable.add(mount);
    return world;
  }
}
