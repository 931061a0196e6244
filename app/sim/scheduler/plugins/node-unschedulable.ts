import type { FilterPlugin } from '../framework/types.ts';
import { tolerates } from './tolerations.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** models plugins/nodeunschedulable */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  filter({ pod }, { node }) {
    if (!node.spec?.unschedulable || tolerates(pod.spec!, TAINT)) return undefined;
    return { reasons: ['node(s) were unschedulable'], unresolvable: true };
  },
};
