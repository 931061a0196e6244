import type { ClusterRole, Pod, PolicyRule, Stored } from '../../../contracts/k8s/index.ts';
import { configMapNamesOf, secretNamesOf } from '../../machinery/pod-references.ts';
import type { Attributes, Authorizer, ObjectReader } from '../interfaces.ts';
import { ruleAllows } from './rbac.ts';

const USER_PREFIX = 'system:node:';

/**
 * What a kubelet may do: the rules of the role `system:node`, but Secrets and ConfigMaps only when a Pod on its node uses
 * them. models plugin/pkg/auth/authorizer/node
 */
export class NodeAuthorizer implements Authorizer {
  readonly #reader: ObjectReader;

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  authorize(attributes: Attributes): { allowed: boolean; reason: string } {
    const { user, group, resource } = attributes;
    if (!user.name.startsWith(USER_PREFIX) || !user.groups.includes('system:nodes')) return { allowed: false, reason: '' };
    const node = user.name.slice(USER_PREFIX.length);
    const rules = this.#reader.get<ClusterRole>('clusterroles', undefined, 'system:node')?.rules ?? [];
    if (!rules.some((rule: PolicyRule) => ruleAllows(rule, attributes))) return { allowed: false, reason: '' };
    if (group === '' && (resource === 'secrets' || resource === 'configmaps')) return this.#referenced(node, attributes);
    return { allowed: true, reason: '' };
  }

  #referenced(node: string, { namespace, name, resource }: Attributes): { allowed: boolean; reason: string } {
    const namesOf = resource === 'secrets' ? secretNamesOf : configMapNamesOf;
    if (name === '') return { allowed: false, reason: 'No Object name found' };
    const uses = this.#reader.withField<Stored<Pod>>('pods', 'spec.nodeName', node).some(({ metadata, spec }) => metadata.namespace === namespace && namesOf(spec).has(name));
    return uses ? { allowed: true, reason: '' } : { allowed: false, reason: `no relationship found between node ${JSON.stringify(node)} and this object` };
  }
}
