import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadChapter } from '../../lab-engine/loader/loader.ts';
import { newChapter } from './new.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'orrery-new-'));
  mkdirSync(path.join(folder, '007-old'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a new chapter comes after the last one and can be read', () => {
  const made = newChapter(folder, 'my-idea');
  expect(path.basename(made)).toBe('008-my-idea');
  const { chapter, number, blocks } = loadChapter(made);
  expect({ id: chapter.id, number, title: chapter.title }).toEqual({ id: 'my-idea', number: 8, title: 'My idea' });
  expect(blocks.map(({ type }) => type)).toContain('task');
});

test.each([['old', 'there is a chapter old already'], ['../out', 'no name for a chapter'], ['Big', 'no name for a chapter']])('%s is refused', (name, message) => {
  expect(() => newChapter(folder, name)).toThrow(message);
});
