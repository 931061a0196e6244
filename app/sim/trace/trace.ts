import { Emitter } from '../../base/lifecycle/index.ts';
import type { Clock } from '../../base/clock/index.ts';
import type { TraceEntry, TraceEvent } from '../../contracts/trace/index.ts';
import type { TraceRecorder } from '../machinery/recorder.ts';

/**
 * The append-only causal log. Keeps the latest `capacity` events.
 *
 * ```
 *   ring   [ … 813 814 815 │ 301 302 … ]      slot of seq n: (n − 1) mod capacity
 *                     newest ▲ oldest
 * ```
 *
 * Invariants
 * 1. Sequence numbers are 1, 2, 3 … without gaps; an event's causes have smaller numbers than the event itself.
 * 2. An appended event never changes.
 */
export class Trace implements TraceRecorder {
  readonly #onDidAppend = new Emitter<TraceEvent>();
  readonly onDidAppend = this.#onDidAppend.event;
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #ring: TraceEvent[] = [];
  #last: number;
  /** How many events are in the ring. */
  #kept: number;

  /** @param options.after the first event gets the next sequence number. */
  constructor(clock: Clock, options: { capacity?: number; after?: number } = {}) {
    this.#clock = clock;
    this.#capacity = options.capacity ?? 50_000;
    this.#last = options.after ?? 0;
    this.#kept = 0;
  }

  /** The newest sequence number; 0 when nothing happened yet. */
  get last(): number {
    return this.#last;
  }

  /** The oldest sequence number still kept. */
  get first(): number {
    return Math.max(1, this.#last - this.#kept + 1);
  }

  record(entry: TraceEntry): number {
    const event: TraceEvent = { seq: ++this.#last, at: this.#clock.now(), ...entry };
    this.#ring[(event.seq - 1) % this.#capacity] = event;
    this.#kept = Math.min(this.#capacity, this.#kept + 1);
    this.#onDidAppend.fire(event);
    return event.seq;
  }

  get(seq: number): TraceEvent | undefined {
    return seq >= this.first && seq <= this.#last ? this.#ring[(seq - 1) % this.#capacity] : undefined;
  }

  /** Events with `seq >= from`, oldest first. */
  *since(from: number): Generator<TraceEvent> {
    for (let seq = Math.max(from, this.first); seq <= this.#last; seq++) yield this.get(seq)!;
  }

  /** Everything that led to `seq`, transitively, oldest first, with the event itself last. */
  history(seq: number): TraceEvent[] {
    const seen = new Map<number, TraceEvent>();
    const open = [seq];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const event = this.get(next);
      if (!event || seen.has(next)) continue;
      seen.set(next, event);
      open.push(...event.cause);
    }
    return [...seen.values()].sort((a, b) => a.seq - b.seq);
  }
}
