import type { EndpointSlice } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { validateEndpointSlice } from './validation.ts';

export const endpointSlice = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  scope: 'Namespaced',
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  storage: 'endpointslices',
  deleteReturns: 'status',

  applyDefaults(object) {
    for (const port of object.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
    for (const endpoint of object.endpoints ?? []) {
      if (endpoint.conditions) continue;
      endpoint.conditions = {};
    }
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
  },
  /** Labels count too here. models pkg/registry/discovery/endpointslice: PrepareForUpdate */
  prepareForUpdate(next, previous) {
    const content = (slice: Readonly<EndpointSlice>): unknown => [slice.endpoints, slice.ports, slice.addressType, slice.metadata?.labels];
    if (!deepEqual(content(next), content(previous))) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateEndpointSlice,
  columns: columnsOf<EndpointSlice>('discovery.k8s.io/v1/endpointslices', [
    objectName,
    (object) => object.addressType ?? '',
    (object) => firstOf((object.ports ?? []).map((port) => (port.port === undefined ? '*' : String(port.port)))),
    (object) => firstOf((object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
    objectAge,
  ]),
});

/** At most three, then `+ N more...`; `<unset>` when there are none. */
function firstOf(items: readonly string[]): string {
  if (items.length === 0) return '<unset>';
  return items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',');
}
