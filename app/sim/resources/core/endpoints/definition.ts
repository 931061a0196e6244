import type { Endpoints } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { validateEndpoints } from './validation.ts';
import { objectAge, objectName } from '../../shared/ages.ts';

export const endpoints = defineResource<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  scope: 'Namespaced',
  shortNames: ['ep'],
  schema: 'io.k8s.api.core.v1.Endpoints',
  storage: 'services/endpoints',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  applyDefaults(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP';
  },
  validate: validateEndpoints,
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: columnsOf<Endpoints>('v1/endpoints', [objectName, endpointsText, objectAge]),
});

/** At most three, then `+ N more...`. models printers: formatEndpoints */
function endpointsText(object: Readonly<Endpoints>): string {
  const all = (object.subsets ?? []).flatMap((subset) => {
    const addresses = subset.addresses ?? [];
    const ports = subset.ports ?? [];
    return ports.length === 0 ? addresses.map(({ ip }) => ip) : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`));
  });
  if (all.length === 0) return '<none>';
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}
