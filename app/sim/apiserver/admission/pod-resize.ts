import type { Node, Pod } from '../../../contracts/k8s/index.ts';
import { newForbidden } from '../../machinery/errors.ts';
import { podAmounts } from '../../machinery/pod-resources.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

/** What a node could not give even to this Pod alone need not be asked of it. models pkg/registry/core/pod: resize admission by allocatable */
export const podResize: AdmissionPlugin = {
  name: 'PodResize',
  handles: ({ operation, group, resource, subresource }) => operation === 'UPDATE' && group === '' && resource === 'pods' && subresource === 'resize',
  validate({ object, name }, { reader }) {
    const { spec } = object as Pod;
    const node = spec?.nodeName ? reader.get<Node>('minions', undefined, spec.nodeName) : undefined;
    if (!spec || !node) return;
    const requests = podAmounts(spec, 'requests');
    const parts = (['cpu', 'memory'] as const).flatMap((resource) => {
      const wanted = requests[resource];
      const available = parseQuantity(node.status?.allocatable?.[resource] ?? '0');
      if (!wanted || wanted.cmp(available) <= 0) return [];
      const number = (quantity: typeof available): number => (resource === 'cpu' ? quantity.milliValue() : quantity.value());
      return [`${resource}, requested: ${number(wanted)}, allocatable: ${number(available)}`];
    });
    if (parts.length > 0) throw newForbidden({ group: '', resource: 'pods' }, name, `node didn't have enough allocatable resources: ${parts.join('; ')}`);
  },
};
