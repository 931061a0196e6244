import type { CSINode } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { duplicate, invalid, invalidName, nonNegative, required } from '../../shared/findings.ts';

export const csiNode = defineResource<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  scope: 'Cluster',
  schema: 'io.k8s.api.storage.v1.CSINode',
  storage: 'csinodes',
  allowUnconditionalUpdate: false,
  applyDefaults(object) {
    if (object.spec && (object.spec.drivers ?? []).length === 0) object.spec.drivers = null as never;
  },
  validate,
  columns: columnsOf<CSINode>('storage.k8s.io/v1/csinodes', [objectName, (object) => (object.spec.drivers ?? []).length, objectAge]),
});

/** models pkg/apis/storage/validation: ValidateCSINode, ValidateCSINodeUpdate */
function validate(object: Readonly<CSINode>, previous?: Readonly<CSINode>): FieldError[] {
  const findings: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, driver] of (object.spec.drivers ?? []).entries()) {
    const at = `spec.drivers[${index}]`;
    if (!driver.name) findings.push(required(`${at}.name`));
    else findings.push(...invalidName(`${at}.name`, driver.name, dns1123SubdomainProblems(driver.name.toLowerCase())));
    if (!driver.nodeID) findings.push(required(`${at}.nodeID`));
    findings.push(...nonNegative(`${at}.allocatable.count`, driver.allocatable?.count));
    if (names.has(driver.name)) findings.push(duplicate(`${at}.name`, driver.name));
    names.add(driver.name);
    const before = previous?.spec.drivers?.find(({ name }) => name === driver.name);
    if (before && (before.nodeID !== driver.nodeID || !deepEqual(before.topologyKeys, driver.topologyKeys))) findings.push(invalid('spec.drivers', driver, 'field is immutable'));
  }
  return findings;
}
