import { expect, it } from 'vitest';
import { unifiedDiff } from './go-diff.ts';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

it.each([
  ['a change in the middle', numbers(9), numbers(9).with(4, 'new'), '@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+new\n line 6\n line 7\n line 8\n'],
  ['a change at the start', numbers(6), numbers(6).with(0, 'new'), '@@ -1,4 +1,4 @@\n-line 1\n+new\n line 2\n line 3\n line 4\n'],
  ['two changes far apart', numbers(20), numbers(20).with(1, 'x').with(17, 'y'), '@@ -1,5 +1,5 @@\n line 1\n-line 2\n+x\n line 3\n line 4\n line 5\n@@ -15,6 +15,6 @@\n line 15\n line 16\n line 17\n-line 18\n+y\n line 19\n line 20\n'],
  ['one line more', ['a'], ['a', 'b'], '@@ -1 +1,2 @@\n a\n+b\n'],
  ['no change', ['a'], ['a'], ''],
])('%s', (_, before, after, diff) => {
  expect(unifiedDiff(before.join('\n'), after.join('\n'))).toBe(diff);
});
