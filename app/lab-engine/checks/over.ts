import type { CheckType } from './check.ts';
import { milliseconds } from './duration.ts';
import { evaluateOver } from './expression.ts';

/** A property that must hold without a break during a span of the cluster's time. */
export const over: CheckType<'over'> = {
  kind: 'over',
  async run({ duration, cel }, context) {
    const now = context.cluster.capability('time')?.state.now ?? context.now;
    const holds = (await evaluateOver(cel, context)) === true;
    const since = holds ? ((context.memory.get('since') as number | undefined) ?? now) : undefined;
    context.memory.set('since', since);
    const held = since === undefined ? 0 : now - since;
    return { passed: since !== undefined && held >= milliseconds(duration), expected: `${cel} for ${duration}`, observed: holds ? `true for ${Math.floor(held / 1_000)} s` : 'false' };
  },
};
