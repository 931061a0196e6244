// Scripts and what busybox 1.35 itself answered: output, errors, status.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestContainer } from '../engine/testing.ts';

const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, 'busybox.fixtures.json'), 'utf8')) as [script: string, out: string, err: string, code: number][];

describe('as busybox', () => {
  let box: TestContainer;
  beforeAll(() => {
    box = new TestContainer();
  });
  afterAll(() => box.dispose());

  it('answers every recorded script alike', async () => {
    const answers: unknown[] = [];
    for (const [script] of recorded) {
      const { out, err, code } = await box.exec(['sh', '-c', script], { input: '' });
      answers.push([script, out, err, code]);
    }
    expect(answers).toEqual(recorded);
  }, 120_000);
});
