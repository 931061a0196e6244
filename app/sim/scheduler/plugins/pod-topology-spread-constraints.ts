import type { LabelSelector, Pod, Stored, TopologySpreadConstraint } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector, type Selector } from '../../machinery/labels.ts';
import { controllerOf } from '../../machinery/objects.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CycleState } from '../framework/types.ts';
import { fitsNodeAffinity } from './node-affinity.ts';
import { tolerates } from './tolerations.ts';

export const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

export interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: Selector;
  readonly minDomains: number;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

type Subject = Pick<CycleState, 'pod' | 'cluster'>;

/** The Pod's own constraints of one kind, or the defaults for Pods that belong to a Service or a controller. models buildDefaultConstraints */
export function constraintsOf({ pod, cluster }: Subject, action: 'DoNotSchedule' | 'ScheduleAnyway'): { readonly constraints: readonly Constraint[]; readonly areDefaults: boolean } {
  const own = pod.spec?.topologySpreadConstraints ?? [];
  if (own.length > 0) return { constraints: own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action).map((constraint) => made(constraint, pod)), areDefaults: false };
  if (action === 'DoNotSchedule') return { constraints: [], areDefaults: true };
  const labelSelector = defaultSelector({ pod, cluster });
  if (!labelSelector) return { constraints: [], areDefaults: true };
  const base = { whenUnsatisfiable: action, labelSelector };
  return { constraints: [made({ ...base, maxSkew: 3, topologyKey: HOSTNAME }, pod), made({ ...base, maxSkew: 5, topologyKey: ZONE }, pod)], areDefaults: true };
}

function made(constraint: Readonly<TopologySpreadConstraint>, pod: Stored<Pod>): Constraint {
  const labels = pod.metadata.labels ?? {};
  const extra = (constraint.matchLabelKeys ?? []).filter((key) => labels[key] !== undefined).map((key) => ({ key, operator: 'In', values: [labels[key]!] }));
  const selector = extra.length === 0 ? constraint.labelSelector : { ...constraint.labelSelector, matchExpressions: [...(constraint.labelSelector?.matchExpressions ?? []), ...extra] };
  return {
    maxSkew: constraint.maxSkew, topologyKey: constraint.topologyKey, selector: selectorFromLabelSelector(selector), minDomains: constraint.minDomains ?? 1,
    honorsAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor', honorsTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** What the Services and the controller of a Pod select by, together. models helper: DefaultSelector */
function defaultSelector({ pod, cluster }: Subject): LabelSelector | undefined {
  const namespace = pod.metadata.namespace!;
  const labels = pod.metadata.labels ?? {};
  const matchLabels: Record<string, string> = {};
  for (const { spec } of cluster.services.inNamespace(namespace)) {
    const entries = Object.entries(spec?.selector ?? {});
    if (entries.length > 0 && entries.every(([key, value]) => labels[key] === value)) Object.assign(matchLabels, spec!.selector);
  }
  const owner = controllerOf(pod);
  const key = `${namespace}/${owner?.name}`;
  let selector: LabelSelector | undefined;
  if (owner?.kind === 'ReplicaSet') selector = cluster.replicaSets.get(key)?.spec?.selector;
  else if (owner?.kind === 'StatefulSet') selector = cluster.statefulSets.get(key)?.spec?.selector;
  else if (owner?.kind === 'ReplicationController') Object.assign(matchLabels, cluster.replicationControllers.get(key)?.spec?.selector);
  const all = { ...selector, matchLabels: { ...matchLabels, ...selector?.matchLabels } };
  return Object.keys(all.matchLabels).length + (all.matchExpressions ?? []).length === 0 ? undefined : all;
}

export function hasAllKeys(node: NodeInfo, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
}

/** Whether a node counts for a constraint, by its inclusion policies. */
export function isCounted({ pod }: CycleState, { honorsAffinity, honorsTaints }: Constraint, { node }: NodeInfo): boolean {
  if (honorsAffinity && !fitsNodeAffinity(pod, node)) return false;
  return !honorsTaints || (node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod.spec!, taint));
}

/** Live Pods of the namespace that the selector matches, by node. */
export function matchingByNode({ pod, cluster }: CycleState, { selector }: Constraint): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const group of cluster.cache.groups.inNamespace(pod.metadata.namespace!)) {
    if (group.terminating || !selector.matches(group.labels)) continue;
    for (const [node, count] of group.nodes) counts.set(node, (counts.get(node) ?? 0) + count);
  }
  return counts;
}
