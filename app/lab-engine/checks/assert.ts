import type { CheckType } from './check.ts';
import { describe, matching, observed } from './contains.ts';

/** A partial object that must be contained in one found in the cluster. */
export const assert: CheckType<'assert'> = {
  kind: 'assert',
  async run(part, context) {
    const { found, near } = await matching(part, context);
    return { passed: found.length > 0, expected: describe(part), observed: observed(part, found.length > 0 ? found : near) };
  },
};
