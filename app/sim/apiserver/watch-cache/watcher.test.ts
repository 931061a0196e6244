import { expect, it } from 'vitest';
import { newResourceExpired } from '../../machinery/errors.ts';
import { StoredObject } from '../registry/stored-object.ts';
import { MAX_PENDING, Watcher } from './watcher.ts';

const event = (revision: number) => ({ type: 'ADDED', revision, cause: [], value: new StoredObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'c', resourceVersion: String(revision) } }) }) as const;
const open = (): Watcher => new Watcher({ namespace: undefined, matches: () => true, index: undefined });

it('a reader that does not keep up is cut off, after what waited for it', async () => {
  const watcher = open();
  for (let revision = 1; revision <= MAX_PENDING + 5; revision++) watcher.push(event(revision));
  expect([watcher.closed, watcher.pending]).toEqual([true, MAX_PENDING]);
  let last = 0;
  for await (const { revision } of watcher) last = revision;
  expect(last).toBe(MAX_PENDING);
});

it('a failure comes after what waited', async () => {
  const watcher = open();
  watcher.push(event(1));
  watcher.fail(newResourceExpired('too old'));
  const seen: number[] = [];
  await expect((async () => {
    for await (const { revision } of watcher) seen.push(revision);
  })()).rejects.toThrow('too old');
  expect(seen).toEqual([1]);
});
