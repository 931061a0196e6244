import type { LabelSelector, Pod, Stored, TopologySpreadConstraint } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector, type Selector } from '../../machinery/labels.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { normalizeTo100, type CycleState, type FilterPlugin, type ScorePlugin } from '../framework/types.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

interface Counted {
  readonly constraint: TopologySpreadConstraint;
  readonly counts: ReadonlyMap<string, number>;
  readonly selector: Selector;
}

/** models plugins/podtopologyspread. Without constraints of its own a Pod that belongs to a controller spreads softly. */
export const podTopologySpread: FilterPlugin & ScorePlugin = {
  name: 'PodTopologySpread',
  weight: 2,
  filter(state, node) {
    for (const { constraint, counts, selector } of counted(state, 'DoNotSchedule')) {
      const domain = node.node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined) return { reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"], unresolvable: true };
      const own = selector.matches(state.pod.metadata.labels) ? 1 : 0;
      const least = Math.min(...counts.values());
      if ((counts.get(domain) ?? 0) + own - least > constraint.maxSkew) return { reasons: ["node(s) didn't match pod topology spread constraints"], unresolvable: false };
    }
    return undefined;
  },
  score(state, node) {
    return counted(state, 'ScheduleAnyway').reduce((sum, { constraint, counts }) => {
      const domain = node.node.metadata.labels?.[constraint.topologyKey];
      return sum + (domain === undefined ? 0 : (counts.get(domain) ?? 0));
    }, 0);
  },
  normalize: (scores) => normalizeTo100(scores, true),
};

function constraintsOf({ pod }: CycleState, action: string): TopologySpreadConstraint[] {
  const own = pod.spec?.topologySpreadConstraints ?? [];
  if (own.length > 0) return own.filter((constraint) => constraint.whenUnsatisfiable === action);
  const isOwned = pod.metadata.ownerReferences?.some((owner) => owner.controller);
  if (action !== 'ScheduleAnyway' || !isOwned || !pod.metadata.labels) return [];
  const labelSelector: LabelSelector = { matchLabels: pod.metadata.labels };
  return [
    { maxSkew: 3, topologyKey: HOSTNAME, whenUnsatisfiable: action, labelSelector },
    { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: action, labelSelector },
  ];
}

/** Matching Pods by domain, counted once a cycle. */
function counted(state: CycleState, action: string): readonly Counted[] {
  const key = `PodTopologySpread/${action}`;
  const known = state.scratch.get(key) as Counted[] | undefined;
  if (known) return known;
  const made = constraintsOf(state, action).map((constraint): Counted => {
    const selector = selectorFromLabelSelector(constraint.labelSelector);
    const counts = new Map<string, number>();
    for (const node of state.nodes) {
      const domain = node.node.metadata.labels?.[constraint.topologyKey];
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + matching(node, state.pod, selector));
    }
    return { constraint, counts, selector };
  });
  state.scratch.set(key, made);
  return made;
}

function matching(node: NodeInfo, pod: Stored<Pod>, selector: Selector): number {
  let count = 0;
  for (const other of node.pods.values()) {
    if (other.metadata.namespace === pod.metadata.namespace && !other.metadata.deletionTimestamp && selector.matches(other.metadata.labels)) count++;
  }
  return count;
}
