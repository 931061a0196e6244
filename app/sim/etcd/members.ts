import { Emitter, type Disposable } from '../../base/lifecycle/index.ts';
import type { Clock, Random } from '../../base/clock/index.ts';

export interface Member {
  readonly name: string;
  readonly running: boolean;
  readonly leader: boolean;
}

/** Raft's default election timeout in etcd: 1000 ms, randomized up to twice that. */
const ELECTION_TIMEOUT_MS = 1_000;

/**
 * Who is up, who leads, in which term. Only what a client can notice of Raft: without a majority there is no leader, without
 * a leader nothing can be read or written.
 *
 * ```
 *   etcd-0 ★   etcd-1    etcd-2 ✗      quorum 2 of 3: leader etcd-0, term 3
 *   etcd-0 ✗   etcd-1    etcd-2 ✗      1 of 3: no leader; the term rises when one is elected again
 * ```
 */
export class Members implements Disposable {
  readonly #onDidChange = new Emitter<void>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #running: Map<string, boolean>;
  #leader: string | undefined;
  #term = 1;
  #election: Disposable | undefined;
  #waiting: (() => void)[] = [];

  constructor(names: readonly string[], clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#running = new Map(names.map((name) => [name, true]));
    this.#leader = names[0];
  }

  get list(): readonly Member[] {
    return [...this.#running].map(([name, running]) => ({ name, running, leader: name === this.#leader }));
  }

  get term(): number {
    return this.#term;
  }

  get leader(): string | undefined {
    return this.#leader;
  }

  get quorum(): number {
    return Math.floor(this.#running.size / 2) + 1;
  }

  get hasQuorum(): boolean {
    return this.#runningNames().length >= this.quorum;
  }

  /** Reads and writes work. */
  get available(): boolean {
    return this.hasQuorum && this.#leader !== undefined;
  }

  /** Resolves at once when no election is under way, and otherwise when it is over, won or lost. */
  async election(): Promise<void> {
    while (this.#election && this.#leader === undefined && this.hasQuorum) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  setRunning(name: string, running: boolean): void {
    if (this.#running.get(name) === running) return;
    if (!this.#running.has(name)) throw new RangeError(`there is no etcd member ${name}`);
    this.#running.set(name, running);
    if (!running && this.#leader === name) this.#leader = undefined;
    if (!this.hasQuorum) this.#leader = undefined;
    this.#electIfNeeded();
    this.#changed();
  }

  dispose(): void {
    this.#election?.dispose();
    this.#wake();
    this.#onDidChange.dispose();
  }

  #electIfNeeded(): void {
    if (this.#leader !== undefined || !this.hasQuorum || this.#election) return;
    const timeout = ELECTION_TIMEOUT_MS * (1 + this.#random.next());
    this.#election = this.#clock.schedule(timeout, () => {
      this.#election = undefined;
      if (!this.hasQuorum) return;
      const candidates = this.#runningNames();
      this.#term++;
      this.#leader = candidates[this.#random.int(candidates.length)];
      this.#changed();
    });
  }

  #changed(): void {
    this.#wake();
    this.#onDidChange.fire();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #runningNames(): string[] {
    return [...this.#running].filter(([, running]) => running).map(([name]) => name);
  }
}
