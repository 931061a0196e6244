import { nodeOf } from '../framework/cluster-events.ts';
import type { Plugin } from '../framework/types.ts';
import { tolerates } from './tolerations.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** models plugins/nodeunschedulable */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  filter({ pod }, { node }) {
    if (!node.spec?.unschedulable || tolerates(pod.spec!, TAINT)) return undefined;
    return { reasons: ['node(s) were unschedulable'], unresolvable: true };
  },
  interests: [{ event: 'Node', actions: ['add', 'taints'], hint: (_, event) => !nodeOf(event).spec?.unschedulable }],
};
