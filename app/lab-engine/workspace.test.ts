import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { layOutFiles } from './workspace.ts';

let base: string;
const at = (...parts: string[]): string => path.join(base, ...parts);
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'orrery-workspace-'));
  mkdirSync(at('shipped/deep'), { recursive: true });
  mkdirSync(at('elsewhere'));
  for (const name of ['shipped/one.yaml', 'shipped/deep/two.yaml', 'elsewhere/kept']) writeFileSync(at(name), name);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

it("lays files out beside the learner's own", () => {
  mkdirSync(at('workspace'));
  writeFileSync(at('workspace/one.yaml'), 'mine');
  layOutFiles(at('shipped'), at('workspace'), false);
  expect([readFileSync(at('workspace/one.yaml'), 'utf8'), readFileSync(at('workspace/deep/two.yaml'), 'utf8')]).toEqual(['mine', 'shipped/deep/two.yaml']);
  layOutFiles(at('shipped'), at('workspace'), true);
  expect(readFileSync(at('workspace/one.yaml'), 'utf8')).toBe('shipped/one.yaml');
});

it('replaces a file that is a link, and refuses a folder that is one', () => {
  mkdirSync(at('workspace'));
  symlinkSync(at('elsewhere/kept'), at('workspace/one.yaml'));
  layOutFiles(at('shipped'), at('workspace'), true);
  expect(readFileSync(at('elsewhere/kept'), 'utf8')).toBe('elsewhere/kept');
  rmSync(at('workspace/deep'), { recursive: true });
  symlinkSync(at('elsewhere'), at('workspace/deep'));
  expect(() => layOutFiles(at('shipped'), at('workspace'), true)).toThrow('leads out of the folder');
  expect(readdirSync(at('elsewhere'))).toEqual(['kept']);
});
