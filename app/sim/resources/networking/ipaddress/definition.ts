import type { IPAddress } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { isIPAddress } from '../../../machinery/ip-addresses.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, required } from '../../shared/findings.ts';

/** A Service's address in use: made by the API server when it gives one out. */
export const ipAddress = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  scope: 'Cluster',
  shortNames: ['ip'],
  schema: 'io.k8s.api.networking.v1.IPAddress',
  storage: 'ipaddresses',
  nameRule: 'path-segment',
  deleteReturns: 'status',
  validate: validateAddress,
  columns: columnsOf<IPAddress>('networking.k8s.io/v1/ipaddresses', [objectName, parentText]),
  unnamedCells: [objectAge],
  selectableFields: {},
});

/** models pkg/apis/networking/validation: ValidateIPAddress, ValidateIPAddressUpdate */
function validateAddress(object: Readonly<IPAddress>, previous?: Readonly<IPAddress>): FieldError[] {
  const name = object.metadata?.name ?? '';
  const findings: FieldError[] = isIPAddress(name) ? [] : [invalid('metadata.name', name, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  const parent = object.spec?.parentRef;
  if (!parent) findings.push(required('spec.parentRef'));
  else {
    if (!parent.resource) findings.push(required('spec.parentRef.resource'));
    if (!parent.name) findings.push(required('spec.parentRef.name'));
  }
  if (previous && !deepEqual(parent, previous.spec?.parentRef)) findings.push(invalid('spec.parentRef', parent ?? null, 'field is immutable'));
  return findings;
}

/** `services/default/web`, with the group after the resource. models printers: printIPAddress */
function parentText({ spec }: Readonly<IPAddress>): string {
  const { group, resource = '', namespace, name = '' } = spec?.parentRef ?? {};
  return [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), name].join('/');
}
