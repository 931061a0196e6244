import type { Diagnosis } from './types.ts';

/** `1 Insufficient cpu, 2 node(s) had untolerated taint(s)`: reasons counted, sorted as text. */
export function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}

/** models framework: FitError.Error */
export function fitMessage({ total, refusals, preFilter }: Diagnosis, postFilter: string): string {
  const head = `0/${total} nodes are available:`;
  const reasons = preFilter ? preFilter.message : countReasons([...refusals.values()].flatMap(({ rejection }) => rejection.reasons));
  return `${head}${reasons === '' ? '' : ` ${reasons}.`}${postFilter === '' ? '' : ` ${postFilter}`}`;
}
