import { expect, test } from 'vitest';
import type { TraceEvent } from '../../../app/contracts/trace/index.ts';
import { Choreography, DEFAULTS } from './choreography.ts';

let seq = 0;
const message = (from: string, to: string, cause: number[] = [], more: Partial<TraceEvent> = {}): TraceEvent => ({ seq: ++seq, at: 0, cause, from: from as never, to: to as never, kind: 'request', label: 'POST pods web', ...more });

test('an effect sets off when its cause is almost there, whatever order they are told in', () => {
  const post = message('you', 'kube-apiserver');
  const put = message('kube-apiserver', 'etcd', [post.seq], { kind: 'store' });
  const other = message('kubelet/worker-1', 'kube-apiserver');
  const plan = new Choreography();
  plan.take([post, put, other], 1_000);
  const [first, second, third] = plan.flights;
  expect(first).toMatchObject({ startAt: 1_000, endAt: 1_480 });
  expect(second!.startAt).toBeGreaterThanOrEqual(first!.startAt + 480 * 0.85);
  expect(third!.startAt).toBe(1_000);
});

test('a long chain hurries, and stays within the lag that is allowed', () => {
  const chain: TraceEvent[] = [];
  for (let i = 0; i < 40; i++) chain.push(message('kubelet/worker-1', 'kube-apiserver', chain.length > 0 ? [chain.at(-1)!.seq] : [], { kind: i % 2 ? 'response' : 'request', label: `m${i}` }));
  const plan = new Choreography({ ...DEFAULTS, flowAbove: 100 });
  plan.take(chain, 0);
  const lengths = plan.flights.map(({ startAt, endAt }) => Math.round(endAt - startAt));
  expect(lengths[0]).toBe(480);
  expect(Math.min(...lengths)).toBe(250);
  expect(plan.flights.filter(({ event, startAt }) => event.kind === 'response' && startAt > DEFAULTS.lagLimitMs)).toEqual([]);
});

test('more than ten a second on one edge become a flow; heartbeats are not drawn', () => {
  const plan = new Choreography();
  plan.take(Array.from({ length: 30 }, () => message('kubelet/worker-1', 'kube-apiserver')), 0);
  plan.take([message('kubelet/worker-2', 'kube-apiserver', [], { detail: { lease: true } })], 0);
  expect(plan.flights).toHaveLength(10);
  expect([...plan.flows.values()]).toMatchObject([{ from: 'kubelet/worker-1', count: 20 }]);
  expect(plan.tidy(500)).toBe(true);
  expect(plan.tidy(2_000)).toBe(false);
});
