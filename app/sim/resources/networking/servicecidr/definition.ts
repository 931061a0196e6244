import type { ServiceCIDR } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { networkBase, parseNetwork } from '../../../machinery/ip-addresses.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, required } from '../../shared/findings.ts';

export const serviceCIDR = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  scope: 'Cluster',
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  storage: 'servicecidrs',
  deleteReturns: 'status',

  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validateServiceCIDR,
  columns: columnsOf<ServiceCIDR>('networking.k8s.io/v1/servicecidrs', [objectName, (object) => (object.spec?.cidrs ?? []).join(','), objectAge]),
  subresources: { status: {} },
});

/** models pkg/apis/networking/validation: ValidateServiceCIDR, ValidateServiceCIDRUpdate */
function validateServiceCIDR(object: Readonly<ServiceCIDR>, previous?: Readonly<ServiceCIDR>): FieldError[] {
  const cidrs = object.spec?.cidrs ?? [];
  if (previous) return deepEqual(cidrs, previous.spec?.cidrs ?? []) ? [] : [invalid('spec.cidrs', cidrs, 'field is immutable')];
  if (cidrs.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid('spec', object.spec, 'may only hold up to 2 values')];
  const networks = cidrs.map((text) => parseNetwork(text));
  const findings = cidrs.flatMap((text, index): FieldError[] => {
    const network = networks[index];
    if (!network) return [invalid(`spec.cidrs[${index}]`, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
    return networkBase(network) === network.address ? [] : [invalid(`spec.cidrs[${index}]`, text, 'must not have bits set beyond the prefix length')];
  });
  if (networks.length === 2 && networks[0]?.family === networks[1]?.family) findings.push(invalid('spec.cidrs', cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'));
  return findings;
}
