import type { Clock } from '../../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../../base/lifecycle/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { Heap } from './heap.ts';

const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 10_000;
/** Pods wait no longer than this among the unschedulable. */
const UNSCHEDULABLE_MS = 5 * 60_000;
const FLUSH_MS = 30_000;

export interface QueuedPod {
  pod: Stored<Pod>;
  cause: Cause;
  attempts: number;
  /** When it last came into the queue: the order among equals. */
  queuedAt: number;
  /** The end of its last try. */
  triedAt: number;
  order: number;
  /** Who refused it last; empty: something else went wrong. */
  refusedBy: readonly string[];
  /** The last try ended in an error, not in a refusal: back-off is waited out. */
  failed: boolean;
  place: 'gated' | 'active' | 'backoff' | 'unschedulable' | 'trying';
}

/** What the queue asks about a Pod. */
export interface QueuePolicy {
  /** A text keeps the Pod out. */
  gate(pod: Stored<Pod>): string | undefined;
  less(a: Stored<Pod>, b: Stored<Pod>): number;
}

/**
 * Pods that want a node.
 *
 * ```
 *   add ──▶ active ──pop──▶ (a try) ──refused──▶ unschedulable ──news that may help──▶ backoff ──1 s … 10 s──▶ active
 *    └─▶ gated   ▲                    └─error──▶ backoff          └─ after 5 minutes ───┘        │
 *                └───────────────── nothing else is active ──────────────────────────────────────┘
 * ```
 *
 * models pkg/scheduler/backend/queue: PriorityQueue
 */
