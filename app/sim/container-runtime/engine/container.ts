import type { RuntimeDetail } from '../../../contracts/inspection/index.ts';
import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import { BytePipe, type ByteSink, type ProcessSession } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { RuntimeError, type ContainerConfig, type ContainerStats, type ContainerStatus, type ImageInfo, type LinuxResources, type PodSandboxConfig } from '../cri.ts';
import type { Disk } from '../filesystem/disk.ts';
import type { FileTree } from '../filesystem/file-tree.ts';
import { FileSystem } from '../filesystem/filesystem.ts';
import type { Machine } from '../filesystem/special.ts';
import type { Image } from '../images/image.ts';
import { capabilitiesOf } from '../processes/capabilities.ts';
import { Cgroup } from '../processes/cgroup.ts';
import { CommandNotFound, PidNamespace, SIGNAL_NUMBERS, type ContainerWorld, type Output, type Process, type Signal } from '../processes/process.ts';
import type { HostedPrograms } from '../processes/hosted.ts';
import { Terminal } from '../processes/terminal.ts';
import { ContainerNetwork } from './container-network.ts';
import { LogStore } from './log-store.ts';
import { mountAll, writableLayer } from './root-filesystem.ts';
import { openSession } from './session.ts';
import { userOf, type ContainerUser } from './user.ts';
import { findProgram, spawn } from './world.ts';

export interface ContainerOptions {
  readonly id: string;
  readonly podSandboxId: string;
  readonly sandbox: PodSandboxConfig;
  readonly config: ContainerConfig;
  readonly image: Image;
  readonly info: ImageInfo;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly network: NetworkNamespace;
  readonly machine: Machine;
  readonly disk: Disk;
  /** Files that all containers of the Pod share. */
  readonly shared: FileTree;
  /** Whose processes it sees; its own when absent. */
  readonly pids?: PidNamespace;
  readonly hosted?: HostedPrograms;
  onExit(): void;
}

/** How long the kernel needs to end what else runs in a container. */
const ZAP_MS = 1;

type Watcher = (chunk: Uint8Array, stream: 'stdout' | 'stderr') => void;

