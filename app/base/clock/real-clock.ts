import { toDisposable, type Disposable } from '../lifecycle/index.ts';
import { sleepOn, type Clock } from './clock.ts';

/** The machine's clock, for everything outside the simulator. */
export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  schedule(delayMs: number, callback: () => void): Disposable {
    const timer = setTimeout(() => {
      handle.dispose();
      callback();
    }, delayMs);
    const handle = toDisposable(() => clearTimeout(timer));
    return handle;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }
}
