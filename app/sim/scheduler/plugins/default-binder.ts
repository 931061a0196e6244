import { pods } from '../../client/resource-types.ts';
import type { Plugin } from '../framework/types.ts';

/** Writes the Binding. models plugins/defaultbinder */
export const defaultBinder: Plugin = {
  name: 'DefaultBinder',
  async bind({ pod, cluster }, node, cause) {
    const { namespace, name, uid } = pod.metadata;
    const binding = { kind: 'Binding', apiVersion: 'v1', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node.name } };
    await cluster.client.createSubresource(pods, namespace, name, 'binding', binding, cause);
  },
};
