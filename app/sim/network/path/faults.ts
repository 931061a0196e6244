import type { Random } from '../../../base/clock/index.ts';
import type { Disposable } from '../../../base/lifecycle/index.ts';

/** Something is wrong with the wires between nodes. */
export interface NetworkFault {
  /** Absent: any node. */
  readonly from?: string;
  readonly to?: string;
  /** One way. */
  readonly latencyMs?: number;
  readonly lossPercent?: number;
}

/** The faults that are in force now. */
export class NetworkFaults {
  readonly #faults = new Set<NetworkFault>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get list(): readonly NetworkFault[] {
    return [...this.#faults];
  }

  /** Disposing heals it. */
  add(fault: NetworkFault): Disposable {
    this.#faults.add(fault);
    return { dispose: () => void this.#faults.delete(fault) };
  }

  latency(from: string, to: string): number {
    let total = 0;
    for (const fault of this.#between(from, to)) total += fault.latencyMs ?? 0;
    return total;
  }

  /** How many of a hundred packets on this way are lost, by all faults together. */
  lossPercent(from: string, to: string): number {
    let passes = 1;
    for (const { lossPercent = 0 } of this.#between(from, to)) passes *= 1 - lossPercent / 100;
    return Math.round((1 - passes) * 100);
  }

  /** All wires are good again. */
  clear(): void {
    this.#faults.clear();
  }

  /** Whether a packet on this way is lost, this time. */
  loses(from: string, to: string): boolean {
    for (const { lossPercent = 0 } of this.#between(from, to)) if (lossPercent > 0 && this.#random.next() * 100 < lossPercent) return true;
    return false;
  }

  *#between(from: string, to: string): Generator<NetworkFault> {
    if (from === to) return;
    for (const fault of this.#faults) if ((fault.from ?? from) === from && (fault.to ?? to) === to) yield fault;
  }
}
