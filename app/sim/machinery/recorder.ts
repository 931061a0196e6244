import type { TraceEntry } from '../../contracts/trace/index.ts';

/** The writing end of the trace (implemented in `app/sim/trace`). */
export interface TraceRecorder {
  /** Appends an event and returns its sequence number, to be put into the cause of what follows. */
  record(entry: TraceEntry): number;
}

export const silentRecorder: TraceRecorder = { record: () => 0 };
