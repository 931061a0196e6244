import type { PartId } from '../../contracts/trace/index.ts';
import type { Event } from '../../base/lifecycle/index.ts';

/** What an inspector shows of a part: JSON only, small, made on demand. */
export interface Inspection {
  /** One line: what it is doing now (`3 pods queued`, `watching, idle`). */
  readonly now: string;
  /** Named figures and lists, shown in this order. */
  readonly facts: readonly { readonly name: string; readonly value: string | number }[];
  /** Anything a special inspector draws (the scheduler's queues and tables, a kubelet's pods …). */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/**
 * A part with a power switch. Stopping one must break exactly what would break in life; starting it again must heal it
 * from the state in the API (and, for the runtime, under `/sim/`).
 *
 * Invariants
 * 1. `start` and `stop` are idempotent; after `stop` nothing of the part runs: no timer, no watch, no queued work.
 * 2. A started part begins from what it reads, never from memory of an earlier run.
 */
export interface Component {
  readonly id: PartId;
  readonly running: boolean;
  readonly onDidChange: Event<boolean>;
  start(): void;
  stop(): void;
  inspect(): Inspection;
  dispose(): void;
}
