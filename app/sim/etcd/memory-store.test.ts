import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from './memory-store.ts';
import { CompactedError, prefixEnd, type Op, type Value } from './store.ts';

const text = (content: string): Value & { content: string } => ({ content, encode: () => new TextEncoder().encode(content) });
const put = (key: string, content = key): Op => ({ type: 'put', key, value: text(content) });
const contents = (result: { items: readonly { key: string; value: Value }[] }): string[] =>
  result.items.map((item) => `${item.key}=${(item.value as ReturnType<typeof text>).content}`);

describe('MemoryStore', () => {
  it('gives one revision to a transaction, and none to one that changes nothing', () => {
    const store = new MemoryStore();
    expect(store.txn({ compare: [], success: [put('a'), put('b')] }, []).revision).toBe(2);
    expect(store.txn({ compare: [], success: [{ type: 'delete', key: 'none' }] }, []).revision).toBe(2);
    expect(store.range('a').items[0]).toMatchObject({ createRevision: 2, modRevision: 2, version: 1 });
    store.txn({ compare: [], success: [put('a', 'again')] }, []);
    expect(store.range('a').items[0]).toMatchObject({ createRevision: 2, modRevision: 3, version: 2 });
  });

  it('tells a value made on the spot its own revision', () => {
    const store = new MemoryStore();
    store.txn({ compare: [], success: [{ type: 'put', key: 'a', value: (revision) => text(`rev ${revision}`) }] }, []);
    expect(contents(store.range('a'))).toEqual(['a=rev 2']);
  });

  it('compares before it writes: create only if absent, update only if unchanged', () => {
    const store = new MemoryStore();
    const create = { compare: [{ key: 'a', target: 'modRevision', result: '=', to: 0 }] as const, success: [put('a')], failure: [] };
    expect(store.txn(create, []).succeeded).toBe(true);
    expect(store.txn(create, []).succeeded).toBe(false);
    expect(store.revision).toBe(2);
  });

  it('reads the past until it is compacted', () => {
    const store = new MemoryStore();
    store.txn({ compare: [], success: [put('p/a', '1')] }, []);
    store.txn({ compare: [], success: [put('p/a', '2'), put('p/b', '2')] }, []);
    store.txn({ compare: [], success: [{ type: 'delete', key: 'p/', end: prefixEnd('p/') }] }, []);
    const at = (revision: number): string[] => contents(store.range('p/', { end: prefixEnd('p/'), at: revision }));
    expect([at(2), at(3), at(4)]).toEqual([['p/a=1'], ['p/a=2', 'p/b=2'], []]);
    store.compact(3);
    expect(at(3)).toEqual(['p/a=2', 'p/b=2']);
    expect(() => at(2)).toThrow(CompactedError);
    store.compact(4);
    expect(store.range('p/', { end: prefixEnd('p/') }).count).toBe(0);
  });

  it('watches in order without gaps, from the past on, and refuses a compacted start', async () => {
    const store = new MemoryStore();
    store.txn({ compare: [], success: [put('p/a')] }, [7]);
    store.txn({ compare: [], success: [put('q')] }, []);
    const abort = new AbortController();
    const seen: string[] = [];
    const reader = (async () => {
      for await (const batch of store.watch({ key: 'p/', end: prefixEnd('p/'), from: 2 }, abort.signal)) {
        seen.push(`${batch.revision}:${batch.changes.map((change) => change.type + change.key).join()}:${batch.cause.join()}`);
        if (batch.revision === 4) abort.abort();
      }
    })();
    await Promise.resolve();
    store.txn({ compare: [], success: [{ type: 'delete', key: 'p/a' }] }, [9]);
    await reader;
    expect(seen).toEqual(['2:putp/a:7', '4:deletep/a:9']);
    store.compact(3);
    await expect(store.watch({ key: 'p/', from: 3 }, abort.signal)[Symbol.asyncIterator]().next()).rejects.toThrow(CompactedError);
  });

  it('agrees with a list of snapshots under any sequence of writes (property)', () => {
    const operation = fc.record({ key: fc.constantFrom('a', 'b', 'c/1', 'c/2', 'd'), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), { maxLength: 40 }), (transactions) => {
        const store = new MemoryStore();
        const model = new Map<string, string>();
        const snapshots = new Map<number, string[]>();
        for (const [index, operations] of transactions.entries()) {
          const success = operations.map(({ key, remove }): Op => (remove ? { type: 'delete', key } : put(key, String(index))));
          for (const { key, remove } of operations) remove ? model.delete(key) : model.set(key, String(index));
          const { revision } = store.txn({ compare: [], success }, []);
          snapshots.set(revision, [...model].sort().map(([key, value]) => `${key}=${value}`));
        }
        for (const [revision, expected] of snapshots) expect(contents(store.range('', { end: '~', at: revision }))).toEqual(expected);
        expect(store.size).toBe(model.size);
      }),
    );
  });

  it('keeps thousands of keys in order', () => {
    const store = new MemoryStore();
    const names = Array.from({ length: 5_000 }, (_, index) => `k/${((index * 7_919) % 5_000).toString().padStart(5, '0')}`);
    for (const name of names) store.txn({ compare: [], success: [put(name)] }, []);
    expect(store.range('k/', { end: prefixEnd('k/') }).items.map((item) => item.key)).toEqual([...names].sort());
    expect(store.range('k/', { end: prefixEnd('k/'), limit: 2 })).toMatchObject({ count: 5_000, more: true });
  });
});
