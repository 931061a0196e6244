import type { Clock } from '../../base/clock/index.ts';

/** What was asked for but not seen yet is no longer waited for after this. models pkg/controller: ExpectationsTimeout */
const TIMEOUT_MS = 5 * 60_000;

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly at: number;
}

/**
 * What each key's last turn asked for and the informer has not shown yet. While something is expected the copy is behind, and
 * counting on it would overshoot.
 *
 * models pkg/controller: UIDTrackingControllerExpectations
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #known = new Map<string, Expectation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(key: string, creations: number, deletions: Iterable<string> = []): void {
    this.#known.set(key, { creations, deletions: new Set(deletions), at: this.#clock.now() });
  }

  /** One has come, or will not come. */
  created(key: string, count = 1): void {
    const expectation = this.#known.get(key);
    if (expectation) expectation.creations = Math.max(0, expectation.creations - count);
  }

  deleted(key: string, uid: string): void {
    this.#known.get(key)?.deletions.delete(uid);
  }

  isSatisfied(key: string): boolean {
    const expectation = this.#known.get(key);
    if (!expectation) return true;
    return (expectation.creations <= 0 && expectation.deletions.size === 0) || this.#clock.now() - expectation.at > TIMEOUT_MS;
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
