import type { ResourceQuota } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { validateQuotaStatus, validateResourceQuota } from './validation.ts';

export const resourceQuota = defineResource<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  scope: 'Namespaced',
  shortNames: ['quota'],
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  storage: 'resourcequotas',

  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validateResourceQuota,
  columns: columnsOf<ResourceQuota>('v1/resourcequotas', [
    objectName,
    (object) => usageText(object, (name) => !name.includes('limits')),
    (object) => usageText(object, (name) => name.includes('limits')),
    objectAge,
  ]),
  subresources: { status: { validate: validateQuotaStatus } },
});

/** `pods: 2/10, requests.cpu: 0/1`: models printers: printResourceQuota */
function usageText({ status }: Readonly<ResourceQuota>, selects: (name: string) => boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => selects(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ');
}
