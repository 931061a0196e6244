import type { TraceEvent } from '../../app/contracts/trace/index.ts';

/** Heartbeats and looking around: true, but not what a learner watches. */
export function isQuiet({ detail, kind, label }: TraceEvent): boolean {
  return detail?.['lease'] === true || detail?.['discovery'] === true || (kind === 'request' && label.startsWith('WATCH ')) || /leases\//.test(label);
}
