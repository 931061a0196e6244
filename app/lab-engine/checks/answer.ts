import type { CheckType } from './check.ts';
import { evaluateOver } from './expression.ts';

const plain = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, ' ');

/** What the learner answered: text, a choice, or an order. Right answers stand in the chapter or are read from the cluster. */
export const answer: CheckType<'answer'> = {
  kind: 'answer',
  async run({ kind, correct, correctCel }, context) {
    const { given } = context;
    if (given === undefined || given.length === 0) return { passed: false, expected: 'your answer', observed: 'none yet' };
    if (kind === 'order') {
      const passed = Array.isArray(given) && given.length === correct?.length && given.every((item: string, index) => item === correct[index]);
      return { passed, expected: 'the right order', observed: passed ? 'the right order' : `${firstWrong(given as readonly string[], correct ?? [])} is the first out of place` };
    }
    const text = String(given);
    const right = [...(correct ?? [])];
    if (correctCel !== undefined) {
      const value = await evaluateOver(correctCel, context);
      right.push(...(Array.isArray(value) ? value.map(String) : [String(value)]));
    }
    return { passed: right.some((one) => plain(one) === plain(text)), expected: 'the right answer', observed: text };
  },
};

function firstWrong(given: readonly string[], correct: readonly string[]): string {
  return given.find((item, index) => item !== correct[index]) ?? 'something';
}
