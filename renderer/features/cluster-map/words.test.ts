import { expect, test } from 'vitest';
import { fit, wrap } from './words.ts';

test.each([
  ['kube-controller-manager', 17, 2, ['kube-controller-', 'manager']],
  ['kube-scheduler', 20, 2, ['kube-scheduler']],
  ['waiting for Pods without a node', 20, 2, ['waiting for Pods', 'without a node']],
  ['waiting for Pods without a node', 12, 2, ['waiting for', 'Pods withou…']],
  ['11 loops, 0 keys queued', 30, 1, ['11 loops, 0 keys queued']],
  ['unbreakable', 5, 2, ['unbr…']],
  ['', 5, 2, ['']],
])('%s in %i letters and %i lines', (text, letters, lines, expected) => expect(wrap(text, letters, lines)).toEqual(expected));

test('what fits stays whole', () => expect([fit('etcd', 4), fit('etcd', 3)]).toEqual(['etcd', 'et…']));
