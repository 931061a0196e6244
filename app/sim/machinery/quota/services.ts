import type { Service } from '../../../contracts/k8s/index.ts';
import { Quantity } from '../quantity.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const NAMES = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];

/** models pkg/quota/v1/evaluator/core: serviceEvaluator */
export const serviceEvaluator: QuotaEvaluator = {
  handles: (operation, subresource) => (operation === 'CREATE' || operation === 'UPDATE') && subresource === '',
  matching: (names) => names.filter((name) => NAMES.includes(name)),
  inScope: () => false,
  usage(object) {
    const { spec = {} } = object as Service;
    const ports = spec.ports ?? [];
    const isBalanced = spec.type === 'LoadBalancer';
    // A load balancer that wants no node ports uses only those that it names.
    const nodePorts = spec.type === 'NodePort' || (isBalanced && spec.allocateLoadBalancerNodePorts !== false) ? ports.length : isBalanced ? ports.filter(({ nodePort }) => nodePort).length : 0;
    return {
      'count/services': Quantity.fromNumber(1),
      services: Quantity.fromNumber(1),
      'services.nodeports': Quantity.fromNumber(nodePorts),
      'services.loadbalancers': Quantity.fromNumber(isBalanced ? 1 : 0),
    };
  },
};
