import type { Process } from '../../processes/process.ts';

/** More time went by than was given. */
export class TimedOut extends Error {
  constructor() {
    super('timed out');
  }
}

/** Runs `action` for at most so long on the virtual clock; undefined: as long as it takes. Rejects with {@link TimedOut}. */
export async function within<T>(process: Process, milliseconds: number | undefined, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const onEnd = (): void => abort.abort(process.signal.reason);
  process.signal.addEventListener('abort', onEnd, { once: true });
  let timer: { dispose(): void } | undefined;
  const limit = milliseconds === undefined ? undefined : new Promise<never>((_, reject) => {
    timer = process.world.clock.schedule(milliseconds, () => {
      const error = new TimedOut();
      abort.abort(error);
      reject(error);
    });
  });
  const cancelled = new Promise<never>((_, reject) => abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error), { once: true }));
  cancelled.catch(() => {});
  limit?.catch(() => {});
  try {
    return await Promise.race([action(abort.signal), cancelled, ...(limit ? [limit] : [])]);
  } finally {
    timer?.dispose();
    process.signal.removeEventListener('abort', onEnd);
  }
}
