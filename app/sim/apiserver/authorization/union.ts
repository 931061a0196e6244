import type { Attributes, Authorizer } from '../interfaces.ts';

/** Members of system:masters may do everything; for the others the first authorizer that says yes decides. */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: Attributes): { allowed: boolean; reason: string } {
    if (attributes.user.groups.includes('system:masters')) return { allowed: true, reason: '' };
    let reason = '';
    for (const authorizer of this.#authorizers) {
      const decision = authorizer.authorize(attributes);
      if (decision.allowed) return decision;
      reason ||= decision.reason;
    }
    return { allowed: false, reason };
  }
}

/** `User "bob" cannot list resource "pods" in API group "" in the namespace "lab"`: models responsewriters: forbiddenMessage */
export function forbiddenMessage({ user, verb, isResource, resource, subresource, group, namespace, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)}`;
  if (!isResource) return `${who} cannot ${verb} path ${JSON.stringify(path)}`;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  return `${who} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
}
