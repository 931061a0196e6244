import type { ComponentStatus } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';

/** How the parts behind the door are: asked for at each request, never stored. */
export const componentStatus = defineResource<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  scope: 'Cluster',
  shortNames: ['cs'],
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  storage: '',
  transient: true,
  verbs: ['get', 'list'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  validate: () => [],
  columns: columnsOf<ComponentStatus>('v1/componentstatuses', [objectName, (object) => (healthOf(object)?.status === 'True' ? 'Healthy' : 'Unhealthy'), (object) => healthOf(object)?.message ?? '', (object) => healthOf(object)?.error ?? '']),
});

function healthOf({ conditions }: Readonly<ComponentStatus>): NonNullable<ComponentStatus['conditions']>[number] | undefined {
  return conditions?.find(({ type }) => type === 'Healthy');
}
