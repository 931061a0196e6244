import type { Node } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

/** A new node takes no Pods before it has said that it is ready. models plugin/pkg/admission/nodetaint */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === '' && resource === 'nodes' && subresource === '',
  admit({ object }) {
    const spec = ((object as Node).spec ??= {});
    const key = 'node.kubernetes.io/not-ready';
    if (spec.taints?.some((taint) => taint.key === key && taint.effect === 'NoSchedule')) return;
    spec.taints = [...(spec.taints ?? []), { key, effect: 'NoSchedule' }];
  },
};
