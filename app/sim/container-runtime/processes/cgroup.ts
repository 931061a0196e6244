import type { Clock } from '../../../base/clock/index.ts';
import type { LinuxResources } from '../cri.ts';
import type { Process } from './process.ts';

/** A process computes this long before it lets others have their turn. */
const SLICE_MS = 10;

/**
 * What a container's processes use together: memory, which may run out, and CPU time, which may be throttled.
 *
 * Computing is time on the virtual clock: a program says what its steps cost ({@link compute}), and every slice it waits for
 * as long as the slice takes under the CPU limit. So a loop that never sleeps burns CPU that metrics show, and can never
 * hold the simulator up.
 */
export class Cgroup {
  readonly #clock: Clock;
  readonly #processes: () => Iterable<Process>;
  readonly #onOutOfMemory: (process: Process) => void;
  resources: LinuxResources;
  #usageMs = 0;
  #throttledMs = 0;
  #throttledPeriods = 0;
  #freeAt = 0;
  #shared = 0;
  peakMemory = 0;
  oomKills = 0;
  #sample: { at: number; usageMs: number; rate: number } = { at: 0, usageMs: 0, rate: 0 };

  constructor(options: { clock: Clock; resources: LinuxResources; processes: () => Iterable<Process>; onOutOfMemory: (process: Process) => void }) {
    this.#clock = options.clock;
    this.resources = options.resources;
    this.#processes = options.processes;
    this.#onOutOfMemory = options.onOutOfMemory;
  }

  get memoryUsed(): number {
    let total = this.#shared;
    for (const process of this.#processes()) total += process.memoryBytes;
    return total;
  }

  get cpuUsageMs(): number {
    let total = this.#usageMs;
    for (const process of this.#processes()) total += process.idleMs;
    return total;
  }

  /** A process ends: what it used by being there stays used. */
  retire(idleMs: number): void {
    this.#usageMs += idleMs;
  }

  get throttling(): { readonly periods: number; readonly milliseconds: number } {
    return { periods: this.#throttledPeriods, milliseconds: this.#throttledMs };
  }

  /** Files of a memory-backed volume count too. */
  growShared(bytes: number): void {
    this.#shared = Math.max(0, this.#shared + bytes);
  }

  /** A process holds this much now. Over the limit the kernel kills. */
  setMemory(process: Process, bytes: number): void {
    process.memoryBytes = bytes;
    const used = this.memoryUsed;
    this.peakMemory = Math.max(this.peakMemory, used);
    const limit = this.resources.memoryLimitBytes;
    if (limit === undefined || used <= limit) return;
    this.oomKills++;
    this.#onOutOfMemory(process);
  }

  /** The process computes for a while. Returns what to wait for when its slice is over. */
  compute(process: Process, milliseconds: number): Promise<void> | undefined {
    process.charge(milliseconds);
    this.#usageMs += milliseconds;
    process.slice += milliseconds;
    if (process.slice < SLICE_MS) return undefined;
    const slice = process.slice;
    process.slice = 0;
    const limit = this.resources.cpuLimitMillis;
    const now = this.#clock.now();
    const start = Math.max(now, limit === undefined ? now : this.#freeAt);
    const end = start + (limit === undefined ? slice : Math.max(slice, (slice * 1000) / limit));
    this.#freeAt = end;
    if (end - now > slice) {
      this.#throttledPeriods++;
      this.#throttledMs += end - now - slice;
    }
    return process.sleep(end - now);
  }

  /** Thousandths of a core over the last while. models cAdvisor: instantaneous rate of two samples */
  cpuMillis(): number {
    const now = this.#clock.now();
    const { at, usageMs } = this.#sample;
    const used = this.cpuUsageMs;
    if (at === 0) this.#sample = { at: now, usageMs: used, rate: 0 };
    else if (now - at >= 1_000) this.#sample = { at: now, usageMs: used, rate: ((used - usageMs) * 1000) / (now - at) };
    return this.#sample.rate;
  }
}
