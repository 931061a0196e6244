import type { ClusterRole, PolicyRule, Role, RoleBinding } from '../../../contracts/k8s/index.ts';
import { newForbidden, newNotFound } from '../../machinery/errors.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { Attributes, Authorizer, RequestContext } from '../interfaces.ts';
import { compactRules, goStrings, missingRules, ruleText } from './covers.ts';
import type { RbacAuthorizer } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';
const FULL_AUTHORITY: readonly PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];

/**
 * Nobody gives away rights that he does not have: a role may hold only rules that its writer holds, unless he may `escalate`;
 * a binding may refer only to such a role, unless he may `bind` it.
 *
 * models pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased
 */
export class EscalationCheck {
  readonly #rbac: RbacAuthorizer;
  readonly #authorizer: Authorizer;

  constructor(rbac: RbacAuthorizer, authorizer: Authorizer) {
    this.#rbac = rbac;
    this.#authorizer = authorizer;
  }

  /** Before a role or binding is written. @throws 403 */
  check(definition: ResourceDefinition, next: unknown, previous: unknown, context: RequestContext): void {
    if (definition.group !== GROUP || context.user.groups.includes('system:masters')) return;
    if (definition.kind === 'Role' || definition.kind === 'ClusterRole') this.#role(definition, next as ClusterRole, previous as ClusterRole | undefined, context);
    else this.#binding(definition, next as RoleBinding, previous as RoleBinding | undefined, context);
  }

  #role(definition: ResourceDefinition, next: Role & ClusterRole, previous: (Role & ClusterRole) | undefined, context: RequestContext): void {
    if (previous && deepEqual(next.rules ?? [], previous.rules ?? []) && deepEqual(next.aggregationRule, previous.aggregationRule)) return;
    const { name = '' } = next.metadata ?? {};
    if (this.#may(context, 'escalate', definition.plural, name)) return;
    this.#confirm(definition, name, next.rules ?? [], context);
    const isAggregated = (next.aggregationRule !== undefined && !deepEqual(next.aggregationRule, previous?.aggregationRule)) || previous?.aggregationRule !== undefined;
    if (!isAggregated) return;
    if (this.#lacking(FULL_AUTHORITY, context).length > 0) throw newForbidden({ group: GROUP, resource: definition.plural }, name, 'must have cluster-admin privileges to use the aggregationRule');
  }

  #binding(definition: ResourceDefinition, next: RoleBinding, previous: RoleBinding | undefined, context: RequestContext): void {
    if (previous && deepEqual(next.roleRef, previous.roleRef) && deepEqual(next.subjects ?? [], previous.subjects ?? [])) return;
    const { name = '' } = next.metadata ?? {};
    const { roleRef } = next;
    if (this.#may(context, 'bind', roleRef.kind === 'Role' ? 'roles' : 'clusterroles', roleRef.name)) return;
    const { rules, error } = this.#rbac.roleRules(roleRef, context.info.namespace);
    if (error) throw newNotFound({ group: GROUP, resource: definition.plural }, roleRef.name);
    this.#confirm(definition, name, rules, context);
  }

  #may({ user, info }: RequestContext, verb: string, resource: string, name: string): boolean {
    const attributes: Attributes = { ...info, user, verb, group: GROUP, version: '*', resource, subresource: '', name };
    return this.#authorizer.authorize(attributes).allowed;
  }

  #lacking(rules: readonly PolicyRule[], { user, info }: RequestContext): PolicyRule[] {
    return missingRules(this.#rbac.rulesFor(user, info.namespace).rules, rules);
  }

  #confirm(definition: ResourceDefinition, name: string, rules: readonly PolicyRule[], context: RequestContext): void {
    const missing = this.#lacking(rules, context);
    if (missing.length === 0) return;
    const { errors } = this.#rbac.rulesFor(context.user, context.info.namespace);
    const unresolved = errors.length > 0 ? `; resolution errors: [${errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`}]` : '';
    const texts = [...new Set(compactRules(missing).map(ruleText))].sort();
    throw newForbidden({ group: GROUP, resource: definition.plural }, name, `${who(context.user)} is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}${unresolved}`);
  }
}

function who({ name, groups }: UserInfo): string {
  return `user ${JSON.stringify(name)} (groups=${goStrings(groups)})`;
}
