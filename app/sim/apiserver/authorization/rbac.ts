import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacV1Subject, Role, RoleBinding, RoleRef, Stored } from '../../../contracts/k8s/index.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { Attributes, Authorizer, Decision, ObjectReader } from '../interfaces.ts';

/** What one subject of one binding gets, everywhere or in one namespace. */
interface Grant {
  /** Place of the binding among all, and of the subject in it: the first subject that applies counts. */
  readonly binding: number;
  readonly subject: number;
  readonly namespace: string | undefined;
  readonly rules: readonly PolicyRule[];
  /** `RoleBinding "reader/lab" of Role "reader" to User "jane"` */
  readonly source: string;
  /** The role is missing. */
  readonly error?: string;
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
  readonly #decisions = new Map<string, Decision>();

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  /** A role or binding changed. */
  invalidate(): void {
    this.#grants = undefined;
    this.#decisions.clear();
  }

  authorize(attributes: Attributes): Decision {
    const key = decisionKey(attributes);
    let decision = this.#decisions.get(key);
    if (decision === undefined) {
      decision = this.#decide(attributes);
      if (this.#decisions.size > 20_000) this.#decisions.clear();
      this.#decisions.set(key, decision);
    }
    return decision;
  }

  /** All rules of a user in a namespace ('' for cluster-wide requests), and what could not be resolved. */
  rulesFor(user: UserInfo, namespace: string): { readonly rules: PolicyRule[]; readonly errors: string[] } {
    const grants = this.#grantsOf(user, namespace);
    return { rules: grants.flatMap((grant) => grant.rules), errors: grants.flatMap(({ error }) => error ?? []) };
  }

  /** The rules behind a reference, or why there are none. models rbac/validation: GetRoleReferenceRules */
  roleRules(roleRef: RoleRef, namespace: string): { readonly rules: readonly PolicyRule[]; readonly error?: string } {
    const { kind, name } = roleRef;
    if (kind !== 'Role' && kind !== 'ClusterRole') return { rules: [], error: `unsupported role reference kind: ${JSON.stringify(kind)}` };
    const role = kind === 'Role' ? this.#reader.get<Role>('roles', namespace, name) : this.#reader.get<ClusterRole>('clusterroles', undefined, name);
    if (!role) return { rules: [], error: `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found` };
    return { rules: role.rules ?? [] };
  }

  #decide(attributes: Attributes): Decision {
    const grants = this.#grantsOf(attributes.user, attributes.namespace);
    const found = grants.find((grant) => grant.rules.some((rule) => ruleAllows(rule, attributes)));
    if (found) return { allowed: true, reason: `RBAC: allowed by ${found.source}` };
    const errors = [...new Set(grants.flatMap(({ error }) => error ?? []))];
    if (errors.length === 0) return { allowed: false, reason: '' };
    return { allowed: false, reason: `RBAC: ${errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`}` };
  }

  /** In the order of bindings: the cluster's first. models rbac/validation: VisitRulesFor */
  #grantsOf(user: UserInfo, namespace: string): Grant[] {
    const index = (this.#grants ??= this.#index());
    const found = new Map<number, Grant>();
    for (const subject of [`user:${user.name}`, ...user.groups.map((group) => `group:${group}`)]) {
      for (const grant of index.get(subject) ?? []) {
        if (grant.namespace !== undefined && grant.namespace !== namespace) continue;
        const other = found.get(grant.binding);
        if (!other || grant.subject < other.subject) found.set(grant.binding, grant);
      }
    }
    return [...found.values()].sort((a, b) => a.binding - b.binding);
  }

  #index(): Map<string, Grant[]> {
    const grants = new Map<string, Grant[]>();
    let count = 0;
    const add = (binding: Stored<ClusterRoleBinding> | Stored<RoleBinding>, namespace: string | undefined): void => {
      const { roleRef, subjects, metadata } = binding;
      const { rules, error } = this.roleRules(roleRef, namespace ?? '');
      const what = `${namespace === undefined ? `ClusterRoleBinding ${JSON.stringify(metadata.name)}` : `RoleBinding ${JSON.stringify(`${metadata.name}/${namespace}`)}`} of ${roleRef.kind} ${JSON.stringify(roleRef.name)}`;
      const place = count++;
      for (const [index, subject] of (subjects ?? []).entries()) {
        const key = subjectKey(subject, namespace);
        const grant = { binding: place, subject: index, namespace, rules, source: `${what} to ${describeSubject(subject, namespace)}`, ...(error ? { error } : {}) };
        grants.set(key, [...(grants.get(key) ?? []), grant]);
      }
    };
    // Where several bindings allow a thing, upstream names any of them (its order is that of a Go map); here it is the last by name.
    for (const binding of this.#reader.list<Stored<ClusterRoleBinding>>('clusterrolebindings').toReversed()) add(binding, undefined);
    for (const binding of this.#reader.list<Stored<RoleBinding>>('rolebindings').toReversed()) add(binding, binding.metadata.namespace ?? '');
    return grants;
  }
}

function subjectKey({ kind, name, namespace }: RbacV1Subject, bindingNamespace: string | undefined): string {
  if (kind === 'ServiceAccount') return `user:system:serviceaccount:${namespace || bindingNamespace || ''}:${name}`;
  return `${kind === 'Group' ? 'group' : 'user'}:${name}`;
}

function describeSubject({ kind, name, namespace }: RbacV1Subject, bindingNamespace: string | undefined): string {
  return `${kind} ${JSON.stringify(kind === 'ServiceAccount' ? `${name}/${namespace || bindingNamespace || ''}` : name)}`;
}

function decisionKey({ user, verb, isResource, group, resource, subresource, namespace, name, path }: Attributes): string {
  const who = `${user.name}\n${user.groups.join('\n')}`;
  return isResource ? `${who}\n\n${verb} ${group}/${resource}/${subresource} ${namespace} ${name}` : `${who}\n\n${verb} ${path}`;
}

/** models pkg/apis/rbac/v1: RuleAllows */
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
