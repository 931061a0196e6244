import type { Cause } from '../../../contracts/trace/index.ts';
import type { Change, WatchBatch } from '../../etcd/store.ts';
import { newResourceExpired } from '../../machinery/errors.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { Watcher, type CacheEvent, type WatchFilter } from './watcher.ts';

interface HistoryEntry {
  readonly revision: number;
  readonly current: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
  readonly cause: Cause;
}

/** How many changes can be replayed to a watch that starts in the past. */
const HISTORY = 4_096;

/**
 * All objects of one kind, in memory, and who watches them.
 *
 * ```
 *   objects   key ─▶ value              history  [ rev 811 ][ rev 812 ] …   what late watches replay
 *   byField   spec.nodeName ─▶ keys     watchers: unindexed, and by `spec.nodeName=worker-1` and its like
 * ```
 *
 * models apiserver/pkg/storage/cacher. Fed synchronously by the store, so it is never behind.
 */
export class ResourceCache {
  readonly #prefix: string;
  readonly #objects = new Map<string, StoredObject>();
  readonly #history: HistoryEntry[] = [];
  readonly #unindexed = new Set<Watcher>();
  readonly #indexed = new Map<string, Map<string, Set<Watcher>>>();
  readonly #fieldOf: (value: StoredObject, field: string) => string;
  #sorted: readonly string[] | undefined;
  /** Keys by a field's value, for the fields that were asked for once. */
  readonly #byField = new Map<string, Map<string, Set<string>>>();
  #forgotten = 0;

  /** @param prefix `/registry/pods/` */
  constructor(prefix: string, fieldOf: (value: StoredObject, field: string) => string) {
    this.#prefix = prefix;
    this.#fieldOf = fieldOf;
  }

  get size(): number {
    return this.#objects.size;
  }

  get watcherCount(): number {
    let count = this.#unindexed.size;
    for (const values of this.#indexed.values()) for (const group of values.values()) count += group.size;
    return count;
  }

  /** @param key `namespace/name` or `name` */
  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** In the order of keys, all or those of a namespace. */
  *values(namespace?: string): Generator<StoredObject> {
    this.#sorted ??= [...this.#objects.keys()].sort();
    const keys = this.#sorted;
    if (namespace === undefined) {
      for (const key of keys) yield this.#objects.get(key)!;
      return;
    }
    const prefix = `${namespace}/`;
    for (let index = lowerBound(keys, prefix); index < keys.length && keys[index]!.startsWith(prefix); index++) yield this.#objects.get(keys[index]!)!;
  }

  /** Those whose field has a value, `spec.nodeName` and `worker-1`, in no order. The first question makes the index. */
  *withField(field: string, value: string): Generator<StoredObject> {
    let index = this.#byField.get(field);
    if (!index) {
      this.#byField.set(field, (index = new Map()));
      for (const [key, object] of this.#objects) setIn(index, this.#fieldOf(object, field), key);
    }
    for (const key of index.get(value) ?? []) yield this.#objects.get(key)!;
  }

  apply(change: Change, batch: WatchBatch): void {
    const key = change.key.slice(this.#prefix.length);
    const previous = this.#objects.get(key);
    const current = change.current?.value as StoredObject | undefined;
    if (current) this.#objects.set(key, current);
    else this.#objects.delete(key);
    if (!previous !== !current) this.#sorted = undefined;
    for (const [field, index] of this.#byField) {
      if (previous) index.get(this.#fieldOf(previous, field))?.delete(key);
      if (current) setIn(index, this.#fieldOf(current, field), key);
    }
    const entry: HistoryEntry = { revision: batch.revision, current, previous, cause: batch.cause };
    this.#history.push(entry);
    if (this.#history.length > HISTORY) this.#forgotten = this.#history.shift()!.revision;
    for (const watcher of this.#candidates(previous, current)) this.#offer(watcher, entry);
  }

  /**
   * Opens a watch. `from` undefined: the present state as ADDED events first; otherwise everything after that revision.
   * One that begins before what is remembered is open too, and fails at once: a watch that was let in is told so in its stream.
   */
  watch(filter: WatchFilter, from: number | undefined, revision: number): Watcher {
    const watcher = new Watcher(filter);
    if (from === undefined) {
      for (const value of this.values(filter.namespace)) if (filter.matches(value)) watcher.push({ type: 'ADDED', revision, value, cause: [] });
    } else {
      if (from < this.#forgotten) {
        watcher.fail(newResourceExpired(`too old resource version: ${from} (${this.#forgotten})`));
        return watcher;
      }
      for (const entry of this.#history) if (entry.revision > from) this.#offer(watcher, entry);
    }
    this.#groupOf(watcher, true)!.add(watcher);
    return watcher;
  }

  unwatch(watcher: Watcher): void {
    watcher.close();
    this.#groupOf(watcher, false)?.delete(watcher);
  }

  closeAll(): void {
    for (const watcher of this.#allWatchers()) this.unwatch(watcher);
  }

  /** Events up to this revision can no longer be replayed. */
  forget(revision: number): void {
    while (this.#history.length > 0 && this.#history[0]!.revision <= revision) this.#history.shift();
    this.#forgotten = Math.max(this.#forgotten, revision);
  }

  #allWatchers(): Watcher[] {
    return [...this.#unindexed, ...[...this.#indexed.values()].flatMap((values) => [...values.values()].flatMap((group) => [...group]))];
  }

  #groupOf(watcher: Watcher, create: boolean): Set<Watcher> | undefined {
    if (!watcher.filter.index) return this.#unindexed;
    const [field, value] = watcher.filter.index;
    let values = this.#indexed.get(field);
    if (!values && create) this.#indexed.set(field, (values = new Map()));
    let group = values?.get(value);
    if (!group && create) values!.set(value, (group = new Set()));
    return group;
  }

  #candidates(previous: StoredObject | undefined, current: StoredObject | undefined): Iterable<Watcher> {
    if (this.#indexed.size === 0) return [...this.#unindexed];
    const candidates = new Set(this.#unindexed);
    for (const [field, values] of this.#indexed) {
      for (const value of [previous, current]) {
        if (!value) continue;
        for (const watcher of values.get(this.#fieldOf(value, field)) ?? []) candidates.add(watcher);
      }
    }
    return candidates;
  }

  /** An object that comes to match is ADDED, one that no longer matches is DELETED, whatever happened to it. */
  #offer(watcher: Watcher, { current, previous, revision, cause }: HistoryEntry): void {
    const { filter } = watcher;
    const sees = (value: StoredObject | undefined): boolean =>
      value !== undefined && (filter.namespace === undefined || value.object.metadata.namespace === filter.namespace) && filter.matches(value);
    const before = sees(previous);
    const after = sees(current);
    if (after) watcher.push({ type: before ? 'MODIFIED' : 'ADDED', revision, value: current!, cause });
    else if (before) watcher.push({ type: 'DELETED', revision, value: deletedValue(current ?? previous!, revision), cause });
  }
}

function setIn(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys) keys.add(key);
  else index.set(value, new Set([key]));
}

const deletedValues = new WeakMap<StoredObject, StoredObject>();

/** The last state, with the revision of its deletion. */
function deletedValue(value: StoredObject, revision: number): StoredObject {
  if (value.object.metadata.resourceVersion === String(revision)) return value;
  const known = deletedValues.get(value);
  if (known?.object.metadata.resourceVersion === String(revision)) return known;
  const made = value.at(String(revision));
  deletedValues.set(value, made);
  return made;
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export type { CacheEvent };
