import type { FilterPlugin } from '../framework/types.ts';

/** models plugins/nodename */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  filter: ({ pod }, node) => (pod.spec?.nodeName && pod.spec.nodeName !== node.name ? { reasons: ["node(s) didn't match the requested node name"], unresolvable: true } : undefined),
};