export class SchedulingQueue implements Disposable {
  readonly #clock: Clock;
  readonly #policy: QueuePolicy;
  readonly #pods = new Map<string, QueuedPod>();
  readonly #active: Heap<QueuedPod>;
  readonly #disposables = new DisposableStore();
  #order = 0;
  #timer: Disposable | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, policy: QueuePolicy) {
    this.#clock = clock;
    this.#policy = policy;
    this.#active = new Heap((a, b) => policy.less(a.pod, b.pod) || a.queuedAt - b.queuedAt || a.order - b.order);
    this.#flushLater();
  }

  get sizes(): { readonly active: number; readonly backoff: number; readonly unschedulable: number; readonly gated: number } {
    const sizes = { active: 0, backoff: 0, unschedulable: 0, gated: 0, trying: 0 };
    for (const { place } of this.#pods.values()) sizes[place]++;
    return { active: sizes.active + sizes.trying, backoff: sizes.backoff, unschedulable: sizes.unschedulable, gated: sizes.gated };
  }

  /** The Pods of each queue, for the inspector. */
  get names(): Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', readonly string[]>> {
    const list = (place: QueuedPod['place']): string[] => [...this.#pods.values()].filter((entry) => entry.place === place).map(({ pod }) => `${pod.metadata.namespace}/${pod.metadata.name}`);
    return { active: list('active'), backoff: list('backoff'), unschedulable: list('unschedulable'), gated: list('gated') };
  }

  has(uid: string): boolean {
    return this.#pods.has(uid);
  }

  /** A new Pod. */
  add(pod: Stored<Pod>, cause: Cause): void {
    const now = this.#clock.now();
    const entry: QueuedPod = { pod, cause, attempts: 0, queuedAt: now, triedAt: 0, order: this.#order++, refusedBy: [], failed: false, place: 'gated' };
    this.#pods.set(pod.metadata.uid, entry);
    this.#activate(entry);
  }

  /** The newest state of a Pod that waits; whether a gate fell by it. */
  update(pod: Stored<Pod>, cause: Cause): void {
    const entry = this.#pods.get(pod.metadata.uid);
    if (!entry) return;
    entry.pod = pod;
    if (entry.place === 'active') this.#active.update(entry);
    if (entry.place !== 'gated') return;
    entry.cause = cause.length > 0 ? cause : entry.cause;
    this.#activate(entry);
  }

  remove(uid: string): void {
    const entry = this.#pods.get(uid);
    if (!entry) return;
    this.#active.remove(entry);
    this.#pods.delete(uid);
  }

  async pop(): Promise<QueuedPod | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      const next = this.#active.pop() ?? this.#idleBackoff();
      if (next) {
        next.place = 'trying';
        next.attempts++;
        return next;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The Pod has a node, or is gone. */
  done(entry: QueuedPod): void {
    if (this.#pods.get(entry.pod.metadata.uid) === entry) this.#pods.delete(entry.pod.metadata.uid);
  }

  /** Refused: waits until something changes that may help. An error: tries again after a while. */
  giveBack(entry: QueuedPod, outcome: { readonly refusedBy: readonly string[]; readonly failed: boolean }): void {
    if (this.#pods.get(entry.pod.metadata.uid) !== entry) return;
    entry.triedAt = this.#clock.now();
    entry.refusedBy = outcome.refusedBy;
    // Refused by nobody: something unusual, such as a cluster without nodes.
    entry.failed = outcome.failed || outcome.refusedBy.length === 0;
    if (entry.failed) this.#toBackoff(entry);
    else entry.place = 'unschedulable';
  }

  /** Lets the Pods try again that the news is about. */
  move(isWorth: (entry: QueuedPod) => boolean, cause: Cause): void {
    for (const entry of this.#pods.values()) {
      if (entry.place !== 'unschedulable' || !isWorth(entry)) continue;
      entry.cause = cause.length > 0 ? cause : entry.cause;
      this.#toBackoff(entry);
    }
  }

  dispose(): void {
    this.#closed = true;
    this.#disposables.dispose();
    this.#notify();
  }

  #activate(entry: QueuedPod): void {
    if (this.#policy.gate(entry.pod) !== undefined) return void (entry.place = 'gated');
    entry.place = 'active';
    entry.queuedAt = this.#clock.now();
    this.#active.push(entry);
    this.#notify();
  }

  #toBackoff(entry: QueuedPod): void {
    if (readyAt(entry) <= this.#clock.now()) return this.#activate(entry);
    entry.place = 'backoff';
    this.#armTimer();
    if (!entry.failed) this.#notify();
  }

  /** With nothing else to do, waiting out a back-off helps nobody. models PopFromBackoffQ */
  #idleBackoff(): QueuedPod | undefined {
    let best: QueuedPod | undefined;
    for (const entry of this.#pods.values()) if (entry.place === 'backoff' && !entry.failed && (!best || readyAt(entry) < readyAt(best))) best = entry;
    return best;
  }

  #armTimer(): void {
    let next = Infinity;
    for (const entry of this.#pods.values()) if (entry.place === 'backoff') next = Math.min(next, readyAt(entry));
    if (this.#timer) this.#disposables.release(this.#timer);
    this.#timer = undefined;
    if (next === Infinity || this.#closed) return;
    this.#timer = this.#disposables.add(
      this.#clock.schedule(Math.max(1, next - this.#clock.now()), () => {
        for (const entry of this.#pods.values()) if (entry.place === 'backoff' && readyAt(entry) <= this.#clock.now()) this.#activate(entry);
        this.#armTimer();
      }),
    );
  }

  /** models flushUnschedulablePodsLeftover */
  #flushLater(): void {
    const timer = this.#disposables.add(
      this.#clock.schedule(FLUSH_MS, () => {
        this.#disposables.release(timer);
        const now = this.#clock.now();
        for (const entry of this.#pods.values()) if (entry.place === 'unschedulable' && now - entry.triedAt > UNSCHEDULABLE_MS) this.#toBackoff(entry);
        this.#flushLater();
      }),
    );
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/** models calculateBackoffDuration */
function readyAt({ triedAt, attempts }: QueuedPod): number {
  return triedAt + Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(0, attempts - 1), LAST_BACKOFF_MS);
}
