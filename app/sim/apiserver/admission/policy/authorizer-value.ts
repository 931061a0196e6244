import { CelError, Opaque } from '../../../machinery/cel/index.ts';
import type { UserInfo } from '../../../machinery/transport.ts';
import type { Attributes, Authorizer } from '../../interfaces.ts';

interface Question {
  readonly authorizer: Authorizer;
  readonly user: UserInfo;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** `authorizer.group('apps').resource('deployments').check('create').allowed()` models apiserver/pkg/cel/library: authz.go */
export class AuthorizerValue extends Opaque {
  readonly type: string;
  readonly #question: Question;
  readonly #request: Question | undefined;

  /** @param request what `authorizer.requestResource` begins with. */
  constructor(question: Question, request?: Question, type = 'kubernetes.authorization.Authorizer') {
    super();
    this.#question = question;
    this.#request = request;
    this.type = type;
  }

  equals(other: unknown): boolean {
    return other === this;
  }

  field(name: string): unknown {
    if (name !== 'requestResource' || !this.#request) throw new CelError(`no such key: ${name}`);
    return new AuthorizerValue(this.#request, undefined, 'kubernetes.authorization.ResourceCheck');
  }

  member(name: string, args: readonly unknown[]): unknown {
    const [first = '', second = ''] = args as string[];
    switch (name) {
      case 'check':
        return new DecisionValue(this.#ask(first));
      case 'serviceAccount': {
        const user = { name: `system:serviceaccount:${first}:${second}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${first}`, 'system:authenticated'] };
        return new AuthorizerValue({ ...this.#question, user });
      }
      case 'path':
      case 'group':
      case 'resource':
      case 'subresource':
      case 'namespace':
      case 'name':
        return new AuthorizerValue({ ...this.#question, [name]: first }, undefined, 'kubernetes.authorization.ResourceCheck');
      case 'fieldSelector':
      case 'labelSelector':
        return this;
      default:
        throw new CelError('no such overload');
    }
  }

  #ask(verb: string): { allowed: boolean; reason: string } {
    const { authorizer, user, path, group = '', resource = '', subresource = '', namespace = '', name = '' } = this.#question;
    const attributes: Attributes = { path: path ?? '', isResource: path === undefined, verb, group, version: '*', namespace, resource, subresource, name, rest: '', user };
    return authorizer.authorize(attributes);
  }
}

class DecisionValue extends Opaque {
  readonly type = 'kubernetes.authorization.Decision';
  readonly #decision: { allowed: boolean; reason: string };

  constructor(decision: { allowed: boolean; reason: string }) {
    super();
    this.#decision = decision;
  }

  equals(other: unknown): boolean {
    return other === this;
  }

  member(name: string): unknown {
    switch (name) {
      case 'allowed':
        return this.#decision.allowed;
      case 'reason':
        return this.#decision.reason;
      case 'errored':
        return false;
      default:
        return '';
    }
  }
}
