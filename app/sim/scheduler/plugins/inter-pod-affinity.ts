import type { Pod, PodAffinityTerm, Stored } from '../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { CycleState, FilterPlugin } from '../framework/types.ts';

/** Required affinity and anti-affinity between Pods, both ways. models plugins/interpodaffinity (its filter) */
export const interPodAffinity: FilterPlugin = {
  name: 'InterPodAffinity',
  filter(state, node) {
    const { affinity } = state.pod.spec ?? {};
    for (const term of affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (hasMatch(state, node, term, state.pod)) continue;
      const isFirst = matches(term, state.pod, state.pod) && !anywhere(state, term);
      if (!isFirst) return { reasons: ["node(s) didn't match pod affinity rules"], unresolvable: true };
    }
    for (const term of affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (hasMatch(state, node, term, state.pod)) return { reasons: ["node(s) didn't match pod anti-affinity rules"], unresolvable: false };
    }
    return refusedByOthers(state, node) ? { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], unresolvable: false } : undefined;
  },
};

function matches(term: Readonly<PodAffinityTerm>, subject: Stored<Pod>, candidate: Stored<Pod>): boolean {
  const namespaces = term.namespaces ?? [subject.metadata.namespace!];
  return namespaces.includes(candidate.metadata.namespace!) && selectorFromLabelSelector(term.labelSelector).matches(candidate.metadata.labels);
}

/** A matching Pod runs in the node's domain. */
function hasMatch({ nodes }: CycleState, node: NodeInfo, term: Readonly<PodAffinityTerm>, subject: Stored<Pod>): boolean {
  const domain = node.node.metadata.labels?.[term.topologyKey];
  if (domain === undefined) return false;
  return nodes.some((other) => other.node.metadata.labels?.[term.topologyKey] === domain && [...other.pods.values()].some((pod) => matches(term, subject, pod)));
}

function anywhere({ nodes, pod: subject }: CycleState, term: Readonly<PodAffinityTerm>): boolean {
  return nodes.some((node) => [...node.pods.values()].some((pod) => matches(term, subject, pod)));
}

/** A running Pod's own anti-affinity keeps the newcomer out. Only Pods that have such terms are looked at. */
function refusedByOthers(state: CycleState, node: NodeInfo): boolean {
  const known = state.scratch.get('InterPodAffinity') as { pod: Stored<Pod>; at: NodeInfo }[] | undefined;
  const guarded = known ?? state.nodes.flatMap((at) => [...at.pods.values()].filter((pod) => pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution).map((pod) => ({ pod, at })));
  state.scratch.set('InterPodAffinity', guarded);
  return guarded.some(({ pod, at }) =>
    (pod.spec!.affinity!.podAntiAffinity!.requiredDuringSchedulingIgnoredDuringExecution ?? []).some((term) => {
      const domain = at.node.metadata.labels?.[term.topologyKey];
      return domain !== undefined && node.node.metadata.labels?.[term.topologyKey] === domain && matches(term, pod, state.pod);
    }),
  );
}
