import type { Cause } from '../../contracts/trace/index.ts';

/** Counts transactions: every successful transaction that changes something has the next one. Starts at 1. */
export type Revision = number;

/**
 * What a key holds: opaque to the store, never mutated after it was put. Encoding is lazy and cached by the value itself,
 * so that a value is serialized at most once.
 */
export interface Value {
  /** The bytes as they are persisted and sent. The same array at every call. */
  encode(): Uint8Array;
}

export interface KeyValue<V extends Value = Value> {
  readonly key: string;
  readonly value: V;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 1 at creation, then one more at each put. */
  readonly version: number;
  readonly lease?: number;
}

export interface RangeOptions {
  /** Exclusive end; absent: the one key. `prefixEnd(key)` gives the end of everything that starts with `key`. */
  readonly end?: string;
  /** Read as of this revision; absent: now. */
  readonly at?: Revision;
  readonly limit?: number;
  /** Count without reading. */
  readonly countOnly?: boolean;
}

export interface RangeResult {
  readonly revision: Revision;
  readonly items: readonly KeyValue[];
  /** How many keys the whole range holds, whatever the limit. */
  readonly count: number;
  readonly more: boolean;
}

export type Compare =
  | { readonly key: string; readonly target: 'modRevision' | 'createRevision' | 'version'; readonly result: '=' | '>' | '<' | '!='; readonly to: number }
;

export type Op =
  | { readonly type: 'put'; readonly key: string; readonly value: Value | ((revision: Revision) => Value); readonly lease?: number }
  | { readonly type: 'delete'; readonly key: string; readonly end?: string };

export interface Txn {
  readonly compare: readonly Compare[];
  readonly success: readonly Op[];
  readonly failure?: readonly Op[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision after the transaction. */
  readonly revision: Revision;
  /** What the operations put or removed, in order. */
  readonly changes: readonly Change[];
}

export interface Change {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** The new state; absent for a delete. */
  readonly current?: KeyValue;
  /** The state before; absent when the key is new. */
  readonly previous?: KeyValue;
}

/** All changes of one revision, and what caused them (the trace's `store` events are appended to the cause). */
export interface WatchBatch {
  readonly revision: Revision;
  readonly changes: readonly Change[];
  readonly cause: Cause;
}

/** Told of every transaction that changed something, before watchers are; returns what caused what follows. */
export type StoreObserver = (batch: WatchBatch) => Cause;

/**
 * etcd: keys, values, revisions. Knows no Kubernetes.
 *
 * Invariants
 * 1. One transaction = one revision; all its changes become visible together.
 * 2. A watch delivers every change of its range once, in order of revision, without gaps, or ends with CompactedError.
 * 3. Reads at a revision never change until it is compacted; then they throw CompactedError.
 * 4. Everything is synchronous: no reader sees half a transaction.
 */
export interface Store {
  readonly revision: Revision;
  readonly compacted: Revision;
  range(key: string, options?: RangeOptions): RangeResult;
  txn(txn: Txn, cause: Cause): TxnResult;
  /** `from` is the first revision wanted; future ones are waited for. */
  watch(options: { key: string; end?: string; from: Revision }, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** The callback form of {@link watch} from now on: called synchronously, in order, once per revision. */
  subscribe(listener: (batch: WatchBatch) => void): { dispose(): void };
  compact(revision: Revision): void;
}

export class CompactedError extends Error {
  readonly compacted: Revision;
  constructor(compacted: Revision) {
    super('etcdserver: mvcc: required revision has been compacted');
    this.name = 'CompactedError';
    this.compacted = compacted;
  }
}

export class FutureRevisionError extends Error {
  constructor() {
    super('etcdserver: mvcc: required revision is a future revision');
    this.name = 'FutureRevisionError';
  }
}

/** No leader, no quorum or not running: what the API server's etcd client reports. */
export class UnavailableError extends Error {
  constructor(message = 'etcdserver: request timed out') {
    super(message);
    this.name = 'UnavailableError';
  }
}

/** The end of the range of all keys that start with `prefix`. */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
