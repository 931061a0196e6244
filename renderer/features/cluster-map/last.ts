import type { TraceEvent } from '../../../app/contracts/trace/index.ts';
import { isQuiet } from '../../state/quiet.ts';

/** What a part of the control plane did last, as one line; from the trace, newest first. */
export function lastDeed(part: string, events: readonly TraceEvent[]): string | undefined {
  for (let index = events.length - 1; index >= 0 && index > events.length - 1_500; index--) {
    const event = events[index]!;
    if (isQuiet(event)) continue;
    if (part === 'etcd' ? event.to === 'etcd' : event.from === part && event.detail?.['read'] !== true && (event.kind === 'request' || event.kind === 'decision')) {
      return event.loop && part === 'kube-controller-manager' ? `${event.loop}: ${event.label}` : event.label;
    }
  }
  return undefined;
}
