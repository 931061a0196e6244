import type { CheckType } from './check.ts';
import { describe, matching } from './contains.ts';

/** How many objects contain this one. */
export const count: CheckType<'count'> = {
  kind: 'count',
  async run({ of, is, atLeast, atMost }, context) {
    const { found } = await matching(of, context);
    const passed = (is === undefined || found.length === is) && (atLeast === undefined || found.length >= atLeast) && (atMost === undefined || found.length <= atMost);
    const wanted = [is === undefined ? '' : `${is}`, atLeast === undefined ? '' : `at least ${atLeast}`, atMost === undefined ? '' : `at most ${atMost}`].filter(Boolean).join(', ');
    return { passed, expected: `${wanted} of ${describe(of)}`, observed: `${found.length}` };
  },
};
