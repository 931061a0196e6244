import type { CheckType } from './check.ts';
import { describe, matching, observed } from './contains.ts';

/** No object found may contain this one. */
export const absent: CheckType<'absent'> = {
  kind: 'absent',
  async run(part, context) {
    const { found } = await matching(part, context);
    return { passed: found.length === 0, expected: `no ${describe(part)}`, observed: found.length === 0 ? 'none' : observed(part, found) };
  },
};
