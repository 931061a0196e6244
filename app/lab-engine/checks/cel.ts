import type { CheckType } from './check.ts';
import { evaluateOver } from './expression.ts';

/** An expression over listed objects must be true. */
export const cel: CheckType<'cel'> = {
  kind: 'cel',
  async run(expression, context) {
    const value = await evaluateOver(expression, context);
    return { passed: value === true, expected: expression, observed: String(value) };
  },
};
