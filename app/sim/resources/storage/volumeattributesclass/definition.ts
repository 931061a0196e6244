import type { VolumeAttributesClass } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { qualifiedNameProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { forbidden, invalidName, required } from '../../shared/findings.ts';

export const volumeAttributesClass = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  scope: 'Cluster',
  shortNames: ['vac'],
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  storage: 'volumeattributesclasses',
  validate,
  columns: columnsOf<VolumeAttributesClass>('storage.k8s.io/v1/volumeattributesclasses', [objectName, (object) => object.driverName, objectAge]),
});

/** models pkg/apis/storage/validation: ValidateVolumeAttributesClass, ValidateVolumeAttributesClassUpdate */
function validate(object: Readonly<VolumeAttributesClass>, previous?: Readonly<VolumeAttributesClass>): FieldError[] {
  const findings: FieldError[] = [];
  if (!object.driverName) findings.push(required('driverName'));
  else findings.push(...invalidName('driverName', object.driverName, qualifiedNameProblems(object.driverName.toLowerCase())));
  if (Object.keys(object.parameters ?? {}).length === 0) findings.push(required('parameters', 'must contain at least one key/value pair'));
  if (previous && object.driverName !== previous.driverName) findings.push(forbidden('driverName', 'updates to driverName are forbidden.'));
  if (previous && !deepEqual(object.parameters ?? {}, previous.parameters ?? {})) findings.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  return findings;
}
