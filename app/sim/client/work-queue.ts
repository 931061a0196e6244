import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../base/lifecycle/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';

const BASE_DELAY_MS = 5;
const MAX_DELAY_MS = 1_000_000;
/** More causes than this are not kept: the newest tell enough. */
const MAX_CAUSES = 16;

/**
 * Keys waiting to be worked on.
 *
 * ```
 *   add ──▶ dirty + queue ──▶ get ──▶ processing ──▶ done ──▶ (dirty again? back into the queue)
 *   after(delay) ──▶ timer ──▶ add          failures: 5 ms, 10 ms, 20 ms … 1000 s
 * ```
 *
 * Invariants
 * 1. A key is in the queue at most once, and never worked on twice at the same time.
 * 2. A key added while it is worked on is worked on again afterwards.
 *
 * models client-go/util/workqueue. The causes of all adds are kept with the key until it is taken.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly #queue: string[] = [];
  readonly #dirty = new Map<string, number[]>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new DisposableStore();
  readonly #waiting = new Map<string, { at: number; timer: Disposable }>();
  /** Workers without a key, longest idle first. */
  readonly #idle: (() => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys that wait now. */
  get depth(): number {
    return this.#queue.length;
  }

  get processing(): number {
    return this.#processing.size;
  }

  /** Keys that failed and wait for another try. */
  get retrying(): number {
    return this.#failures.size;
  }

  add(key: string, cause: Cause = []): void {
    if (this.#closed) return;
    const known = this.#dirty.get(key);
    if (known) {
      for (const seq of cause) if (!known.includes(seq) && known.length < MAX_CAUSES) known.push(seq);
      return;
    }
    this.#dirty.set(key, [...cause]);
    if (this.#processing.has(key)) return;
    this.#queue.push(key);
    this.#notify();
  }

  addAfter(key: string, delayMs: number, cause: Cause = []): void {
    if (this.#closed) return;
    if (delayMs <= 0) return this.add(key, cause);
    const at = this.#clock.now() + delayMs;
    const earlier = this.#waiting.get(key);
    if (earlier && earlier.at <= at) return;
    earlier?.timer.dispose();
    const timer = this.#timers.add(
      this.#clock.schedule(delayMs, () => {
        this.#waiting.delete(key);
        this.#timers.release(timer);
        this.add(key, cause);
      }),
    );
    this.#waiting.set(key, { at, timer });
  }

  /** Tries again later, the later the more often it failed. */
  addRateLimited(key: string, cause: Cause = []): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(BASE_DELAY_MS * 2 ** failures, MAX_DELAY_MS), cause);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; undefined once the queue is closed. */
  async get(): Promise<{ key: string; cause: Cause } | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const key = this.#queue.shift();
      if (key !== undefined) {
        const cause = this.#dirty.get(key) ?? [];
        this.#dirty.delete(key);
        this.#processing.add(key);
        return { key, cause };
      }
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (!this.#dirty.has(key) || this.#closed) return;
    this.#queue.push(key);
    this.#notify();
  }

  dispose(): void {
    this.#closed = true;
    this.#timers.dispose();
    this.#waiting.clear();
    for (const wake of this.#idle.splice(0)) wake();
  }

  /** One key more: one worker more. */
  #notify(): void {
    this.#idle.shift()?.();
  }
}
