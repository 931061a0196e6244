import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../base/lifecycle/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { WorkQueue } from './work-queue.ts';

/** Re-reads the state behind a key and moves the world towards it. Acts on level, not edge; throwing means: back off. */
export interface Reconciler {
  reconcile(key: string, cause: Cause): Promise<{ readonly requeueAfterMs?: number } | void>;
}

export interface LoopReport {
  readonly name: string;
  readonly running: boolean;
  readonly depth: number;
  readonly retrying: number;
  /** Virtual milliseconds; undefined before the first one. */
  readonly lastReconcileAt: number | undefined;
  readonly lastKey: string | undefined;
  readonly lastError: string | undefined;
}

/** So many reconciles without time passing, and a loop gives way: one that feeds itself must not stop the world. */
const MAX_IN_A_ROW = 500;

/** Takes keys from a queue and hands them to a reconciler, a few at a time, until it is disposed. */
export class ControlLoop implements Disposable {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #clock: Clock;
  readonly #reconciler: Reconciler;
  readonly #disposables = new DisposableStore();
  #lastReconcileAt: number | undefined;
  #lastKey: string | undefined;
  #lastError: string | undefined;

  constructor(name: string, clock: Clock, reconciler: Reconciler, workers = 1) {
    this.name = name;
    this.#clock = clock;
    this.#reconciler = reconciler;
    this.queue = this.#disposables.add(new WorkQueue(clock));
    for (let i = 0; i < workers; i++) void this.#work();
  }

  report(): LoopReport {
    return {
      name: this.name, running: !this.#disposables.isDisposed, depth: this.queue.depth, retrying: this.queue.retrying,
      lastReconcileAt: this.#lastReconcileAt, lastKey: this.#lastKey, lastError: this.#lastError,
    };
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #work(): Promise<void> {
    let inARow = 0;
    for (let next = await this.queue.get(); next; next = await this.queue.get()) {
      const { key, cause } = next;
      inARow = this.#clock.now() === this.#lastReconcileAt ? inARow + 1 : 0;
      if (inARow >= MAX_IN_A_ROW) {
        inARow = 0;
        await this.#clock.sleep(1).catch(() => {});
      }
      this.#lastReconcileAt = this.#clock.now();
      this.#lastKey = key;
      try {
        const result = await this.#reconciler.reconcile(key, cause);
        this.queue.forget(key);
        this.#lastError = undefined;
        if (result?.requeueAfterMs !== undefined) this.queue.addAfter(key, result.requeueAfterMs, cause);
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        this.queue.addRateLimited(key, cause);
      }
      this.queue.done(key);
    }
  }
}
