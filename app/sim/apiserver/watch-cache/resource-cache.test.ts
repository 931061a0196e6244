import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StoredObject } from '../registry/stored-object.ts';
import { ResourceCache } from './resource-cache.ts';

const pod = (name: string, nodeName: string): StoredObject => new StoredObject({ kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace: 'default', uid: name }, spec: { nodeName } });
const nodeOf = (value: StoredObject): string => (value.object as unknown as { spec: { nodeName: string } }).spec.nodeName;

test('the index of a field says what a walk over all objects would, whatever happened since it was first asked', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const node = fc.constantFrom('', 'worker-1', 'worker-2');
  const step = fc.oneof(fc.record({ put: name, node }), fc.record({ remove: name }), fc.record({ ask: node }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), node, (steps, last) => {
      const cache = new ResourceCache('/registry/pods/', (value) => nodeOf(value));
      let revision = 0;
      const ask = (value: string): void => {
        const found = [...cache.withField('spec.nodeName', value)].map(({ object }) => object.metadata.name).sort();
        expect(found).toEqual([...cache.values()].filter((object) => nodeOf(object) === value).map(({ object }) => object.metadata.name));
      };
      for (const one of steps) {
        const batch = { revision: ++revision, cause: [], changes: [] };
        if ('put' in one) cache.apply({ type: 'put', key: `/registry/pods/default/${one.put}`, current: { value: pod(one.put, one.node) } as never }, batch);
        else if ('remove' in one) cache.apply({ type: 'delete', key: `/registry/pods/default/${one.remove}` } as never, batch);
        else ask(one.ask);
      }
      ask(last);
    }),
  );
});
