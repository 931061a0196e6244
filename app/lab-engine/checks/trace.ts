import type { CheckSpecs } from '../../contracts/lab/index.ts';
import type { TraceEvent } from '../../contracts/trace/index.ts';
import type { CheckType } from './check.ts';

type Pattern = CheckSpecs['trace'][number];

/** Messages between components, in this order, each an effect of the one before. */
export const trace: CheckType<'trace'> = {
  kind: 'trace',
  async run(patterns, { cluster, traceFrom }) {
    const log = cluster.capability('trace');
    const expected = patterns.map((pattern) => words(pattern)).join(' → ');
    if (!log) return { passed: false, expected, observed: 'this cluster keeps no trace' };
    const matched = longestChain(log.since(traceFrom + 1), patterns);
    return { passed: matched === patterns.length, expected, observed: matched === 0 ? 'none of these messages' : `the first ${matched} of ${patterns.length}` };
  },
};

/**
 * How many patterns one causal chain matches. `reach` keeps, for each event, the most patterns matched along its causes:
 * one pass over the log, since causes come before effects.
 */
export function longestChain(events: readonly TraceEvent[], patterns: readonly Pattern[]): number {
  const reach = new Map<number, number>();
  let longest = 0;
  for (const event of events) {
    let best = 0;
    for (const cause of event.cause) best = Math.max(best, reach.get(cause) ?? 0);
    const next = patterns[best];
    if (next && fits(event, next)) best++;
    reach.set(event.seq, best);
    longest = Math.max(longest, best);
  }
  return longest;
}

function fits(event: TraceEvent, { kind, from, to, label }: Pattern): boolean {
  return (kind === undefined || event.kind === kind) && matches(from, event.from) && matches(to, event.to) && matches(label, event.label);
}

function matches(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || new RegExp(`^(?:${pattern})$`).test(text);
}

function words({ kind, from, to, label }: Pattern): string {
  return [from && `${from} →`, to, label ?? kind].filter(Boolean).join(' ');
}
