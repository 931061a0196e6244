import type { Clock, Ids, Random } from '../../../base/clock/index.ts';
import type { BytePipe } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import type { FileSystem } from '../filesystem/filesystem.ts';
import type { Image } from '../images/image.ts';

/** How a process takes its end: `exit` numbers, or a signal. */
export class ProcessExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1';
export const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGTERM: 15 };

/** What a container's processes share. */
export interface ContainerWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly image: Image;
  readonly files: FileSystem;
  readonly network: NetworkNamespace;
  readonly hostname: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  readonly memoryLimitBytes: number | undefined;
  readonly startedAt: number;
  /** Processes that run now, by pid. */
  readonly processes: Map<number, Process>;
  /** Runs a program of the image by its arguments. Throws ENOENT-like errors as `CommandNotFound`. */
  spawn(argv: readonly string[], options: SpawnOptions): Process;
  /** Bytes held by the container's processes; over the limit it is killed. */
  allocate(bytes: number): void;
}

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: BytePipe;
  readonly stdout: BytePipe;
  readonly stderr: BytePipe;
  readonly parent?: Process;
  readonly tty?: boolean;
}

/** The program is not in the image. */
export class CommandNotFound extends Error {
  readonly command: string;
  constructor(command: string) {
    super(command);
    this.command = command;
  }
}

const encoder = new TextEncoder();
let nextPid = 0;

/**
 * A running program. Cooperative: it lives in promise callbacks and timers of the virtual clock, and ends at its next wait
 * when it is killed.
 */
export class Process {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly world: ContainerWorld;
  readonly env: Record<string, string>;
  cwd: string;
  readonly stdin: BytePipe;
  readonly stdout: BytePipe;
  readonly stderr: BytePipe;
  readonly tty: boolean;
  readonly startedAt: number;
  readonly #abort = new AbortController();
  readonly #handlers = new Map<Signal, () => void>();
  readonly exited: Promise<number>;
  #finish!: (code: number) => void;
  #ended = false;

  constructor(world: ContainerWorld, argv: readonly string[], options: SpawnOptions) {
    this.world = world;
    this.argv = argv;
    this.pid = world.processes.size === 0 ? 1 : Math.max(++nextPid, ...world.processes.keys()) + 1;
    nextPid = Math.max(nextPid, this.pid);
    this.env = { ...options.env };
    this.cwd = options.cwd;
    this.stdin = options.stdin;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.tty = options.tty ?? false;
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

  print(text: string): void {
    this.stdout.write(encoder.encode(text));
  }

  error(text: string): void {
    this.stderr.write(encoder.encode(text));
  }

  /** What the process does on a signal. Without a handler: PID 1 ignores it, others end. */
  onSignal(signal: Signal, handler: () => void): void {
    this.#handlers.set(signal, handler);
  }

  clearSignal(signal: Signal): void {
    this.#handlers.delete(signal);
  }

  kill(signal: Signal): void {
    if (this.#ended) return;
    const handler = signal === 'SIGKILL' ? undefined : this.#handlers.get(signal);
    if (handler) return handler();
    if (this.pid === 1 && signal !== 'SIGKILL') return;
    this.end(128 + SIGNAL_NUMBERS[signal]);
  }

  /** Waits on the virtual clock; ends with the process. */
  sleep(milliseconds: number): Promise<void> {
    return this.world.clock.sleep(milliseconds, this.#abort.signal);
  }

  /** The process is over. Its waits reject, its output ends. */
  end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.world.processes.delete(this.pid);
    this.#abort.abort(new ProcessExit(code));
    this.#finish(code);
  }

  /** Runs a program's body as this process and turns what it throws into an exit code. */
  async run(body: (process: Process) => Promise<number> | number): Promise<void> {
    try {
      this.end(await body(this));
    } catch (error) {
      if (error instanceof ProcessExit) this.end(error.exitCode);
      else if (!this.#ended) {
        this.error(`${this.argv[0]}: ${error instanceof Error ? error.message : String(error)}\n`);
        this.end(1);
      }
    }
  }
}

/** A program of an image or a tool: gets its process, returns its exit code. */
export type Program = (process: Process) => Promise<number> | number;
