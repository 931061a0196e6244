import type { Clock } from '../../../base/clock/index.ts';

const FIRST_MS = 1_000;
const LAST_MS = 15 * 60_000;

/** How long a failed daemon Pod is left: 1 s, then twice as long each time, at most 15 min. models failedPodsBackoff */
export class FailedPodBackoff {
  readonly #clock: Clock;
  readonly #known = new Map<string, { waitMs: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0: go ahead now, and the next time waits longer. */
  waitMs(key: string): number {
    const now = this.#clock.now();
    const entry = this.#known.get(key);
    const left = entry ? entry.at + entry.waitMs - now : 0;
    if (left > 0) return left;
    const isStale = !entry || now - entry.at > 2 * LAST_MS;
    this.#known.set(key, { at: now, waitMs: isStale ? FIRST_MS : Math.min(entry.waitMs * 2, LAST_MS) });
    return 0;
  }
}
