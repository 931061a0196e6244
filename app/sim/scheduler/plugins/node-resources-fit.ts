import type { Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { amounts, demandOf, podRequests, type NodeInfo } from '../cache/node-info.ts';
import { nodeOf } from '../framework/cluster-events.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

/** How full a node should be. models NodeResourcesFitArgs: ScoringStrategy */
export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  readonly resources: readonly { readonly name: string; readonly weight: number }[];
  /** For RequestedToCapacityRatio: score (0–10) by utilization (0–100), rising in utilization. */
  readonly shape?: readonly { readonly utilization: number; readonly score: number }[];
}

const CPU_AND_MEMORY = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];

/** models plugins/noderesources: Fit */
export function makeNodeResourcesFit(strategy: ScoringStrategy): Plugin {
  return {
    name: 'NodeResourcesFit',
    weight: 1,
    filter({ pod }, node) {
      const { reasons, unresolvable } = shortages(pod, node);
      return reasons.length > 0 ? { reasons, unresolvable } : undefined;
    },
    score: (state, node) => scoreNode(state, node, strategy),
    interests: [
      { event: 'Node', actions: ['add', 'allocatable'], hint: (pod, event) => couldEverFit(pod, nodeOf(event)) },
      { event: 'AssignedPod', actions: ['delete', 'resources'] },
      { event: 'UnscheduledPod', actions: ['resources'], hint: (pod, { object }) => object.metadata.uid === pod.metadata.uid },
    ],
  };
}

export const nodeResourcesFit = makeNodeResourcesFit({ type: 'LeastAllocated', resources: CPU_AND_MEMORY });

/** What is missing; unresolvable when even the empty node is too small. */
function shortages(pod: Stored<Pod>, node: NodeInfo): { reasons: string[]; unresolvable: boolean } {
  const reasons: string[] = [];
  let unresolvable = false;
  if (node.pods.size + 1 > (node.allocatable['pods'] ?? 0)) reasons.push('Too many pods');
  const requests = podRequests(pod.spec!);
  for (const name in requests) {
    const amount = requests[name]!;
    if (amount === 0) continue;
    const allocatable = node.allocatable[name] ?? 0;
    if (amount <= allocatable - (node.requested[name] ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > allocatable) unresolvable = true;
  }
  return { reasons, unresolvable };
}

function couldEverFit(pod: Stored<Pod>, node: Stored<Node>): boolean {
  const allocatable = amounts(node.status?.allocatable);
  return Object.entries(podRequests(pod.spec!)).every(([name, amount]) => amount <= (allocatable[name] ?? 0));
}

function scoreNode({ pod }: CycleState, node: NodeInfo, strategy: ScoringStrategy): number {
  const demand = demandOf(pod.spec!);
  let sum = 0;
  let weights = 0;
  for (const { name, weight } of strategy.resources) {
    const allocatable = node.allocatable[name] ?? 0;
    const isBasic = name === 'cpu' || name === 'memory';
    if (allocatable === 0 || (!isBasic && !demand.requests[name])) continue;
    const used = isBasic ? (node.nonZeroRequested[name] ?? 0) + (demand.nonZero[name] ?? 0) : (node.requested[name] ?? 0) + demand.requests[name]!;
    sum += weight * scoreOne(used, allocatable, strategy);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.floor(sum / weights);
}

function scoreOne(used: number, allocatable: number, { type, shape }: ScoringStrategy): number {
  switch (type) {
    case 'LeastAllocated':
      return used > allocatable ? 0 : Math.floor(((allocatable - used) * 100) / allocatable);
    case 'MostAllocated':
      return Math.floor((Math.min(used, allocatable) * 100) / allocatable);
    case 'RequestedToCapacityRatio':
      return interpolate(used > allocatable ? 100 : (used * 100) / allocatable, shape ?? []);
  }
}

/** Along the broken line of the shape, whose scores go to 10. */
function interpolate(utilization: number, shape: NonNullable<ScoringStrategy['shape']>): number {
  const next = shape.findIndex((point) => utilization <= point.utilization);
  if (next < 0) return (shape[shape.length - 1]?.score ?? 0) * 10;
  const to = shape[next]!;
  const from = shape[next - 1];
  if (!from) return to.score * 10;
  return Math.floor(10 * (from.score + ((to.score - from.score) * (utilization - from.utilization)) / (to.utilization - from.utilization)));
}
