import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { nodeOf } from '../framework/cluster-events.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CycleState, Plugin } from '../framework/types.ts';
import { constraintsOf, hasAllKeys, HOSTNAME, isCounted, matchingByNode, type Constraint } from './pod-topology-spread-constraints.ts';

const NAME = 'PodTopologySpread';
const REASON = "node(s) didn't match pod topology spread constraints";

/** Matching Pods by domain for one hard constraint. */
interface Counted {
  readonly constraint: Constraint;
  readonly counts: Map<string, number>;
}

class FilterState {
  readonly counted: readonly Counted[];

  constructor(counted: readonly Counted[]) {
    this.counted = counted;
  }

  clone(): FilterState {
    return new FilterState(this.counted.map(({ constraint, counts }) => ({ constraint, counts: new Map(counts) })));
  }
}

interface ScoreState {
  readonly constraints: readonly { readonly constraint: Constraint; readonly counts: ReadonlyMap<string, number>; readonly weight: number }[];
  readonly ignored: ReadonlySet<string>;
}

/** models plugins/podtopologyspread */
export const podTopologySpread: Plugin = {
  name: NAME,
  weight: 2,
  preFilter(state) {
    const constraints = constraintsOf(state, 'DoNotSchedule').constraints;
    if (constraints.length === 0) return 'skip';
    const eligible = state.nodes.filter((node) => hasAllKeys(node, constraints));
    state.scratch.set(NAME, new FilterState(constraints.map((constraint) => ({ constraint, counts: countDomains(state, constraint, eligible) }))));
    return undefined;
  },
  addPod: (state, pod, node) => adjust(state, pod, node, 1),
  removePod: (state, pod, node) => adjust(state, pod, node, -1),
  filter(state, node) {
    for (const { constraint, counts } of (state.scratch.get(NAME) as FilterState).counted) {
      const domain = node.labels[constraint.topologyKey];
      if (domain === undefined) return { reasons: [`${REASON} (missing required label)`], unresolvable: true };
      let least = counts.size < constraint.minDomains ? 0 : Infinity;
      for (const count of counts.values()) least = Math.min(least, count);
      const own = constraint.selector.matches(state.pod.metadata.labels) ? 1 : 0;
      if ((counts.get(domain) ?? 0) + own - (least === Infinity ? 0 : least) > constraint.maxSkew) return { reasons: [REASON], unresolvable: false };
    }
    return undefined;
  },
  preScore(state, nodes) {
    const { constraints, areDefaults } = constraintsOf(state, 'ScheduleAnyway');
    if (constraints.length === 0) return 'skip';
    const ignored = new Set(areDefaults ? [] : nodes.filter((node) => !hasAllKeys(node, constraints)).map(({ name }) => name));
    const eligible = areDefaults ? state.nodes : state.nodes.filter((node) => hasAllKeys(node, constraints));
    const scored = constraints.map((constraint) => {
      const isHostname = constraint.topologyKey === HOSTNAME;
      const domains = new Set(nodes.flatMap((node) => (ignored.has(node.name) || node.labels[constraint.topologyKey] === undefined ? [] : [node.labels[constraint.topologyKey]!])));
      const size = isHostname ? nodes.length - ignored.size : domains.size;
      return { constraint, counts: countDomains(state, constraint, eligible), weight: Math.log(size + 2) };
    });
    state.scratch.set(`${NAME}/score`, { constraints: scored, ignored } satisfies ScoreState);
    return undefined;
  },
  score(state, node) {
    const { constraints, ignored } = state.scratch.get(`${NAME}/score`) as ScoreState;
    if (ignored.has(node.name)) return 0;
    let score = 0;
    for (const { constraint, counts, weight } of constraints) {
      const domain = node.labels[constraint.topologyKey];
      if (domain !== undefined) score += (counts.get(domain) ?? 0) * weight + (constraint.maxSkew - 1);
    }
    return Math.round(score);
  },
  normalize(scores, state) {
    const { ignored } = state.scratch.get(`${NAME}/score`) as ScoreState;
    let least = Infinity;
    let most = 0;
    for (const [node, score] of scores) {
      if (ignored.has(node)) continue;
      least = Math.min(least, score);
      most = Math.max(most, score);
    }
    for (const [node, score] of scores) scores.set(node, ignored.has(node) ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - score)) / most));
  },
  interests: [
    { event: 'AssignedPod', actions: ['add', 'delete', 'labels'], hint: (pod, event, cluster) => isRelevant(pod, event.object as Stored<Pod>, cluster) || (event.previous !== undefined && isRelevant(pod, event.previous as Stored<Pod>, cluster)) },
    {
      event: 'Node', actions: ['add', 'delete', 'labels', 'taints'],
      hint: (pod, event) => (pod.spec?.topologySpreadConstraints ?? []).every(({ topologyKey }) => (nodeOf(event).metadata.labels ?? {})[topologyKey] !== undefined || event.previous?.metadata.labels?.[topologyKey] !== undefined),
    },
    { event: 'UnscheduledPod', actions: ['labels'], hint: (pod, { object }) => object.metadata.uid === pod.metadata.uid },
  ],
};

function countDomains(state: CycleState, constraint: Constraint, nodes: readonly NodeInfo[]): Map<string, number> {
  const byNode = matchingByNode(state, constraint);
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const domain = node.labels[constraint.topologyKey];
    if (domain !== undefined && isCounted(state, constraint, node)) counts.set(domain, (counts.get(domain) ?? 0) + (byNode.get(node.name) ?? 0));
  }
  return counts;
}

function adjust(state: CycleState, pod: Stored<Pod>, node: NodeInfo, by: number): void {
  const known = state.scratch.get(NAME) as FilterState | undefined;
  if (!known || pod.metadata.namespace !== state.pod.metadata.namespace || pod.metadata.deletionTimestamp) return;
  for (const { constraint, counts } of known.counted) {
    const domain = node.labels[constraint.topologyKey];
    if (domain === undefined || !counts.has(domain) || !constraint.selector.matches(pod.metadata.labels)) continue;
    counts.set(domain, counts.get(domain)! + by);
  }
}

function isRelevant(pod: Stored<Pod>, other: Stored<Pod>, cluster: CycleState['cluster']): boolean {
  if (pod.metadata.namespace !== other.metadata.namespace) return false;
  return constraintsOf({ pod, cluster }, 'DoNotSchedule').constraints.some(({ selector }) => selector.matches(other.metadata.labels));
}
