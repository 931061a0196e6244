import type { Plugin } from '../framework/types.ts';

/** models plugins/nodename */
export const nodeName: Plugin = {
  name: 'NodeName',
  filter: ({ pod }, node) => (pod.spec?.nodeName && pod.spec.nodeName !== node.name ? { reasons: ["node(s) didn't match the requested node name"], unresolvable: true } : undefined),
  interests: [{ event: 'Node', actions: ['add'] }],
};
