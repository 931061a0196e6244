// etcd's store alone: puts, reads of one key and of a range, and what a watcher sees of them.
import { MemoryStore } from '../../app/sim/etcd/memory-store.ts';
import { prefixEnd, type Value } from '../../app/sim/etcd/store.ts';
import { main, now, rounded, rssMb } from './measure.ts';

const KEYS = 100_000;
const PAGE = 500;
const bytes = new Uint8Array(1_000);
const value: Value = { encode: () => bytes };
const key = (index: number): string => `/registry/pods/namespace-${index % 100}/pod-${index}`;

function perSecond(count: number, body: (index: number) => void): number {
  const startedAt = now();
  for (let index = 0; index < count; index++) body(index);
  return rounded((count * 1000) / (now() - startedAt), 0);
}

main(async () => {
  const before = rssMb();
  const store = new MemoryStore();
  let seen = 0;
  store.subscribe(({ changes }) => (seen += changes.length));
  const createPerSecond = perSecond(KEYS, (index) => store.txn({ compare: [{ key: key(index), target: 'modRevision', result: '=', to: 0 }], success: [{ type: 'put', key: key(index), value }] }, []));
  const updatePerSecond = perSecond(KEYS, (index) => store.txn({ compare: [], success: [{ type: 'put', key: key(index), value }] }, []));
  if (seen !== 2 * KEYS) throw new Error(`a watcher saw ${seen} changes of ${2 * KEYS}`);
  const getPerSecond = perSecond(KEYS, (index) => store.range(key(index)));
  const range = { end: prefixEnd('/registry/pods/namespace-7/'), limit: PAGE };
  const range500PerSecond = perSecond(2_000, () => store.range('/registry/pods/namespace-7/', range));
  return { createPerSecond, updatePerSecond, getPerSecond, range500PerSecond, keyBytes: rounded(((rssMb() - before) * 1024 * 1024) / KEYS, 0), rssMb: rssMb() };
});
