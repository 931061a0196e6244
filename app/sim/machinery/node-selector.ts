import type { NodeSelector, NodeSelectorTerm, Stored, Node } from '../../contracts/k8s/index.ts';

/** Any of the terms; a selector without terms matches nothing. models component-helpers/scheduling/corev1/nodeaffinity: NodeSelector */
export function matchesNodeSelector(selector: Readonly<NodeSelector>, node: Stored<Node>): boolean {
  return (selector.nodeSelectorTerms ?? []).some((term) => matchesNodeSelectorTerm(term, node));
}

/** All expressions must hold; a term without any matches nothing. */
export function matchesNodeSelectorTerm(term: Readonly<NodeSelectorTerm>, node: Stored<Node>): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every(({ key, operator, values }) => holds(Object.hasOwn(labels, key) ? labels[key] : undefined, operator, values ?? [])) &&
    fields.every(({ key, operator, values }) => key === 'metadata.name' && holds(node.metadata.name, operator, values ?? []))
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
      return value !== undefined && /^[+-]?\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && /^[+-]?\d+$/.test(value) && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
