import { newForbidden } from '../../machinery/errors.ts';
import type { StatusError } from '../../machinery/status.ts';
import type { Attributes, Authorizer, Decision } from '../interfaces.ts';

/** Members of system:masters may do everything; for the others the first authorizer that says yes decides. */
export class UnionAuthorizer implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  authorize(attributes: Attributes): Decision {
    if (attributes.user.groups.includes('system:masters')) return { allowed: true, reason: '' };
    const reasons: string[] = [];
    for (const authorizer of this.#authorizers) {
      const decision = authorizer.authorize(attributes);
      if (decision.allowed) return decision;
      if (decision.reason) reasons.push(decision.reason);
    }
    return { allowed: false, reason: reasons.join('\n') };
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

/** The refusal of a request, in the words of the real one. models responsewriters: ForbiddenStatusError */
export function forbidden(attributes: Attributes, reason: string): StatusError {
  const message = `${forbiddenMessage(attributes)}${reason ? `: ${reason}` : ''}`;
  return newForbidden({ group: attributes.group, resource: attributes.isResource ? attributes.resource : '' }, attributes.isResource ? attributes.name : '', message);
}
