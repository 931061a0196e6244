import { toDisposable, type Disposable } from '../../base/lifecycle/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { SortedKeys } from './sorted-keys.ts';
import {
  CompactedError,
  FutureRevisionError,
  type Change,
  type Compare,
  type KeyValue,
  type Op,
  type RangeOptions,
  type RangeResult,
  type Revision,
  type Store,
  type StoreObserver,
  type Txn,
  type TxnResult,
  type WatchBatch,
} from './store.ts';

/** A key's state at one revision; no `item` is a tombstone: deleted here. */
interface HistoryEntry {
  readonly revision: Revision;
  readonly item: KeyValue | undefined;
}

/**
 * The MVCC store, in memory.
 *
 * ```
 *  index     /registry/pods/default/web ──▶ history  [ rev 7 put ][ rev 9 put ][ rev 12 † ][ rev 15 put ]
 *  (sorted)  /registry/pods/default/api ──▶ history  [ rev 8 put ]
 *
 *  log       … [ rev 13 ] [ rev 14 ] [ rev 15 ]      one batch a revision: what watches replay and follow
 *                 ▲ compacted + 1
 * ```
 *
 * models go.etcd.io/etcd/server/storage/mvcc: keyIndex, watchableStore (as one log, which a store in memory can afford)
 *
 * Invariants: those of {@link Store}, and
 * 5. A history never holds two entries of one revision; the last entry is the state now.
 * 6. After compaction at N a history keeps at most one entry ≤ N: the one that is visible at N, unless it is a tombstone.
 */
export class MemoryStore implements Store {
  readonly #keys = new SortedKeys();
  readonly #histories = new Map<string, HistoryEntry[]>();
  readonly #subscribers = new Set<(batch: WatchBatch) => void>();
  readonly #observer: StoreObserver;
  #log: WatchBatch[] = [];
  #revision: Revision = 1;
  #compacted: Revision = 0;
  #liveKeys = 0;

  /** @param observer told of every transaction; what it returns is the cause that watchers get (the trace's events). */
  constructor(observer: StoreObserver = (batch) => batch.cause) {
    this.#observer = observer;
  }

  get revision(): Revision {
    return this.#revision;
  }

  get compacted(): Revision {
    return this.#compacted;
  }

  /** How many keys exist now. */
  get size(): number {
    return this.#liveKeys;
  }

