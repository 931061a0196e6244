import type { Cause } from '../../../contracts/trace/index.ts';
import type { StatusError } from '../../machinery/status.ts';
import type { StoredObject } from '../registry/stored-object.ts';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';

export interface CacheEvent {
  readonly type: WatchType;
  readonly revision: number;
  readonly value: StoredObject;
  readonly cause: Cause;
  /** A bookmark that ends the initial events. */
  readonly initialEventsEnd?: boolean;
}

/** Selects what one watcher sees. `index` narrows which events are offered to it at all. */
export interface WatchFilter {
  readonly namespace: string | undefined;
  matches(value: StoredObject): boolean;
  /** `[field, value]` of an equality term of its field selector. */
  readonly index: readonly [field: string, value: string] | undefined;
}

/** How many events may wait for a reader before it is cut off. models cacher: channel sizes and forgetWatcher */
export const MAX_PENDING = 10_000;

/** One open watch: a queue between the cache, which pushes synchronously, and a reader. */
export class Watcher implements AsyncIterable<CacheEvent> {
  readonly filter: WatchFilter;
  readonly #queue: CacheEvent[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #failure: StatusError | undefined;

  constructor(filter: WatchFilter) {
    this.filter = filter;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** How many events wait for the reader. */
  get pending(): number {
    return this.#queue.length;
  }

  push(event: CacheEvent): void {
    if (this.#closed) return;
    if (this.#queue.length >= MAX_PENDING) return this.close();
    this.#queue.push(event);
    this.#notify();
  }

  /** Ends the stream after what is queued. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** Ends the stream after what is queued, and its reader is thrown why. models cacher: newErrWatcher */
  fail(error: StatusError): void {
    this.#failure = error;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<CacheEvent> {
    try {
      for (;;) {
        const event = this.#queue.shift();
        if (event) yield event;
        else if (this.#failure) throw this.#failure;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#closed = true;
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
