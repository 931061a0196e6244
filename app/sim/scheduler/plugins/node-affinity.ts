import type { Node, NodeSelectorTerm, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { matchesNodeSelectorTerm } from '../../machinery/node-selector.ts';
import { nodeOf } from '../framework/cluster-events.ts';
import { normalizeTo100, type Plugin } from '../framework/types.ts';

const REASON = "node(s) didn't match Pod's node affinity/selector";

/** models plugins/nodeaffinity and component-helpers: nodeaffinity */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  preFilter({ pod }) {
    const terms = requiredTerms(pod);
    if (!terms && !pod.spec?.nodeSelector) return 'skip';
    const names = (terms ?? []).map(namedNodes);
    // Only when each alternative names its nodes is the search narrowed.
    if (names.length === 0 || names.some((set) => set === undefined)) return undefined;
    return new Set(names.flatMap((set) => [...set!]));
  },
  filter: ({ pod }, { node }) => (fitsNodeAffinity(pod, node) ? undefined : { reasons: [REASON], unresolvable: true }),
  preScore: ({ pod }) => ((pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length === 0 ? 'skip' : undefined),
  score({ pod }, { node }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.reduce((sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(preference, node) ? weight : 0), 0);
  },
  normalize: (scores) => normalizeTo100(scores, false),
  interests: [
    {
      event: 'Node', actions: ['add', 'labels'],
      hint: (pod, event) => fitsNodeAffinity(pod, nodeOf(event)) && (!event.previous || !fitsNodeAffinity(pod, event.previous as Stored<Node>)),
    },
    { event: 'UnscheduledPod', actions: ['update'], hint: (pod, { object }) => object.metadata.uid === pod.metadata.uid },
  ],
};

function requiredTerms(pod: Stored<Pod>): readonly NodeSelectorTerm[] | undefined {
  return pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

/** Both the selector and the required affinity. models GetRequiredNodeAffinity */
export function fitsNodeAffinity(pod: Stored<Pod>, node: Stored<Node>): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const terms = requiredTerms(pod);
  return !terms || terms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** The nodes that a term names by `metadata.name`, when it does. */
function namedNodes(term: NodeSelectorTerm): ReadonlySet<string> | undefined {
  const fields = (term.matchFields ?? []).filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  if (fields.length === 0) return undefined;
  return new Set(fields.map(({ values }) => values ?? []).reduce((a, b) => a.filter((name) => b.includes(name))));
}
