import { expect, test } from 'vitest';
import type { NodeView, PodView } from '../../../app/contracts/ipc/index.ts';
import { layOut, type Box } from './layout.ts';

const node = (name: string): NodeView => ({ name, role: name === 'control-plane' ? 'control-plane' : 'worker', ready: true, status: 'Ready', cpuRequested: 0, memoryRequested: 0 });
const pod = (name: string, on?: string): PodView => ({ uid: name, namespace: 'default', name, ...(on ? { node: on } : {}), status: 'Running', phase: 'Running', ready: true, containers: [], isStatic: false, deleting: false });
const cluster = (workers: number, pods: PodView[] = []): { nodes: NodeView[]; pods: PodView[] } => ({ nodes: ['control-plane', ...Array.from({ length: workers }, (_, i) => `worker-${i + 1}`)].map(node), pods });

const overlaps = (a: Box, b: Box): boolean => a.x < b.x + b.width - 0.01 && b.x < a.x + a.width - 0.01 && a.y < b.y + b.height - 0.01 && b.y < a.y + a.height - 0.01;

test.each([[1000, 480, 2], [700, 400, 2], [1400, 900, 2], [1000, 500, 9], [1400, 900, 30]])('in %i × %i with %i workers no two parts overlap and edges are upright', (width, height, workers) => {
  const pods = Array.from({ length: 24 }, (_, i) => pod(`p${i}`, `worker-${(i % workers) + 1}`));
  const layout = layOut(cluster(workers, pods), width, height);
  const boxes = Object.entries(layout.parts);
  for (const [a, one] of boxes) for (const [b, other] of boxes) if (a < b) expect(overlaps(one, other), `${a} over ${b}`).toBe(false);
  for (const { from, to, start, end } of layout.edges) expect(from === 'you' ? start.y - end.y : Math.abs(start.x - end.x) < 24 ? 0 : start.x - end.x, `${from} → ${to}`).toBe(0);
});

test('a Pod that changes state, or one more that comes, moves nobody', () => {
  const before = layOut(cluster(2, [pod('a', 'worker-1'), pod('b', 'worker-2')]), 1000, 500);
  const after = layOut(cluster(2, [{ ...pod('a', 'worker-1'), status: 'Error', phase: 'Failed' }, pod('b', 'worker-2'), pod('c', 'worker-1')]), 1000, 500);
  for (const [id, box] of Object.entries(before.parts)) expect(after.parts[id], id).toEqual(box);
});

test('Pods without a node wait beside the nodes; many become lines, then cells', () => {
  const sizes = [3, 10, 80].map((count) => layOut(cluster(1, Array.from({ length: count }, (_, i) => pod(`p${i}`, 'worker-1'))), 1000, 480).nodes[1]!.pods[0]!.size);
  expect(sizes).toEqual(['card', 'line', 'cell']);
  const { waiting, nodes } = layOut(cluster(1, [pod('lost')]), 1000, 480);
  expect(waiting.map(({ id }) => id)).toEqual(['pod/default/lost']);
  expect(nodes.flatMap(({ pods }) => pods)).toEqual([]);
});
