import type { KubeObject } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';

/** Posted to put a Pod on a node: another way to a Pod's own subresource of this name. */
export const binding = defineResource<KubeObject>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  scope: 'Namespaced',
  schema: 'io.k8s.api.core.v1.Binding',
  storage: '',
  transient: true,
  verbs: ['create'],
  validate: () => [],
  columns: [],
});
