import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyChapter, Progress } from './progress.ts';

let folder: string;
let notices: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'orrery-progress-'));
  notices = [];
});
afterEach(() => rmSync(folder, { recursive: true }));
const open = (): Progress => new Progress(path.join(folder, 'progress.json'), ({ id }) => notices.push(id), 7);
const done = { ...emptyChapter(), steps: { a: { state: 'done' as const, hints: 1, solutionShown: false } } };

test('what was saved is there after a restart', () => {
  open().set('etcd', done);
  expect(open().get('etcd')).toEqual(done);
  expect(open().get('other')).toEqual(emptyChapter());
  expect(notices).toEqual([]);
});

test('a damaged file is kept aside and the copy before it used', () => {
  const progress = open();
  progress.set('etcd', done);
  progress.set('scheduler', done);
  writeFileSync(path.join(folder, 'progress.json'), '{"version":1,"chap');
  expect(open().get('etcd')).toEqual(done);
  expect(notices).toEqual(['progress-corrupt']);
  expect(readFileSync(path.join(folder, 'progress.json.corrupt-7'), 'utf8')).toBe('{"version":1,"chap');
});

test('a disk that refuses is told, and nothing is lost in memory', () => {
  const progress = open();
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file where the folder was');
  progress.set('etcd', done);
  expect(notices).toEqual(['progress-write']);
  expect(progress.get('etcd')).toEqual(done);
  rmSync(folder);
  open().set('etcd', done);
  expect(readdirSync(folder)).toEqual(['progress.json']);
});
