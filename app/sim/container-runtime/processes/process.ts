import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import type { BytePipe } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { Machine } from '../filesystem/special.ts';
import type { FileSystem } from '../filesystem/filesystem.ts';
import type { Image } from '../images/image.ts';
import type { Cgroup } from './cgroup.ts';
import type { Terminal } from './terminal.ts';
import type { PidNamespace } from './pid-namespace.ts';
import { isFatalByDefault, SIGNAL_NUMBERS, type Signal } from './signals.ts';

export { PidNamespace } from './pid-namespace.ts';
export { SIGNAL_NUMBERS, type Signal } from './signals.ts';

/** How a process takes its end: `exit` numbers, or a signal. */
export class ProcessExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** What a container's processes share. */
export interface ContainerWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly image: Image;
  readonly files: FileSystem;
  readonly network: NetworkNamespace;
  /** What does the work of a program that is a part of the simulator. */
  readonly hosted?: (program: string) => Program | undefined;
  readonly hostname: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly capabilities: ReadonlySet<string>;
  readonly noNewPrivileges: boolean;
  /** 0: none, 2: filter. */
  readonly seccomp: 0 | 2;
  readonly machine: Machine;
  readonly disk: { readonly capacity: number; readonly used: number };
  readonly cgroup: Cgroup;
  readonly startedAt: number;
  readonly pids: PidNamespace;
  /** Processes that run now, by pid. */
  readonly processes: Map<number, Process>;
  /** Runs a program of the container's files by its arguments. Throws {@link CommandNotFound}. */
  spawn(argv: readonly string[], options: SpawnOptions): Process;
  /** The program behind a command, and the arguments that it gets. Throws {@link CommandNotFound}. */
  find(argv: readonly string[], options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string }): { program: Program; argv: readonly string[] };
}

/** Where bytes come from. */
export interface Input {
  read(): Promise<Uint8Array | undefined>;
  /** Puts bytes back that were read too far. */
  unread?(chunk: Uint8Array): void;
}

/** Where bytes go. `write` is false when nobody reads any more; `drained` waits for a slow reader. */
export interface Output {
  write(chunk: Uint8Array): boolean;
  end(): void;
  drained?(): Promise<void> | undefined;
}

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Further descriptors by number. */
  readonly descriptors?: ReadonlyMap<number, { readonly input?: Input; readonly output?: Output }>;
  readonly parent?: Process;
  readonly tty?: boolean;
  readonly terminal?: Terminal;
  /** Not in the foreground: ^C does not reach it. */
  readonly background?: boolean;
}

/** A program cannot be run. */
export class CommandNotFound extends Error {
  readonly command: string;
  readonly reason: 'not-found' | 'denied' | 'format';
  constructor(command: string, reason: CommandNotFound['reason'] = 'not-found') {
    super(command);
    this.command = command;
    this.reason = reason;
  }

  /** The words of runc. */
  get runcText(): string {
    const { command, reason } = this;
    const what = reason === 'denied' ? 'permission denied' : reason === 'format' ? 'exec format error' : command.includes('/') ? `stat ${command}: no such file or directory` : 'executable file not found in $PATH';
    return `exec: ${JSON.stringify(command)}: ${what}`;
  }
}

const encoder = new TextEncoder();

/**
 * A running program. Cooperative: it lives in promise callbacks and timers of the virtual clock, and ends at its next wait
 * when it is killed.
 */
export class Process {
  readonly pid: number;
  readonly parent: Process | undefined;
  argv: readonly string[];
  readonly world: ContainerWorld;
  env: Record<string, string>;
  cwd: string;
  stdin: Input;
  stdout: Output;
  stderr: Output;
  /** The signal that ended it. */
  endedBy: Signal | undefined;
  readonly descriptors: SpawnOptions['descriptors'];
  readonly tty: boolean;
  /** What it is controlled from. */
  readonly terminal: Terminal | undefined;
  readonly background: boolean;
  readonly startedAt: number;
  memoryBytes = 900_000;
  #busyMs = 0;
  #idleMillis = 0;
  #idleSince = 0;
  /** CPU time since it last let others have their turn. */
  slice = 0;
  readonly #abort = new AbortController();
  readonly #handlers = new Map<Signal, () => void>();
  readonly #ignored = new Set<Signal>();
  readonly exited: Promise<number>;
  #finish!: (code: number) => void;
  #ended = false;

