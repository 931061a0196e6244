import { Emitter, toDisposable, type Disposable } from '../lifecycle/index.ts';
import { sleepOn, type Clock } from './clock.ts';
import { TimerHeap, type TimerEntry } from './timer-heap.ts';

/** What the virtual clock needs from the real world. The default uses the process's own timers. */
export interface Host {
  /** Monotonic milliseconds. */
  now(): number;
  setTimer(delayMs: number, callback: () => void): Disposable;
  /** Calls back after all promise callbacks that are ready now have run. */
  afterTurn(callback: () => void): void;
}

export interface VirtualClockState {
  readonly now: number;
  readonly paused: boolean;
  /** Virtual milliseconds per real millisecond. */
  readonly speed: number;
}

/**
 * Time that can be paused, stepped and run faster.
 *
 * ```
 * real time  ──┬────────┬──────────▶      anchor (real, virtual) is moved whenever speed or pause change;
 *              │ anchor │ now             virtual now = anchor.virtual + (real − anchor.real) × speed,
 * virtual    ──┴────────┴──────────▶      but never past the earliest pending timer.
 * ```
 *
 * Invariants
 * 1. While a callback runs, `now()` is exactly the time it was scheduled for.
 * 2. Between two callbacks every ready promise callback runs (`Host.afterTurn`), so what one timer started is
 *    settled before the next fires: the same inputs give the same order at every speed.
 * 3. Paused, no callback fires and `now()` stands still.
 * 4. `now()` never goes back.
 */
export class VirtualClock implements Clock, Disposable {
  readonly #heap = new TimerHeap();
  readonly #onDidChange = new Emitter<VirtualClockState>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #host: Host;
  #anchorReal: number;
  #anchorVirtual: number;
  #speed: number;
  #paused: boolean;
  readonly #sleeps = new Set<Disposable>();
  #order = 0;
  #wakeUp: Disposable | undefined;
  #firing = false;
  #disposed = false;

  constructor(options: { start: number; speed?: number; paused?: boolean; host?: Host }) {
    this.#host = options.host ?? processHost;
    this.#anchorReal = this.#host.now();
    this.#anchorVirtual = options.start;
    this.#speed = options.speed ?? 1;
    this.#paused = options.paused ?? false;
  }

