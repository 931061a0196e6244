import type { ResourceV1ResourceClaim } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid } from '../../shared/findings.ts';
import { defaultRequests, validateRequests } from '../requests.ts';

export const resourceClaim = defineResource<ResourceV1ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  scope: 'Namespaced',
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  storage: 'resourceclaims',

  applyDefaults: (object) => defaultRequests(object.spec?.devices),
  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: (object, previous) => [
    ...validateRequests(object.spec?.devices, 'spec.devices'),
    ...(previous && !deepEqual(object.spec, previous.spec) ? [invalid('spec', object.spec, 'field is immutable')] : []),
  ],
  columns: columnsOf<ResourceV1ResourceClaim>('resource.k8s.io/v1/resourceclaims', [objectName, stateText, objectAge]),
  subresources: { status: {} },
});

/** models printers: resourceClaimState */
function stateText({ metadata, status }: Readonly<ResourceV1ResourceClaim>): string {
  const states = [metadata?.deletionTimestamp ? 'deleted' : '', status?.allocation ? 'allocated' : '', (status?.reservedFor ?? []).length > 0 ? 'reserved' : ''].filter(Boolean);
  return (status?.allocation ? states : [...states.filter((state) => state !== 'reserved'), 'pending']).join(',');
}
