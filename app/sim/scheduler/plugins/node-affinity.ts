import type { NodeSelectorTerm } from '../../../contracts/k8s/index.ts';
import { normalizeTo100, type FilterPlugin, type ScorePlugin } from '../framework/types.ts';
import type { NodeInfo } from '../cache/node-info.ts';

const REASON = "node(s) didn't match Pod's node affinity/selector";

/** models plugins/nodeaffinity and component-helpers: nodeaffinity */
export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: 'NodeAffinity',
  weight: 2,
  filter({ pod }, node) {
    const labels = node.node.metadata.labels ?? {};
    const bySelector = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
    const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const byAffinity = !terms || terms.some((term) => matchesTerm(term, node));
    return bySelector && byAffinity ? undefined : { reasons: [REASON], unresolvable: true };
  },
  score({ pod }, node) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
  },
  normalize: (scores) => normalizeTo100(scores, false),
};

/** All expressions must hold; a term without any matches nothing. */
export function matchesTerm(term: Readonly<NodeSelectorTerm>, { node, name }: NodeInfo): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every(({ key, operator, values }) => holds(Object.hasOwn(labels, key) ? labels[key] : undefined, operator, values ?? [])) &&
    fields.every(({ key, operator, values }) => key === 'metadata.name' && holds(name, operator, values ?? []))
  );
}

function holds(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
