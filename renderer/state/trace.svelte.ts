import type { TraceEvent } from '../../app/contracts/trace/index.ts';
import { isQuiet } from './quiet.ts';

const KEPT = 5_000;

/** The newest messages of the trace, oldest first. Listeners hear each batch once; `version` tells Svelte that something came. */
export class TraceState {
  events: TraceEvent[] = [];
  version = $state(0);
  last = 0;
  readonly #listeners = new Set<(events: readonly TraceEvent[]) => void>();

  /** @param past these happened before the window was there: shown in lists, not played. */
  append(events: readonly TraceEvent[], past = false): void {
    const fresh = events.filter(({ seq }) => seq > this.last);
    if (fresh.length === 0) return;
    this.last = fresh.at(-1)!.seq;
    this.events.push(...fresh);
    if (this.events.length > KEPT * 2) this.events = this.events.slice(-KEPT);
    this.version++;
    if (!past) for (const listener of this.#listeners) listener(fresh);
  }

  clear(): void {
    this.events = [];
    this.last = 0;
    this.version++;
  }

  listen(listener: (events: readonly TraceEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The newest messages that a part sent or got, newest first. */
  of(part: string, count: number): TraceEvent[] {
    const found: TraceEvent[] = [];
    for (let index = this.events.length - 1; index >= 0 && found.length < count; index--) {
      const event = this.events[index]!;
      if ((event.from === part || event.to === part) && !isQuiet(event)) found.push(event);
    }
    return found;
  }
}
