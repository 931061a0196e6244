import type { Disposable } from '../lifecycle/index.ts';

/**
 * The only source of time. Everything in `app/sim` gets one through its constructor; `Date`, `setTimeout` and
 * `setInterval` are banned there by lint.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. Never goes back. */
  now(): number;
  /** Calls back once, `delayMs` from now. Equal times fire in the order in which they were scheduled. */
  schedule(delayMs: number, callback: () => void): Disposable;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted before. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** `2026-11-24T10:00:00Z`: metav1.Time has no fraction. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-24T10:00:00.000000Z`: metav1.MicroTime has six fraction digits. */
export function rfc3339Micro(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Parses an RFC 3339 time to milliseconds since the epoch; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text);
}

/** Shared by the clocks: `sleep` on top of `schedule`. */
export function sleepOn(clock: Pick<Clock, 'schedule'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      timer.dispose();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
