// Scripts and what dash 0.5.12 with the tools of Debian 12 itself answered: output, errors, status.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestContainer } from '../engine/testing.ts';

type Recorded = readonly [script: string, out: string, err: string, code: number];

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(import.meta.dirname, name), 'utf8'));
const recorded = read('dash.fixtures.json') as Recorded[];
/** Scripts that still come out otherwise: one that is mended leaves this list. */
const differences = new Set(read('dash.differences.json') as string[]);

/** Each in a container and a directory of its own. */
async function answer(script: string): Promise<Recorded> {
  const box = new TestContainer('nginx:1.27', { command: ['sleep', 'infinity'] });
  await box.exec(['mkdir', '-p', '/tmp/w']);
  const { out, err, code } = await box.exec(['sh', '-c', 'cd /tmp/w; exec env -u PWD -u OLDPWD sh -c "$0"', script], { input: '', advanceMs: 10_000 });
  box.dispose();
  return [script, out, err, code];
}

describe('as dash', () => {
  it('answers the recorded scripts alike, but for those that are known', async () => {
    const answers: Recorded[] = [];
    for (const [script] of recorded) answers.push(await answer(script));
    const alike = (all: readonly Recorded[]): readonly Recorded[] => all.filter(([script]) => !differences.has(script));
    expect(alike(answers)).toEqual(alike(recorded));
    const mended = recorded.filter((one, index) => differences.has(one[0]) && JSON.stringify(one) === JSON.stringify(answers[index])).map(([script]) => script);
    expect(mended).toEqual([]);
  }, 120_000);
});