  range(key: string, options: RangeOptions = {}): RangeResult {
    const at = options.at ?? this.#revision;
    if (at > this.#revision) throw new FutureRevisionError();
    if (at < this.#compacted) throw new CompactedError(this.#compacted);
    const items: KeyValue[] = [];
    let count = 0;
    const keys = options.end === undefined ? [key] : this.#keys.range(key, options.end);
    for (const candidate of keys) {
      const item = this.#stateAt(candidate, at);
      if (!item) continue;
      count++;
      if (!options.countOnly && (options.limit === undefined || items.length < options.limit)) items.push(item);
    }
    return { revision: this.#revision, items, count, more: !options.countOnly && count > items.length };
  }

  txn(txn: Txn, cause: Cause): TxnResult {
    const succeeded = txn.compare.every((compare) => this.#holds(compare));
    const operations = succeeded ? txn.success : (txn.failure ?? []);
    const next = this.#revision + 1;
    const changes: Change[] = [];
    for (const operation of operations) this.#apply(operation, next, changes);
    if (changes.length > 0) this.#commit(next, changes, cause);
    return { succeeded, revision: this.#revision, changes };
  }

  watch(options: { key: string; end?: string; from: Revision }, signal: AbortSignal): AsyncIterable<WatchBatch> {
    return this.#follow(options, signal);
  }

  subscribe(listener: (batch: WatchBatch) => void): Disposable {
    this.#subscribers.add(listener);
    return toDisposable(() => this.#subscribers.delete(listener));
  }

  compact(revision: Revision): void {
    if (revision > this.#revision) throw new FutureRevisionError();
    if (revision <= this.#compacted) throw new CompactedError(this.#compacted);
    this.#compacted = revision;
    this.#log = this.#log.filter((batch) => batch.revision > revision);
    for (const [key, history] of this.#histories) {
      const visible = lastAtOrBefore(history, revision);
      const keepFrom = visible < 0 ? 0 : history[visible]!.item ? visible : visible + 1;
      if (keepFrom === 0) continue;
      history.splice(0, keepFrom);
      if (history.length > 0) continue;
      this.#histories.delete(key);
      this.#keys.remove(key);
    }
  }

  #stateAt(key: string, at: Revision): KeyValue | undefined {
    const history = this.#histories.get(key);
    if (!history) return undefined;
    const last = history[history.length - 1]!;
    if (last.revision <= at) return last.item;
    return history[lastAtOrBefore(history, at)]?.item;
  }

  #holds({ key, target, result, to }: Compare): boolean {
    const actual = this.#stateAt(key, this.#revision)?.[target] ?? 0;
    if (result === '=') return actual === to;
    if (result === '!=') return actual !== to;
    return result === '>' ? actual > to : actual < to;
  }

  #apply(operation: Op, revision: Revision, changes: Change[]): void {
    if (operation.type === 'put') {
      const previous = this.#pending(operation.key, changes);
      const value = typeof operation.value === 'function' ? operation.value(revision) : operation.value;
      const current: KeyValue = {
        key: operation.key,
        value,
        createRevision: previous?.createRevision ?? revision,
        modRevision: revision,
        version: (previous?.version ?? 0) + 1,
        ...(operation.lease === undefined ? {} : { lease: operation.lease }),
      };
      changes.push({ type: 'put', key: operation.key, current, ...(previous ? { previous } : {}) });
      return;
    }
    const keys = operation.end === undefined ? [operation.key] : [...this.#keys.range(operation.key, operation.end)];
    for (const key of keys) {
      const previous = this.#pending(key, changes);
      if (previous) changes.push({ type: 'delete', key, previous });
    }
  }

  /** The key's state as the operations so far would leave it. */
  #pending(key: string, changes: readonly Change[]): KeyValue | undefined {
    for (let i = changes.length - 1; i >= 0; i--) if (changes[i]!.key === key) return changes[i]!.current;
    return this.#stateAt(key, this.#revision);
  }

  #commit(revision: Revision, changes: readonly Change[], cause: Cause): void {
    for (const change of changes) this.#remember(change, revision);
    this.#revision = revision;
    const batch: WatchBatch = { revision, changes, cause };
    const told: WatchBatch = { ...batch, cause: this.#observer(batch) };
    this.#log.push(told);
    for (const subscriber of [...this.#subscribers]) subscriber(told);
  }

  #remember(change: Change, revision: Revision): void {
    let history = this.#histories.get(change.key);
    if (!history) {
      history = [];
      this.#histories.set(change.key, history);
      this.#keys.add(change.key);
    }
    const last = history[history.length - 1];
    const existed = last?.item !== undefined;
    const entry: HistoryEntry = { revision, item: change.current };
    if (last?.revision === revision) history[history.length - 1] = entry;
    else history.push(entry);
    if (existed !== (change.current !== undefined)) this.#liveKeys += change.current ? 1 : -1;
  }

  async *#follow(options: { key: string; end?: string; from: Revision }, signal: AbortSignal): AsyncGenerator<WatchBatch> {
    if (options.from <= this.#compacted) throw new CompactedError(this.#compacted);
    const inRange = (key: string): boolean => (options.end === undefined ? key === options.key : key >= options.key && key < options.end);
    const narrow = (batch: WatchBatch): WatchBatch | undefined => {
      const changes = batch.changes.filter((change) => inRange(change.key));
      return batch.revision < options.from || changes.length === 0 ? undefined : { ...batch, changes };
    };
    const queue = this.#log.map(narrow).filter((batch) => batch !== undefined);
    let wake: (() => void) | undefined;
    const subscription = this.subscribe((batch) => {
      const narrowed = narrow(batch);
      if (!narrowed) return;
      queue.push(narrowed);
      wake?.();
    });
    const onAbort = (): void => wake?.();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const batch = queue.shift();
        if (batch) yield batch;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      subscription.dispose();
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Index of the last entry with a revision ≤ `at`; -1 when there is none. */
function lastAtOrBefore(history: readonly HistoryEntry[], at: Revision): number {
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (history[middle]!.revision <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
