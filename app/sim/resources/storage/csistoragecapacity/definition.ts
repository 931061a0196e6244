import type { CSIStorageCapacity } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { parseQuantity } from '../../../machinery/quantity.ts';
import { defineResource } from '../../definition.ts';
import { objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, invalidName, required } from '../../shared/findings.ts';
import { immutable } from '../../shared/storage-rules.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';

export const csiStorageCapacity = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  scope: 'Namespaced',
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  storage: 'csistoragecapacities',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',
  emptyTableRowsNull: true,
  validate,
  columns: columnsOf<CSIStorageCapacity>('storage.k8s.io/v1/csistoragecapacities', [objectName, (object) => object.metadata?.creationTimestamp ?? '']),
});

/** models pkg/apis/storage/validation: ValidateCSIStorageCapacity, ValidateCSIStorageCapacityUpdate */
function validate(object: Readonly<CSIStorageCapacity>, previous?: Readonly<CSIStorageCapacity>): FieldError[] {
  const findings = validateLabelSelector(object.nodeTopology, 'nodeTopology');
  if (!object.storageClassName) findings.push(required('storageClassName'));
  else findings.push(...invalidName('storageClassName', object.storageClassName, dns1123SubdomainProblems(object.storageClassName)));
  for (const field of ['capacity', 'maximumVolumeSize'] as const) {
    const value = object[field];
    if (value !== undefined && parseQuantity(value).sign < 0) findings.push(invalid(field, value, 'must be greater than or equal to 0'));
  }
  if (!previous) return findings;
  if (!deepEqual(object.nodeTopology, previous.nodeTopology)) findings.push(invalid('nodeTopology', object.nodeTopology ?? null, 'field is immutable'));
  return [...findings, ...immutable(object.storageClassName, previous.storageClassName, 'storageClassName')];
}
