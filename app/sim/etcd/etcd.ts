import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { Clock, Random } from '../../base/clock/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import { Members } from './members.ts';
import { MemoryStore } from './memory-store.ts';
import { UnavailableError, type RangeOptions, type RangeResult, type Revision, type Store, type StoreObserver, type Txn, type TxnResult, type WatchBatch } from './store.ts';

/**
 * etcd as the API server meets it: the store behind members that can be stopped. Its disk outlives a stop, so nothing is
 * lost; while there is no quorum, every call throws UnavailableError.
 */
export class Etcd implements Store, Component {
  readonly id = 'etcd';
  readonly members: Members;
  /** What is on disk; for the simulated hardware, which does not go through etcd's door. */
  readonly disk: MemoryStore;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #disposables = new DisposableStore();

  constructor(options: { members: readonly string[]; clock: Clock; random: Random; observer?: StoreObserver }) {
    this.disk = new MemoryStore(options.observer);
    this.members = this.#disposables.add(new Members(options.members, options.clock, options.random));
    let was = this.running;
    this.#disposables.add(
      this.members.onDidChange(() => {
        if (this.running !== was) this.#onDidChange.fire((was = this.running));
      }),
    );
  }

  get running(): boolean {
    return this.members.available;
  }

  get revision(): Revision {
    return this.disk.revision;
  }

  get compacted(): Revision {
    return this.disk.compacted;
  }

  start(): void {
    for (const member of this.members.list) this.members.setRunning(member.name, true);
  }

  stop(): void {
    for (const member of this.members.list) this.members.setRunning(member.name, false);
  }

  range(key: string, options?: RangeOptions): RangeResult {
    this.#check();
    return this.disk.range(key, options);
  }

  txn(txn: Txn, cause: Cause): TxnResult {
    this.#check();
    return this.disk.txn(txn, cause);
  }

  watch(options: { key: string; end?: string; from: Revision }, signal: AbortSignal): AsyncIterable<WatchBatch> {
    this.#check();
    return this.disk.watch(options, signal);
  }

  subscribe(listener: (batch: WatchBatch) => void): { dispose(): void } {
    return this.disk.subscribe(listener);
  }

  compact(revision: Revision): void {
    this.#check();
    this.disk.compact(revision);
  }

  inspect(): Inspection {
    const { list, term, leader } = this.members;
    const up = list.filter((member) => member.running).length;
    return {
      now: this.running ? `rev ${this.revision} · term ${term} · ${up} of ${list.length}` : `no quorum: ${up} of ${list.length} members up`,
      facts: [
        { name: 'Revision', value: this.revision },
        { name: 'Keys', value: this.disk.size },
        { name: 'Compacted up to', value: this.compacted },
        { name: 'Leader', value: leader ?? 'none' },
        { name: 'Term', value: term },
      ],
      detail: { members: list },
    };
  }

  dispose(): void {
    this.#disposables.dispose();
    this.#onDidChange.dispose();
  }

  #check(): void {
    if (!this.members.available) throw new UnavailableError();
  }
}
