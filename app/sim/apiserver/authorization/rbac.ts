import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1Subject, Role, RoleBinding, Stored } from '../../../contracts/k8s/index.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { Attributes, Authorizer, ObjectReader } from '../interfaces.ts';

/** A rule that holds for a subject, everywhere or in one namespace. */
interface Grant {
  readonly namespace: string | undefined;
  readonly rules: readonly PolicyRule[];
}

/**
 * Role-based access control over the Roles and bindings in the cache.
 *
 * ```
 *   bindings ─▶ subject ("user:alice", "group:system:masters") ─▶ grants ─▶ rules
 * ```
 *
 * models plugin/pkg/auth/authorizer/rbac. The index is made again after a role or binding changed; decisions are remembered
 * until then.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #reader: ObjectReader;
  #grants: Map<string, Grant[]> | undefined;
  readonly #decisions = new Map<string, boolean>();

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  /** A role or binding changed. */
  invalidate(): void {
    this.#grants = undefined;
    this.#decisions.clear();
  }

  authorize(attributes: Attributes): { allowed: boolean; reason: string } {
    const key = decisionKey(attributes);
    let allowed = this.#decisions.get(key);
    if (allowed === undefined) {
      allowed = this.rulesOf(attributes.user, attributes.namespace).some((rule) => ruleAllows(rule, attributes));
      if (this.#decisions.size > 20_000) this.#decisions.clear();
      this.#decisions.set(key, allowed);
    }
    return { allowed, reason: '' };
  }

  /** All rules of a user in a namespace ('' for cluster-wide requests). */
  rulesOf(user: UserInfo, namespace: string): PolicyRule[] {
    const grants = (this.#grants ??= this.#index());
    const subjects = [`user:${user.name}`, ...user.groups.map((group) => `group:${group}`)];
    return subjects.flatMap((subject) => (grants.get(subject) ?? []).filter((grant) => grant.namespace === undefined || grant.namespace === namespace).flatMap((grant) => grant.rules));
  }

  #index(): Map<string, Grant[]> {
    const grants = new Map<string, Grant[]>();
    const add = (subjects: readonly RbacV1Subject[] | undefined, namespace: string | undefined, rules: readonly PolicyRule[] | undefined): void => {
      for (const subject of subjects ?? []) {
        const name = subject.kind === 'ServiceAccount' ? `user:system:serviceaccount:${subject.namespace}:${subject.name}` : `${subject.kind === 'Group' ? 'group' : 'user'}:${subject.name}`;
        const list = grants.get(name) ?? [];
        list.push({ namespace, rules: rules ?? [] });
        grants.set(name, list);
      }
    };
    const clusterRole = (name: string): readonly PolicyRule[] | undefined => this.#reader.get<ClusterRole>('clusterroles', undefined, name)?.rules;
    for (const binding of this.#reader.list<ClusterRoleBinding>('clusterrolebindings')) add(binding.subjects, undefined, clusterRole(binding.roleRef.name));
    for (const binding of this.#reader.list<Stored<RoleBinding>>('rolebindings')) {
      const { namespace } = binding.metadata;
      const rules = binding.roleRef.kind === 'ClusterRole' ? clusterRole(binding.roleRef.name) : this.#reader.get<Role>('roles', namespace, binding.roleRef.name)?.rules;
      add(binding.subjects, namespace, rules);
    }
    return grants;
  }
}

function decisionKey({ user, verb, isResource, group, resource, subresource, namespace, name, path }: Attributes): string {
  const who = `${user.name}\n${user.groups.join('\n')}`;
  return isResource ? `${who}\n\n${verb} ${group}/${resource}/${subresource} ${namespace} ${name}` : `${who}\n\n${verb} ${path}`;
}

/** models pkg/registry/rbac/validation: RuleAllows */
export function ruleAllows(rule: PolicyRule, attributes: Omit<Attributes, 'user'>): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean => (list ?? []).some((item) => item === '*' || item === value);
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResource) {
    return (rule.nonResourceURLs ?? []).some((url) => url === '*' || url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))));
  }
  const combined = attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource;
  const matchesResource = (rule.resources ?? []).some(
    (item) => item === '*' || item === combined || (attributes.subresource !== '' && item === `*/${attributes.subresource}`),
  );
  if (!has(rule.apiGroups, attributes.group) || !matchesResource) return false;
  return (rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(attributes.name);
}