  get state(): VirtualClockState {
    return { now: this.now(), paused: this.#paused, speed: this.#speed };
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#heap.size;
  }

  /** When the next callback is due, in virtual milliseconds since the epoch. */
  get nextAt(): number | undefined {
    return this.#heap.peek()?.at;
  }

  now(): number {
    if (this.#paused || this.#firing) return this.#anchorVirtual;
    const ideal = this.#anchorVirtual + (this.#host.now() - this.#anchorReal) * this.#speed;
    return Math.max(this.#anchorVirtual, Math.min(Math.floor(ideal), this.nextAt ?? Infinity));
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    const at = this.now() + Math.max(0, Math.ceil(delayMs));
    const entry: TimerEntry = { at, order: this.#order++, callback, index: -1 };
    const handle = toDisposable(() => {
      const wasNext = this.#heap.peek() === entry;
      if (this.#heap.remove(entry) && wasNext) this.#arm();
    });
    const fire: TimerEntry = Object.assign(entry, {
      callback: () => {
        handle.dispose();
        callback();
      },
    });
    this.#heap.push(fire);
    if (this.#heap.peek() === fire) this.#arm();
    return handle;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn({ schedule: (delay, wake) => this.#scheduleSleep(delay, wake) }, delayMs, signal);
  }

  /** Nobody holds a sleep but the clock itself: with the clock it goes, and its sleeper never wakes. */
  #scheduleSleep(delayMs: number, wake: () => void): Disposable {
    if (this.#disposed) return { dispose() {} };
    const timer = this.schedule(delayMs, () => {
      this.#sleeps.delete(timer);
      wake();
    });
    this.#sleeps.add(timer);
    return {
      dispose: () => {
        this.#sleeps.delete(timer);
        timer.dispose();
      },
    };
  }

  pause(): void {
    if (this.#paused) return;
    this.#moveAnchor(this.now());
    this.#paused = true;
    this.#changed();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#anchorReal = this.#host.now();
    this.#changed();
  }

  /** @param speed virtual milliseconds per real millisecond, over 0. */
  setSpeed(speed: number): void {
    if (!(speed > 0) || !Number.isFinite(speed)) throw new RangeError(`speed must be a number over 0, not ${speed}`);
    this.#moveAnchor(this.now());
    this.#speed = speed;
    this.#changed();
  }

  /** Fires the next callback, whatever time it is due, and settles what it started. False when none waits. */
  async step(): Promise<boolean> {
    const next = this.#heap.peek();
    if (!next) return false;
    await this.#fire(next);
    this.#changed();
    return true;
  }

  /** Moves time forward by `ms` at once, firing what falls due on the way, in order. For tests and fast-forward. */
  async advance(ms: number): Promise<void> {
    const target = this.now() + ms;
    await this.settle();
    for (let next = this.#heap.peek(); next && next.at <= target; next = this.#heap.peek()) await this.#fire(next);
    this.#moveAnchor(target);
    this.#changed();
  }

  /** Resolves when all promise callbacks that are ready now have run. */
  settle(): Promise<void> {
    return new Promise((resolve) => this.#host.afterTurn(resolve));
  }

  dispose(): void {
    this.#disposed = true;
    this.#wakeUp?.dispose();
    this.#wakeUp = undefined;
    for (const sleep of this.#sleeps) sleep.dispose();
    this.#sleeps.clear();
    for (let next = this.#heap.peek(); next; next = this.#heap.peek()) this.#heap.remove(next);
    this.#onDidChange.dispose();
  }

  async #fire(entry: TimerEntry): Promise<void> {
    this.#heap.remove(entry);
    this.#moveAnchor(Math.max(entry.at, this.#anchorVirtual));
    this.#firing = true;
    try {
      entry.callback();
      await this.settle();
    } finally {
      this.#firing = false;
    }
  }

  #moveAnchor(virtual: number): void {
    this.#anchorVirtual = virtual;
    this.#anchorReal = this.#host.now();
  }

  #changed(): void {
    this.#arm();
    this.#onDidChange.fire(this.state);
  }

  #arm(): void {
    this.#wakeUp?.dispose();
    this.#wakeUp = undefined;
    const next = this.#heap.peek();
    if (!next || this.#paused || this.#firing || this.#disposed) return;
    const ideal = this.#anchorVirtual + (this.#host.now() - this.#anchorReal) * this.#speed;
    const delay = Math.max(0, (next.at - ideal) / this.#speed);
    this.#wakeUp = this.#host.setTimer(delay, () => void this.#run());
  }

  /** Fires all that is due; keeps the ideal time line, so that slow callbacks do not slow the clock for good. */
  async #run(): Promise<void> {
    this.#wakeUp?.dispose();
    this.#wakeUp = undefined;
    if (this.#firing) return;
    const anchor = { real: this.#anchorReal, virtual: this.#anchorVirtual };
    const due = (): number => anchor.virtual + (this.#host.now() - anchor.real) * this.#speed;
    const speed = this.#speed;
    for (let next = this.#heap.peek(); next && next.at <= due() && !this.#paused && !this.#disposed; next = this.#heap.peek()) {
      await this.#fire(next);
      if (this.#speed !== speed) return this.#arm();
    }
    if (!this.#paused && !this.#disposed) {
      this.#anchorReal = anchor.real;
      this.#anchorVirtual = anchor.virtual;
    }
    this.#arm();
  }
}

const processHost: Host = {
  now: () => performance.now(),
  setTimer(delayMs, callback) {
    // Due already: setImmediate spares the millisecond that setTimeout(0) costs.
    if (delayMs < 0.5) {
      const immediate = setImmediate(callback);
      return toDisposable(() => clearImmediate(immediate));
    }
    const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
    return toDisposable(() => clearTimeout(timer));
  },
  afterTurn: (callback) => void setImmediate(callback),
};