/** One container: its files, its processes, its log. Ends when its first process ends. */
export class Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly sandbox: PodSandboxConfig;
  readonly config: ContainerConfig;
  readonly logs: LogStore;
  readonly exited: Promise<void>;
  readonly cgroup: Cgroup;
  readonly files: FileSystem;
  readonly user: ContainerUser;
  readonly pids: PidNamespace;
  state: 'created' | 'running' | 'exited' = 'created';
  readonly #options: ContainerOptions;
  readonly #createdAt: number;
  readonly #watchers = new Set<Watcher>();
  readonly #processes = new Map<number, Process>();
  readonly #layer: FileTree;
  readonly #network: ContainerNetwork;
  #world: ContainerWorld | undefined;
  #main: Process | undefined;
  #stdin: ByteSink | undefined;
  #terminal: Terminal | undefined;
  #startedAt = 0;
  #finishedAt = 0;
  #exitCode = 0;
  #reason = '';
  #message = '';
  #markExited!: () => void;

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.id = options.id;
    this.podSandboxId = options.podSandboxId;
    this.sandbox = options.sandbox;
    this.config = options.config;
    this.logs = new LogStore(options.clock);
    this.#createdAt = options.clock.now();
    this.exited = new Promise((resolve) => (this.#markExited = resolve));
    this.pids = options.pids ?? new PidNamespace();
    this.#layer = writableLayer(options);
    const root = FileSystem.over(this.#layer, options.config.securityContext.readonlyRootfs);
    this.user = userOf(root, options.image.user, options.config.securityContext);
    const capabilities = capabilitiesOf(options.config.securityContext);
    const isRoot = this.user.uid === 0;
    this.files = root.as({ uid: this.user.uid, gid: this.user.gid, groups: this.user.groups, override: isRoot && capabilities.has('DAC_OVERRIDE'), chown: isRoot && capabilities.has('CHOWN') });
    this.#network = new ContainerNetwork(options.network, this.files, options.clock);
    this.cgroup = new Cgroup({ clock: options.clock, resources: options.config.resources, processes: () => this.#processes.values(), onOutOfMemory: () => this.#outOfMemory() });
  }

  get stopSignal(): Signal {
    const named = this.config.stopSignal ?? this.#options.image.stopSignal;
    return named in SIGNAL_NUMBERS ? (named as Signal) : 'SIGTERM';
  }

  get resources(): LinuxResources {
    return this.cgroup.resources;
  }

  /** Starts the first process. Throws CommandNotFound when the image has no such program, MountFailed when a mount has no place. */
  start(): void {
    const { config } = this;
    const { image, clock } = this.#options;
    const argv = [...(config.command.length > 0 ? config.command : image.entrypoint), ...(config.args.length > 0 ? config.args : config.command.length > 0 ? [] : image.command)];
    this.#world = this.#makeWorld();
    mountAll(this.files, { ...this.#options, world: () => this.#world! });
    if (argv.length === 0) throw new CommandNotFound('');
    const environment = this.#environment();
    const streams = this.#openStreams();
    const main = spawn(this.#world, argv, { env: environment, cwd: this.#workingDir(), ...streams.process, tty: config.tty });
    this.#main = main;
    if (this.#terminal) this.#terminal.leader = main;
    this.state = 'running';
    this.#startedAt = clock.now();
    void main.exited.then(async (code) => {
      await this.#endOthers();
      streams.close();
      this.#finish(code);
    });
  }

  /** The first process has ended: the kernel ends the rest, which takes it a moment, by when the one that sent the signal may be through. models kernel/pid_namespace.c: zap_pid_ns_processes */
  async #endOthers(): Promise<void> {
    if (this.#processes.size === 0) return;
    await this.#options.clock.sleep(ZAP_MS);
    for (const other of [...this.#processes.values()]) other.kill('SIGKILL');
  }

  /** The first process's three streams: into the log, and to whoever is attached. */
  #openStreams(): { process: { stdin: BytePipe; stdout: Output; stderr: Output; terminal?: Terminal }; close(): void } {
    const { config } = this;
    const stdout = this.logs.sink('stdout', (chunk) => this.#tell(chunk, 'stdout'));
    const stderr = config.tty ? stdout : this.logs.sink('stderr', (chunk) => this.#tell(chunk, 'stderr'));
    const close = (): void => {
      stdout.end();
      stderr.end();
    };
    if (config.tty) {
      const terminal = (this.#terminal = new Terminal(stdout));
      this.#stdin = terminal;
      if (!config.stdin) terminal.end();
      return { process: { stdin: terminal.input, stdout: terminal.output, stderr: terminal.output, terminal }, close };
    }
    const stdin = new BytePipe();
    this.#stdin = stdin;
    if (!config.stdin) stdin.end();
    return { process: { stdin, stdout, stderr }, close };
  }

  failStart(message: string): void {
    this.#reason = 'StartError';
    this.#message = message;
    this.#exitCode = 128;
    this.state = 'exited';
    this.#finishedAt = this.#options.clock.now();
    this.logs.close();
    this.#markExited();
  }

  signal(signal: Signal): void {
    this.#main?.kill(signal);
  }

  exec({ command, stdin: wantsStdin, tty }: { command: readonly string[]; stdin: boolean; tty: boolean }): ProcessSession & { kill(): void } {
    if (this.state !== 'running' || !this.#world || this.#main?.ended) throw new RuntimeError('NotFound', `container ${this.id} is not running`);
    return openSession((streams) => this.#spawnExec(command, streams, tty), this.#processes, { stdin: wantsStdin, tty });
  }

  #spawnExec(command: readonly string[], streams: { stdin: BytePipe; stdout: Output; stderr: Output; terminal?: Terminal }, tty: boolean): Process {
    try {
      return this.#world!.spawn(command, { env: { ...this.#environment(), ...(tty ? { TERM: 'xterm' } : {}) }, cwd: this.#workingDir(), ...streams, tty });
    } catch (error) {
      if (!(error instanceof CommandNotFound)) throw error;
      throw new RuntimeError('Unknown', `failed to exec in container: failed to start exec ${JSON.stringify(this.#options.ids.hex(64))}: OCI runtime exec failed: exec failed: unable to start container process: ${error.runcText}`);
    }
  }

  attach({ stdin: wantsStdin, tty }: { stdin: boolean; tty: boolean }): ProcessSession {
    if (this.state !== 'running' || !this.#main) throw new RuntimeError('NotFound', `container ${this.id} is not running`);
    const stdout = new BytePipe();
    const stderr = tty ? undefined : new BytePipe();
    const watcher: Watcher = (chunk, stream) => void (stream === 'stderr' && stderr ? stderr : stdout).write(chunk);
    this.#watchers.add(watcher);
    const exit = this.exited.then(() => {
      stdout.end();
      stderr?.end();
      // Streams end; how the process ended is in the container's status.
      return { exitCode: 0 };
    });
    const input = this.#stdin!;
    // The input of a container that is to be fed once ends with its first feeder; any other waits for the next.
    const leave = (): void => {
      if (wantsStdin && this.config.stdinOnce) input.end();
    };
    const stdin: ByteSink = { write: (chunk) => input.write(chunk), end: leave, drained: () => input.drained?.() };
    return { ...(wantsStdin ? { stdin } : {}), stdout, ...(stderr ? { stderr } : {}), resize() {}, exit, detach: () => (this.#watchers.delete(watcher), leave()) };
  }

  status(): ContainerStatus {
    const { info } = this.#options;
    const { uid, gid, groups } = this.user;
    return {
      id: this.id, podSandboxId: this.podSandboxId, podUid: this.sandbox.podUid, config: this.config, state: this.state, createdAt: this.#createdAt, startedAt: this.#startedAt, finishedAt: this.#finishedAt,
      exitCode: this.#exitCode, reason: this.#reason, message: this.#message, imageName: info.repoTags[0] ?? info.repoDigests[0]!, imageRef: info.repoDigests[0]!, user: { uid, gid, supplementalGroups: groups }, resources: this.resources,
    };
  }

  inspect(): RuntimeDetail['containers'][number] {
    return {
      pod: `${this.sandbox.podNamespace}/${this.sandbox.podName}`, name: this.config.name, state: this.state, image: this.config.image, memoryBytes: this.cgroup.memoryUsed, cpuMillis: Math.round(this.cgroup.cpuMillis()),
      processes: [...this.#processes.values()].filter(({ ended }) => !ended).map(({ pid, argv }) => ({ pid, command: argv.join(' ') })),
    };
  }

  stats(): ContainerStats {
    return { cpuNanoCores: Math.round(this.cgroup.cpuMillis() * 1_000_000), cpuCoreNanoSeconds: Math.round(this.cgroup.cpuUsageMs * 1_000_000), memoryWorkingSetBytes: this.cgroup.memoryUsed, fsUsedBytes: this.#layer.used };
  }

  /** The container is removed, its writable layer too. */
  dispose(): void {
    for (const process of [...this.#processes.values()]) process.kill('SIGKILL');
    this.logs.close();
    this.#options.disk.grow(-this.#layer.used);
  }

  #outOfMemory(): void {
    this.#reason = 'OOMKilled';
    // models cgroup v2: memory.oom.group
    for (const process of [...this.#processes.values()]) process.kill('SIGKILL');
  }

  #finish(code: number): void {
    this.#exitCode = code;
    this.#finishedAt = this.#options.clock.now();
    if (this.#reason === '') this.#reason = code === 0 ? 'Completed' : 'Error';
    this.state = 'exited';
    this.#network.dispose();
    this.logs.close();
    this.#markExited();
    this.#options.onExit();
  }

  #tell(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    for (const watcher of this.#watchers) watcher(chunk, stream);
  }

  #workingDir(): string {
    return this.config.workingDir || this.#options.image.workingDir;
  }

  #environment(): Record<string, string> {
    const given = Object.fromEntries(this.config.env.map(({ name, value }) => [name, value]));
    return { ...this.#options.image.env, HOSTNAME: this.sandbox.hostname, ...given, HOME: given['HOME'] ?? this.user.home };
  }

  #makeWorld(): ContainerWorld {
    const { clock, ids, random, image, hosted = {}, network, machine, disk } = this.#options;
    const { podName: name, podNamespace: namespace } = this.sandbox;
    const { securityContext } = this.config;
    const world: ContainerWorld = {
      clock, ids, random, image, machine, disk,
      network: this.#network,
      hosted: (program) => {
        const body = Object.hasOwn(hosted, program) ? hosted[program] : undefined;
        return body && ((process) => body(process, { name, namespace, node: network.node }));
      },
      files: this.files,
      hostname: this.sandbox.hostname,
      user: this.user,
      capabilities: capabilitiesOf(securityContext),
      noNewPrivileges: securityContext.noNewPrivileges ?? false,
      seccomp: securityContext.seccompProfile && securityContext.seccompProfile !== 'Unconfined' && !securityContext.privileged ? 2 : 0,
      cgroup: this.cgroup,
      startedAt: clock.now(),
      pids: this.pids,
      processes: this.#processes,
      spawn: (argv, options) => spawn(world, argv, options),
      find: (argv, options) => findProgram(world, argv, options),
    };
    return world;
  }
}
