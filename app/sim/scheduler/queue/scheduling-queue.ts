import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';

const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 10_000;
/** Pods wait no longer than this among the unschedulable. */
const UNSCHEDULABLE_MS = 5 * 60_000;

interface Entry {
  pod: Stored<Pod>;
  cause: Cause;
  attempts: number;
  triedAt: number;
  timer?: Disposable;
}

/**
 * Pods that want a node.
 *
 * ```
 *   add ──▶ active ──pop──▶ (a try) ──fails──▶ unschedulable ──cluster changed──▶ backoff ──timer──▶ active
 *           by priority, then age                          └─ after 5 minutes ─────────┘ 1 s … 10 s
 * ```
 *
 * models pkg/scheduler/backend/queue: PriorityQueue
 */
export class SchedulingQueue implements Disposable {
  readonly #clock: Clock;
  readonly #active = new Map<string, Entry>();
  readonly #backoff = new Map<string, Entry>();
  readonly #unschedulable = new Map<string, Entry>();
  readonly #disposables = new DisposableStore();
  readonly #attempts = new Map<string, number>();
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get sizes(): { readonly active: number; readonly backoff: number; readonly unschedulable: number } {
    return { active: this.#active.size, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size };
  }

  /** The Pods of each queue, for the inspector. */
  get names(): { readonly active: readonly string[]; readonly backoff: readonly string[]; readonly unschedulable: readonly string[] } {
    const list = (entries: Map<string, Entry>): string[] => [...entries.values()].map(({ pod }) => `${pod.metadata.namespace}/${pod.metadata.name}`);
    return { active: list(this.#active), backoff: list(this.#backoff), unschedulable: list(this.#unschedulable) };
  }

  /** A new Pod, or one that changed so that it may fit now. */
  add(pod: Stored<Pod>, cause: Cause): void {
    const { uid } = pod.metadata;
    this.#drop(uid);
    this.#active.set(uid, { pod, cause, attempts: this.#attempts.get(uid) ?? 0, triedAt: 0 });
    this.#notify();
  }

  /** The newest state of a Pod that waits; false when it does not. */
  refresh(pod: Stored<Pod>): boolean {
    for (const queue of [this.#active, this.#backoff, this.#unschedulable]) {
      const entry = queue.get(pod.metadata.uid);
      if (!entry) continue;
      entry.pod = pod;
      return true;
    }
    return false;
  }

  remove(uid: string): void {
    this.#drop(uid);
    this.#attempts.delete(uid);
  }

  async pop(): Promise<{ pod: Stored<Pod>; cause: Cause } | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const next = this.#first();
      if (next) {
        this.#active.delete(next.pod.metadata.uid);
        this.#attempts.set(next.pod.metadata.uid, next.attempts + 1);
        return next;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** No node fits: waits until something changes that may help. */
  addUnschedulable(pod: Stored<Pod>, cause: Cause): void {
    const { uid } = pod.metadata;
    const entry: Entry = { pod, cause, attempts: this.#attempts.get(uid) ?? 1, triedAt: this.#clock.now() };
    entry.timer = this.#disposables.add(this.#clock.schedule(UNSCHEDULABLE_MS, () => this.#toBackoff(uid, entry)));
    this.#unschedulable.set(uid, entry);
  }

  /** The try failed for another reason (the API refused): straight into backoff. */
  addFailed(pod: Stored<Pod>, cause: Cause): void {
    const entry: Entry = { pod, cause, attempts: this.#attempts.get(pod.metadata.uid) ?? 1, triedAt: this.#clock.now() };
    this.#toBackoff(pod.metadata.uid, entry);
  }

  /** The cluster changed (a node came, a Pod went): those that found no node may try again. */
  moveAll(cause: Cause): void {
    for (const [uid, entry] of [...this.#unschedulable]) {
      entry.cause = cause.length > 0 ? cause : entry.cause;
      this.#toBackoff(uid, entry);
    }
  }

  dispose(): void {
    this.#closed = true;
    this.#disposables.dispose();
    this.#notify();
  }

  #first(): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of this.#active.values()) {
      if (!best || (entry.pod.spec?.priority ?? 0) > (best.pod.spec?.priority ?? 0)) best = entry;
    }
    return best;
  }

  #toBackoff(uid: string, entry: Entry): void {
    this.#unschedulable.delete(uid);
    this.#release(entry);
    const wait = entry.triedAt + Math.min(FIRST_BACKOFF_MS * 2 ** (entry.attempts - 1), LAST_BACKOFF_MS) - this.#clock.now();
    if (wait <= 0) {
      this.#active.set(uid, entry);
      return this.#notify();
    }
    this.#backoff.set(uid, entry);
    entry.timer = this.#disposables.add(
      this.#clock.schedule(wait, () => {
        this.#release(entry);
        this.#backoff.delete(uid);
        this.#active.set(uid, entry);
        this.#notify();
      }),
    );
  }

  #drop(uid: string): void {
    for (const queue of [this.#active, this.#backoff, this.#unschedulable]) {
      const entry = queue.get(uid);
      if (entry) this.#release(entry);
      queue.delete(uid);
    }
  }

  #release(entry: Entry): void {
    if (entry.timer) this.#disposables.release(entry.timer);
    delete entry.timer;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
