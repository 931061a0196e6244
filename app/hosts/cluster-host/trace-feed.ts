import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, type Disposable } from '../../base/lifecycle/index.ts';
import type { TraceCapability } from '../../cluster/cluster.ts';
import type { TraceEvent } from '../../contracts/trace/index.ts';

const BATCH_MS = 50;
/** One batch at most; a flood is thinned from its oldest end, for the window can always ask for more. */
const LARGEST_BATCH = 2_000;

/** Sends the trace to the window in order, about twenty times a second. */
export class TraceFeed implements Disposable {
  readonly #life = new DisposableStore();
  #gathered: TraceEvent[] = [];
  #timer: Disposable | undefined;

  constructor(trace: TraceCapability, clock: Clock, send: (events: readonly TraceEvent[]) => void) {
    this.#life.add(
      trace.onDidAppend((event) => {
        this.#gathered.push(event);
        this.#timer ??= clock.schedule(BATCH_MS, () => {
          const batch = this.#gathered.slice(-LARGEST_BATCH);
          this.#gathered = [];
          this.#timer = undefined;
          send(batch);
        });
      }),
    );
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#life.dispose();
  }
}
