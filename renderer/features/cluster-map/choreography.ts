import type { TraceEvent } from '../../../app/contracts/trace/index.ts';
import { isQuiet } from '../../state/quiet.ts';

/** One message on its way. Times are milliseconds of the window's own clock. */
export interface Flight {
  readonly event: TraceEvent;
  readonly startAt: number;
  readonly endAt: number;
}

/** Many messages on one edge, drawn as a stream. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  count: number;
  until: number;
}

export interface ChoreographyOptions {
  /** How long a lone message travels, 250–600. */
  readonly travelMs: number;
  /** Above so many messages a second on one edge they become a flow. */
  readonly flowAbove: number;
  /** The picture may be so far behind what happened; then messages hurry, and replies are left out. */
  readonly lagLimitMs: number;
}

export const DEFAULTS: ChoreographyOptions = { travelMs: 480, flowAbove: 10, lagLimitMs: 2_500 };
const FASTEST_MS = 250;
const FLOW_MS = 900;
/** A message may set off when what caused it is almost there. */
const HANDOVER = 0.85;
const REMEMBERED = 4_000;

/**
 * Turns the trace into motion: each message sets off after those that caused it have arrived.
 *
 * ```
 *   trace   POST pods web ──▶ put /registry/… ──▶ watch scheduler ──▶ POST binding …
 *   window  ├──480 ms──┤├──480 ms──┤├── …          lag grows ─▶ 250 ms each, answers left out ─▶ flows
 * ```
 *
 * Invariants
 * 1. No flight starts before each flight of its causes is at least `HANDOVER` of its way.
 * 2. What is drawn is never more than `lagLimitMs` plus one chain's length behind.
 */
export class Choreography {
  readonly #options: ChoreographyOptions;
  readonly #arrivals = new Map<number, number>();
  readonly #recent = new Map<string, number[]>();
  readonly flows = new Map<string, Flow>();
  flights: Flight[] = [];

  constructor(options: ChoreographyOptions = DEFAULTS) {
    this.#options = options;
  }

  /** Plans a batch that arrived at `now`. */
  take(events: readonly TraceEvent[], now: number): void {
    for (const event of events) this.#plan(event, now);
    this.#forget();
  }

  /** Drops what is over. Returns true while anything moves. */
  tidy(now: number): boolean {
    this.flights = this.flights.filter(({ endAt }) => endAt > now);
    for (const [key, flow] of this.flows) if (flow.until <= now) this.flows.delete(key);
    return this.flights.length > 0 || this.flows.size > 0;
  }

  clear(): void {
    this.flights = [];
    this.flows.clear();
    this.#arrivals.clear();
    this.#recent.clear();
  }

  #plan(event: TraceEvent, now: number): void {
    const causes = event.cause.map((seq) => this.#arrivals.get(seq) ?? now);
    const earliest = Math.max(now, ...causes);
    const lag = earliest - now;
    if (isQuiet(event) || (lag > this.#options.lagLimitMs && (event.kind === 'response' || event.kind === 'watch'))) {
      this.#arrivals.set(event.seq, earliest);
      return;
    }
    if (this.#isCrowded(event, earliest)) {
      const key = `${event.from} ${event.to}`;
      const flow = this.flows.get(key) ?? { from: event.from, to: event.to, count: 0, until: 0 };
      flow.count++;
      flow.until = Math.max(flow.until, earliest + FLOW_MS);
      this.flows.set(key, flow);
      this.#arrivals.set(event.seq, earliest);
      return;
    }
    const travel = Math.max(FASTEST_MS, this.#options.travelMs * (1 - lag / (this.#options.lagLimitMs * 2)));
    this.flights.push({ event, startAt: earliest, endAt: earliest + travel });
    this.#arrivals.set(event.seq, earliest + travel * HANDOVER);
  }

  #isCrowded({ from, to }: TraceEvent, at: number): boolean {
    const key = `${from} ${to}`;
    const times = (this.#recent.get(key) ?? []).filter((time) => time > at - 1_000);
    times.push(at);
    this.#recent.set(key, times);
    return times.length > this.#options.flowAbove;
  }

  #forget(): void {
    for (const seq of this.#arrivals.keys()) {
      if (this.#arrivals.size <= REMEMBERED) return;
      this.#arrivals.delete(seq);
    }
  }
}
