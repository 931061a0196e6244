import type { ResourceClaimTemplate } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid } from '../../shared/findings.ts';
import { defaultRequests, validateRequests } from '../requests.ts';

export const resourceClaimTemplate = defineResource<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  scope: 'Namespaced',
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  storage: 'resourceclaimtemplates',

  applyDefaults: (object) => defaultRequests(object.spec?.spec?.devices),
  validate: (object, previous) => [
    ...validateRequests(object.spec?.spec?.devices, 'spec.spec.devices'),
    ...(previous && !deepEqual(object.spec, previous.spec) ? [invalid('spec', object.spec, 'field is immutable')] : []),
  ],
  columns: columnsOf<ResourceClaimTemplate>('resource.k8s.io/v1/resourceclaimtemplates', [objectName, objectAge]),
});
