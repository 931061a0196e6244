import type { IPty } from '@lydell/node-pty';
import type { Clock } from '../base/clock/index.ts';
import { Emitter, type Disposable } from '../base/lifecycle/index.ts';

/** Starts a process on a pseudo terminal: node-pty's own `spawn`, or a stand-in. */
export type Spawn = (file: string, args: string[], options: { name: string; cols: number; rows: number; cwd: string; env: Record<string, string> }) => IPty;

/** Output is gathered so long before it is sent on. */
const GATHER_MS = 8;
/** Above so many characters that the window has not drawn yet, the shell waits; below the second figure it goes on. */
const PAUSE_ABOVE = 400_000;
const RESUME_BELOW = 100_000;
/** Kept to paint a window that was loaded anew. */
const REPLAY_LENGTH = 400_000;

/**
 * One shell on a pseudo terminal.
 *
 * Invariants
 * 1. A program that floods cannot fill memory: it is paused until the window has drawn what is under way.
 * 2. `replay` ends with what was sent last.
 */
export class TerminalSession implements Disposable {
  readonly id: string;
  readonly shell: string;
  readonly #onData = new Emitter<string>();
  readonly onData = this.#onData.event;
  readonly #onExit = new Emitter<number>();
  readonly onExit = this.#onExit.event;
  readonly #pty: IPty;
  readonly #clock: Clock;
  #gathered = '';
  #timer: Disposable | undefined;
  #underWay = 0;
  #paused = false;
  #replay = '';
  #ended = false;

  constructor(options: { id: string; shell: string; pty: IPty; clock: Clock }) {
    this.id = options.id;
    this.shell = options.shell;
    this.#pty = options.pty;
    this.#clock = options.clock;
    this.#pty.onData((data) => this.#take(data));
    this.#pty.onExit(({ exitCode }) => {
      this.#flush();
      this.#ended = true;
      this.#onExit.fire(exitCode);
    });
  }

  get replay(): string {
    return this.#replay;
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(data: string): void {
    if (!this.#ended) this.#pty.write(data);
  }

  resize(columns: number, rows: number): void {
    if (!this.#ended) this.#pty.resize(columns, rows);
  }

  /** The window drew so many characters. */
  drawn(count: number): void {
    this.#underWay = Math.max(0, this.#underWay - count);
    if (!this.#paused || this.#underWay > RESUME_BELOW) return;
    this.#paused = false;
    this.#pty.resume();
  }

  /** A new window starts to draw from nothing. */
  rejoin(): string {
    this.#flush();
    this.#underWay = 0;
    this.drawn(0);
    return this.#replay;
  }

  /** Hangs up; resolves when the shell is gone. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#pty.onExit(() => resolve());
      this.#pty.kill('SIGHUP');
    });
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#onData.dispose();
    this.#onExit.dispose();
    if (!this.#ended) this.#pty.kill();
    this.#ended = true;
  }

  #take(data: string): void {
    this.#gathered += data;
    this.#timer ??= this.#clock.schedule(GATHER_MS, () => this.#flush());
    if (this.#paused || this.#underWay + this.#gathered.length < PAUSE_ABOVE) return;
    this.#paused = true;
    this.#pty.pause();
  }

  #flush(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    const data = this.#gathered;
    if (data === '') return;
    this.#gathered = '';
    this.#underWay += data.length;
    this.#replay = (this.#replay + data).slice(-REPLAY_LENGTH);
    this.#onData.fire(data);
  }
}
