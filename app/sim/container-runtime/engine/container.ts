import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import { BytePipe, type ByteSink, type ProcessSession } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { RuntimeError, type ContainerConfig, type ContainerStats, type ContainerStatus, type ImageInfo, type LinuxResources, type PodSandboxConfig } from '../cri.ts';
import { FileSystem, type MountPoint } from '../filesystem/filesystem.ts';
import type { MemoryVolume } from '../filesystem/volume.ts';
import type { Image } from '../images/image.ts';
import { CommandNotFound, Process, SIGNAL_NUMBERS, type ContainerWorld, type Signal, type SpawnOptions } from '../processes/process.ts';
import { findProgram } from '../tools/index.ts';
import { LogStore } from './log-store.ts';

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
  onExit(): void;
}

/** One container: its files, its processes, its log. Ends when its first process ends. */
export class Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly sandbox: PodSandboxConfig;
  readonly config: ContainerConfig;
  readonly logs: LogStore;
  readonly exited: Promise<void>;
  resources: LinuxResources;
  state: 'created' | 'running' | 'exited' = 'created';
  readonly #options: ContainerOptions;
  readonly #createdAt: number;
  readonly #watchers = new Set<(chunk: Uint8Array, stream: 'stdout' | 'stderr') => void>();
  readonly #files: FileSystem;
  #world: ContainerWorld | undefined;
  #main: Process | undefined;
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
    this.resources = options.config.resources;
    this.logs = new LogStore(options.clock);
    this.#createdAt = options.clock.now();
    this.exited = new Promise((resolve) => (this.#markExited = resolve));
    this.#files = new FileSystem(imageLayer(options), mountsOf(options.config), options.config.securityContext.readonlyRootfs);
  }

  get files(): FileSystem {
    return this.#files;
  }

  get stopSignal(): Signal {
    const named = this.config.stopSignal ?? this.#options.image.stopSignal;
    return named in SIGNAL_NUMBERS ? (named as Signal) : 'SIGTERM';
  }

  /** Starts the first process. Throws CommandNotFound when the image has no such program. */
  start(): void {
    const { config } = this;
    const { image } = this.#options;
    const argv = [...(config.command.length > 0 ? config.command : image.entrypoint), ...(config.args.length > 0 ? config.args : config.command.length > 0 ? [] : image.command)];
    if (argv.length === 0) throw new CommandNotFound('');
    this.#world = this.#makeWorld();
    const stdin = new BytePipe();
    if (!config.stdin) stdin.end();
    const stdout = new BytePipe();
    const stderr = config.tty ? stdout : new BytePipe();
    const main = this.#world.spawn(argv, { env: this.#environment(), cwd: this.#workingDir(), stdin, stdout, stderr, tty: config.tty });
    this.#main = main;
    this.state = 'running';
    this.#startedAt = this.#options.clock.now();
    const collecting = [this.logs.collect(stdout, 'stdout', (chunk) => this.#tell(chunk, 'stdout')), ...(config.tty ? [] : [this.logs.collect(stderr, 'stderr', (chunk) => this.#tell(chunk, 'stderr'))])];
    void main.exited.then(async (code) => {
      for (const other of [...this.#world!.processes.values()]) other.kill('SIGKILL');
      stdout.end();
      stderr.end();
      await Promise.all(collecting);
      this.#finish(code);
    });
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
    if (this.state !== 'running' || !this.#world) throw new RuntimeError('NotFound', `container ${this.id} is not running`);
    const stdin = new BytePipe();
    if (!wantsStdin) stdin.end();
    const stdout = new BytePipe();
    const stderr = tty ? stdout : new BytePipe();
    let process: Process;
    try {
      process = this.#world.spawn(command, { env: { ...this.#environment(), ...(tty ? { TERM: 'xterm' } : {}) }, cwd: this.#workingDir(), stdin, stdout, stderr, tty });
    } catch (error) {
      if (!(error instanceof CommandNotFound)) throw error;
      const reason = error.command.startsWith('/') ? `stat ${error.command}: no such file or directory` : 'executable file not found in $PATH';
      throw new RuntimeError('Unknown', `failed to exec in container: failed to start exec ${JSON.stringify(this.#options.ids.hex(64))}: OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(error.command)}: ${reason}`);
    }
    const exit = process.exited.then((exitCode) => {
      stdout.end();
      stderr.end();
      return { exitCode };
    });
    const shown = tty ? terminalOutput(stdout) : stdout;
    return { ...(wantsStdin ? { stdin: tty ? new LineDiscipline(stdin, shown, process) : stdin } : {}), stdout: shown, ...(tty ? {} : { stderr }), resize() {}, exit, detach: () => (stdin.end(), void (tty && process.kill('SIGHUP'))), kill: () => process.end(137) };
  }

  attach({ stdin: wantsStdin, tty }: { stdin: boolean; tty: boolean }): ProcessSession {
    if (this.state !== 'running' || !this.#main) throw new RuntimeError('NotFound', `container ${this.id} is not running`);
    const stdout = new BytePipe();
    const stderr = tty ? undefined : new BytePipe();
    const watcher = (chunk: Uint8Array, stream: 'stdout' | 'stderr'): void => void (stream === 'stderr' && stderr ? stderr : stdout).write(chunk);
    this.#watchers.add(watcher);
    const main = this.#main;
    const exit = this.exited.then(() => {
      stdout.end();
      stderr?.end();
      // Streams end; how the process ended is in the container's status.
      return { exitCode: 0 };
    });
    const shown = tty ? terminalOutput(stdout) : stdout;
    const input = tty ? new LineDiscipline(main.stdin, shown, main) : main.stdin;
    // The input of a container that is to be fed once ends with its first feeder; any other waits for the next.
    const leave = (): void => {
      if (wantsStdin && this.config.stdinOnce) input.end();
    };
    const stdin: ByteSink = { write: (chunk) => input.write(chunk), end: leave, drained: () => main.stdin.drained() };
    return { ...(wantsStdin ? { stdin } : {}), stdout: shown, ...(stderr ? { stderr } : {}), resize() {}, exit, detach: () => (this.#watchers.delete(watcher), leave()) };
  }

  status(): ContainerStatus {
    const { info } = this.#options;
    return {
      id: this.id, podSandboxId: this.podSandboxId, config: this.config, state: this.state, createdAt: this.#createdAt, startedAt: this.#startedAt, finishedAt: this.#finishedAt,
      exitCode: this.#exitCode, reason: this.#reason, message: this.#message, imageName: info.repoTags[0]!, imageRef: info.repoDigests[0]!,
    };
  }

  stats(): ContainerStats {
    const processes = this.#world?.processes.size ?? 0;
    return { cpuNanoCores: processes * 1_000_000, cpuCoreNanoSeconds: processes * 1_000_000, memoryWorkingSetBytes: 3_000_000 + processes * 1_500_000, fsUsedBytes: this.#files.usedBytes };
  }

  dispose(): void {
    this.#main?.kill('SIGKILL');
    this.logs.close();
  }

  #finish(code: number): void {
    this.#exitCode = code;
    this.#finishedAt = this.#options.clock.now();
    if (this.#reason === '') this.#reason = code === 0 ? 'Completed' : 'Error';
    this.state = 'exited';
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
    return { ...this.#options.image.env, HOSTNAME: this.sandbox.hostname, ...given, HOME: given['HOME'] ?? (this.config.securityContext.runAsUser ? '/' : '/root') };
  }

  #makeWorld(): ContainerWorld {
    const { clock, ids, random, image, network } = this.#options;
    const context = this.config.securityContext;
    const world: ContainerWorld = {
      clock, ids, random, image, network,
      files: this.#files,
      hostname: this.sandbox.hostname,
      user: { uid: context.runAsUser ?? (Number(image.user) || 0), gid: context.runAsGroup ?? 0, groups: context.supplementalGroups },
      memoryLimitBytes: this.config.resources.memoryLimitBytes,
      startedAt: clock.now(),
      processes: new Map(),
      spawn: (argv, options) => spawn(world, argv, options),
      allocate: (bytes) => {
        const limit = this.resources.memoryLimitBytes;
        if (limit === undefined || bytes <= limit) return;
        this.#reason = 'OOMKilled';
        this.#main?.kill('SIGKILL');
      },
    };
    if (!this.#files.exists('/tmp')) this.#files.makeDirectory('/tmp');
    return world;
  }
}

function spawn(world: ContainerWorld, argv: readonly string[], options: SpawnOptions): Process {
  const [command = ''] = argv;
  const program = findProgram(world.image, command);
  const script = program ? undefined : world.files.isFile(resolve(options.cwd, command)) && command.includes('/') ? command : undefined;
  if (!program && !script) throw new CommandNotFound(command);
  const process = new Process(world, argv, options);
  const body = program ?? findProgram(world.image, 'sh')!;
  const runner = script ? Object.assign(process, { argv: ['sh', ...argv] }) : process;
  void runner.run(body);
  return process;
}

function resolve(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd}/${path}`;
}

/** What a terminal makes of a program's output: each new line begins at the left. models termios: ONLCR */
function terminalOutput(source: BytePipe): BytePipe {
  const shown = new BytePipe();
  void (async () => {
    for await (const chunk of source) shown.write(new Uint8Array(Buffer.from(Buffer.from(chunk).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')));
    shown.end();
  })();
  return shown;
}

/** A terminal between a person and a program: echoes, ends lines, turns ^C and ^D into what they mean. */
class LineDiscipline {
  readonly #target: BytePipe;
  readonly #echo: BytePipe;
  readonly #process: Process;
  #line = '';

  constructor(target: BytePipe, echo: BytePipe, process: Process) {
    this.#target = target;
    this.#echo = echo;
    this.#process = process;
  }

  write(chunk: Uint8Array): boolean {
    const encoder = new TextEncoder();
    for (const character of new TextDecoder().decode(chunk)) {
      if (character === '\r' || character === '\n') {
        this.#echo.write(encoder.encode('\r\n'));
        this.#target.write(encoder.encode(`${this.#line}\n`));
        this.#line = '';
      } else if (character === '\u0003') {
        this.#echo.write(encoder.encode('^C\r\n'));
        this.#line = '';
        this.#interrupt();
      } else if (character === '\u0004') {
        if (this.#line === '') this.#target.end();
      } else if (character === '\u007f' || character === '\b') {
        if (this.#line === '') continue;
        this.#line = this.#line.slice(0, -1);
        this.#echo.write(encoder.encode('\b \b'));
      } else {
        this.#line += character;
        this.#echo.write(encoder.encode(character));
      }
    }
    return !this.#target.closed;
  }

  end(): void {
    this.#target.end();
  }

  /** Ends what the shell runs in the foreground; an idle shell prompts again. */
  #interrupt(): void {
    const { world } = this.#process;
    const youngest = [...world.processes.values()].filter((process) => process !== this.#process && process.startedAt >= this.#process.startedAt).pop();
    if (youngest) youngest.end(130);
    else this.#target.write(new TextEncoder().encode('\n'));
  }
}

function mountsOf(config: ContainerConfig): MountPoint[] {
  return config.mounts.map(({ containerPath, source, subPath, readOnly }) => ({ path: containerPath, volume: source as MemoryVolume, subPath: subPath ?? '', readOnly }));
}

/** The image's files and those that the runtime adds. */
function imageLayer({ image, sandbox, network }: ContainerOptions): ReadonlyMap<string, string> {
  const address = network.addresses[0] ?? '127.0.0.1';
  const aliases = (sandbox.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${hostnames.join('\t')}\n`).join('');
  return new Map([
    ...Object.entries(image.files),
    ['/etc/hostname', `${sandbox.hostname}\n`],
    ['/etc/hosts', `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${address}\t${sandbox.hostname}\n${aliases === '' ? '' : `\n# Entries added by HostAliases.\n${aliases}`}`],
    ['/etc/resolv.conf', `search ${sandbox.dns.searches.join(' ')}\n${sandbox.dns.servers.map((server) => `nameserver ${server}\n`).join('')}options ${sandbox.dns.options.join(' ')}\n`],
  ]);
}
