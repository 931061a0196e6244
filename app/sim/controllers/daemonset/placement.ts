import type { Affinity, DaemonSet, Node, Pod, PodSpec, Stored, Toleration } from '../../../contracts/k8s/index.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { toleratesTaint } from '../../machinery/tolerations.ts';

const exists = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect });
/** Whatever troubles a node, its daemons stay. models daemon/util: AddOrUpdateDaemonPodTolerations */
const ALWAYS = [exists('not-ready', 'NoExecute'), exists('unreachable', 'NoExecute'), exists('disk-pressure', 'NoSchedule'), exists('memory-pressure', 'NoSchedule'), exists('pid-pressure', 'NoSchedule'), exists('unschedulable', 'NoSchedule')];

export function withDaemonTolerations(spec: Readonly<PodSpec>): Toleration[] {
  const tolerations = [...(spec.tolerations ?? [])];
  for (const toleration of [...ALWAYS, ...(spec.hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : [])]) if (!tolerations.some((given) => deepEqual(given, toleration))) tolerations.push(toleration);
  return tolerations;
}

/** Should the daemon be started here; may one that runs here stay? models daemon: NodeShouldRunDaemonPod */
export function placement(set: Stored<DaemonSet>, node: Stored<Node>): { readonly start: boolean; readonly stay: boolean } {
  const spec = set.spec!.template.spec!;
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { start: false, stay: false };
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const isSelected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value) && (!required || matchesNodeSelector(required, node));
  if (!isSelected) return { start: false, stay: false };
  const tolerations = withDaemonTolerations(spec);
  const untolerated = (node.spec?.taints ?? []).filter((taint) => (taint.effect === 'NoExecute' || taint.effect === 'NoSchedule') && !toleratesTaint(tolerations, taint));
  return { start: untolerated.length === 0, stay: untolerated.every((taint) => taint.effect !== 'NoExecute') };
}

/** Binds a Pod to one node, by way of the scheduler. models ReplaceDaemonSetPodNodeNameNodeAffinity */
export function pinnedTo(node: string, affinity: Readonly<Affinity> | undefined): Affinity {
  const required = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** Where a Pod runs or is pinned to. models GetTargetNodeName */
export function targetNode(pod: Stored<Pod>): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap((term) => term.matchFields ?? []).find((field) => field.key === 'metadata.name' && field.operator === 'In')?.values?.[0];
}
