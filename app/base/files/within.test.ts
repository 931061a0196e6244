import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderWithin } from './within.ts';

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'orrery-files-'));
  root = path.join(base, 'workspaces');
  mkdirSync(path.join(base, 'elsewhere'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

it('makes a private folder below the root', () => {
  const folder = folderWithin(root, 'a');
  expect(folder).toBe(path.join(root, 'a'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(folderWithin(root, 'a')).toBe(folder);
});

it.each(['..', '.', '', '../elsewhere', 'a/b', '/etc'])('refuses %j', (name) => expect(() => folderWithin(root, name)).toThrow('leads out of the folder'));

it('refuses a link in the place of the folder', () => {
  mkdirSync(root);
  symlinkSync(path.join(base, 'elsewhere'), path.join(root, 'a'));
  expect(() => folderWithin(root, 'a')).toThrow('leads out of the folder');
});