  constructor(world: ContainerWorld, argv: readonly string[], options: SpawnOptions) {
    this.world = world;
    this.argv = argv;
    this.parent = options.parent;
    this.pid = world.pids.add(this);
    this.env = { ...options.env };
    this.cwd = options.cwd;
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.descriptors = options.descriptors;
    this.tty = options.tty ?? false;
    this.terminal = options.terminal ?? options.parent?.terminal;
    this.background = options.background ?? false;
    this.startedAt = world.clock.now();
    this.exited = new Promise((resolve) => (this.#finish = resolve));
    world.processes.set(this.pid, this);
  }

  /** Aborted when the process is killed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get parentPid(): number {
    return this.parent ? (this.parent.ended ? 1 : this.parent.pid) : 0;
  }

  /** Writes to standard output; without a reader the process ends as SIGPIPE makes it. */
  print(text: string | Uint8Array): void {
    const isRead = this.stdout.write(typeof text === 'string' ? encoder.encode(text) : text);
    if (!isRead) this.#broken();
  }

  /** Like {@link print}, and waits for a slow reader. */
  async write(text: string | Uint8Array): Promise<void> {
    this.print(text);
    const waiting = this.stdout.drained?.();
    if (waiting) await Promise.race([waiting, this.exited]);
    if (this.#ended) throw new ProcessExit(137);
  }

  error(text: string): void {
    this.stderr.write(encoder.encode(text));
  }

  /** What the process does on a signal. Without a handler: PID 1 ignores it, others end. */
  onSignal(signal: Signal, handler: () => void): void {
    this.#ignored.delete(signal);
    this.#handlers.set(signal, handler);
  }

  ignoreSignal(signal: Signal): void {
    this.#handlers.delete(signal);
    this.#ignored.add(signal);
  }

  clearSignal(signal: Signal): void {
    this.#handlers.delete(signal);
    this.#ignored.delete(signal);
  }

  /** `outside`: from the runtime, whose SIGKILL even PID 1 cannot ignore. */
  kill(signal: Signal, outside = true): void {
    if (this.#ended) return;
    if (signal !== 'SIGKILL') {
      const handler = this.#handlers.get(signal);
      if (handler) return handler();
      if (this.#ignored.has(signal) || !isFatalByDefault(signal)) return;
    }
    if (this.pid === 1 && (signal !== 'SIGKILL' || !outside)) return;
    this.endedBy = signal;
    this.end(128 + SIGNAL_NUMBERS[signal]);
  }

  /** exec(2): goes on as another program. Throws {@link CommandNotFound}. */
  async become(argv: readonly string[], options: Pick<SpawnOptions, 'env' | 'cwd' | 'stdin' | 'stdout' | 'stderr'>): Promise<number> {
    const { program, argv: actual } = this.world.find(argv, options);
    this.#handlers.clear();
    this.argv = actual;
    this.env = { ...options.env };
    Object.assign(this, { cwd: options.cwd, stdin: options.stdin, stdout: options.stdout, stderr: options.stderr });
    return program(this);
  }

  /** Waits on the virtual clock; ends with the process. */
  sleep(milliseconds: number): Promise<void> {
    return this.world.clock.sleep(milliseconds, this.#abort.signal);
  }

  /** CPU time that it has used: its own work, and what it uses just by being there. */
  get cpuMs(): number {
    return this.#busyMs + this.idleMs;
  }

  get idleMs(): number {
    return this.#ended ? 0 : (this.#idleMillis * (this.world.clock.now() - this.#idleSince)) / 1000;
  }

  charge(milliseconds: number): void {
    this.#busyMs += milliseconds;
  }

  /** What a server of its kind takes while nobody asks anything of it: memory, and thousandths of a core. */
  settle(memoryMiB: number, idleMillis = 0): void {
    this.#busyMs += this.idleMs;
    this.#idleMillis = idleMillis;
    this.#idleSince = this.world.clock.now();
    this.hold(memoryMiB * 1024 * 1024);
  }

  /** Computes for a while: await what it returns, if anything. */
  compute(milliseconds: number): Promise<void> | undefined {
    return this.world.cgroup.compute(this, milliseconds);
  }

  /** Holds this much memory from now on; over the container's limit this is its end. */
  hold(bytes: number): void {
    this.world.cgroup.setMemory(this, bytes);
    if (this.#ended) throw new ProcessExit(137);
  }

  /** The process is over. Its waits reject, its output ends. */
  end(code: number): void {
    if (this.#ended) return;
    this.world.cgroup.retire(this.idleMs);
    this.#ended = true;
    this.world.processes.delete(this.pid);
    this.world.pids.remove(this);
    this.#abort.abort(new ProcessExit(code));
    this.#finish(code);
  }

  /** Runs a program's body as this process and turns what it throws into an exit code. */
  async run(body: Program): Promise<void> {
    try {
      // One turn later, so that whoever started it can look at it first.
      await Promise.resolve();
      this.end(await body(this));
    } catch (error) {
      if (error instanceof ProcessExit) this.end(error.exitCode);
      else if (!this.#ended) {
        this.error(`${this.argv[0]?.split('/').pop()}: ${error instanceof Error ? error.message : String(error)}\n`);
        this.end(1);
      }
    }
  }

  #broken(): void {
    if (this.#handlers.has('SIGPIPE') || this.#ignored.has('SIGPIPE')) return;
    this.end(141);
    throw new ProcessExit(141);
  }
}

/** A program of an image or a tool: gets its process, returns its exit code. */
export type Program = (process: Process) => Promise<number> | number;

/** Closes a pipe when its reader is gone. */
export function abandon(input: Input): void {
  (input as Partial<BytePipe>).abandon?.();
}
