import type { LabelSelector, MatchResources, NamedRuleWithOperations } from '../../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import type { AdmissionAttributes, ObjectReader } from '../../interfaces.ts';

/** Requests that policies and webhooks never see, lest a wrong one could not be taken away. */
const EXEMPT = new Set(['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings', 'validatingwebhookconfigurations', 'mutatingwebhookconfigurations']);

export function isExempt({ group, resource }: AdmissionAttributes): boolean {
  return group === 'admissionregistration.k8s.io' && EXEMPT.has(resource);
}

/** models apiserver/pkg/admission/plugin/policy/matching: Matcher.Matches */
export function matchesResources(attributes: AdmissionAttributes, match: MatchResources | undefined, reader: ObjectReader): boolean {
  if (!match) return true;
  if (!matchesNamespace(attributes, match.namespaceSelector, reader) || !matchesObject(attributes, match.objectSelector)) return false;
  if ((match.excludeResourceRules ?? []).some((rule) => matchesRule(attributes, rule))) return false;
  const rules = match.resourceRules ?? [];
  return rules.length === 0 || rules.some((rule) => matchesRule(attributes, rule));
}

/** models apiserver/pkg/admission/plugin/webhook/predicates/rules: Matcher */
export function matchesRule(attributes: AdmissionAttributes, rule: NamedRuleWithOperations): boolean {
  const { operation, group, version, resource, subresource, definition, name, object } = attributes;
  const has = (values: readonly string[] | undefined, wanted: string): boolean => (values ?? []).some((value) => value === '*' || value === wanted);
  if (!has(rule.operations, operation) || !has(rule.apiGroups, group) || !has(rule.apiVersions, version)) return false;
  const isNamespaced = definition.scope === 'Namespaced';
  if (rule.scope === 'Namespaced' && !isNamespaced) return false;
  if (rule.scope === 'Cluster' && isNamespaced) return false;
  const names = rule.resourceNames ?? [];
  if (names.length > 0 && !names.includes(name || (object?.metadata?.name ?? ''))) return false;
  return (rule.resources ?? []).some((text) => {
    const [wanted = '', below] = text.split('/');
    return (wanted === '*' || wanted === resource) && (below === undefined ? subresource === '' : below === '*' || below === subresource);
  });
}

/** A Namespace counts by its own labels; what is in no namespace always matches. models predicates/namespace: Matcher */
export function matchesNamespace({ group, resource, namespace, object, previous, name, operation }: AdmissionAttributes, selector: LabelSelector | undefined, reader: ObjectReader): boolean {
  if (!selector || isEmpty(selector)) return true;
  const isNamespace = group === '' && resource === 'namespaces';
  if (!isNamespace && namespace === '') return true;
  const own = operation === 'DELETE' ? previous : (object ?? previous);
  const labels = isNamespace ? own?.metadata?.labels : reader.get<{ metadata: { labels?: Record<string, string> } }>('namespaces', undefined, namespace || name)?.metadata.labels;
  return selectorFromLabelSelector(selector).matches(labels);
}

/** The object as it was or as it will be. models predicates/object: Matcher */
export function matchesObject({ object, previous }: AdmissionAttributes, selector: LabelSelector | undefined): boolean {
  if (!selector || isEmpty(selector)) return true;
  const wanted = selectorFromLabelSelector(selector);
  return [object, previous].some((candidate) => candidate !== undefined && candidate !== null && wanted.matches(candidate.metadata?.labels));
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;
}
