import type { PolicyRule } from '../../../contracts/k8s/index.ts';

const list = (items: readonly string[] | undefined): readonly string[] => items ?? [];

/**
 * The part of `wanted` that `owned` does not give, as the smallest rules. Empty: all is covered.
 *
 * models component-helpers/auth/rbac/validation: Covers. Each wanted rule is broken down to one verb, one group, one
 * resource and one name, and each of those must be in a single owned rule.
 */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakdown).filter((rule) => !owned.some((owner) => covers(owner, rule)));
}

function breakdown(rule: PolicyRule): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const group of list(rule.apiGroups)) {
    for (const resource of list(rule.resources)) {
      for (const verb of list(rule.verbs)) {
        const names = list(rule.resourceNames);
        if (names.length === 0) rules.push({ apiGroups: [group], resources: [resource], verbs: [verb] });
        for (const name of names) rules.push({ apiGroups: [group], resources: [resource], resourceNames: [name], verbs: [verb] });
      }
    }
  }
  for (const url of list(rule.nonResourceURLs)) for (const verb of list(rule.verbs)) rules.push({ nonResourceURLs: [url], verbs: [verb] });
  return rules;
}

function covers(owner: PolicyRule, rule: PolicyRule): boolean {
  const all = (have: readonly string[] | undefined, want: readonly string[] | undefined): boolean => list(have).includes('*') || list(want).every((item) => list(have).includes(item));
  return (
    all(owner.verbs, rule.verbs) && all(owner.apiGroups, rule.apiGroups) && coversResources(list(owner.resources), list(rule.resources)) &&
    (list(owner.resourceNames).length === 0 || (list(rule.resourceNames).length > 0 && list(rule.resourceNames).every((name) => list(owner.resourceNames).includes(name)))) &&
    list(rule.nonResourceURLs).every((url) => list(owner.nonResourceURLs).some((own) => own === '*' || own === url || (own.endsWith('*') && url.startsWith(own.replace(/\*+$/, '')))))
  );
}

/** `pods/log` is covered by itself, by the star, and by the star for its subresource. */
function coversResources(have: readonly string[], want: readonly string[]): boolean {
  if (have.includes('*')) return true;
  return want.every((resource) => have.includes(resource) || (resource.includes('/') && have.includes(`*/${resource.split('/')[1]}`)));
}

/** Rules of one group and resource, as one rule with all its verbs. models pkg/registry/rbac/validation: CompactRules */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const compacted: PolicyRule[] = [];
  for (const rule of rules) {
    const isSimple = list(rule.nonResourceURLs).length === 0 && list(rule.apiGroups).length === 1 && list(rule.resources).length === 1 && list(rule.resourceNames).length <= 1;
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = simple.get(key);
    if (isSimple && known) known.verbs = [...known.verbs, ...rule.verbs];
    else {
      const copy = { ...rule };
      compacted.push(copy);
      if (isSimple) simple.set(key, copy);
    }
  }
  return compacted;
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. models pkg/apis/rbac/v1: CompactString */
export function ruleText(rule: PolicyRule): string {
  const parts = ([['APIGroups', rule.apiGroups], ['Resources', rule.resources], ['NonResourceURLs', rule.nonResourceURLs], ['ResourceNames', rule.resourceNames], ['Verbs', rule.verbs]] as const)
    .filter(([, items]) => list(items).length > 0)
    .map(([name, items]) => `${name}:${goStrings(list(items))}`);
  return `{${parts.join(', ')}}`;
}

/** A slice of strings as Go's %q prints it. */
export function goStrings(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;
}
