import type { RuntimeClass } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems } from '../../../machinery/names.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { invalid, invalidName } from '../../shared/findings.ts';
import { amountFindings, containerResourceNameFindings } from '../../shared/resource-names.ts';
import { validateLabels } from '../../shared/validate-labels.ts';

export const runtimeClass = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  scope: 'Cluster',
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  storage: 'runtimeclasses',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',
  validate: validateRuntimeClass,
  columns: columnsOf<RuntimeClass>('node.k8s.io/v1/runtimeclasses', [objectName, (object) => object.handler ?? '', objectAge]),
});

/** models pkg/apis/node/validation: ValidateRuntimeClass, ValidateRuntimeClassUpdate */
function validateRuntimeClass(object: Readonly<RuntimeClass>, previous?: Readonly<RuntimeClass>): FieldError[] {
  if (previous) return object.handler === previous.handler ? [] : [invalid('handler', object.handler ?? '', 'field is immutable')];
  return [
    ...invalidName('handler', object.handler ?? '', dns1123LabelProblems(object.handler ?? '')),
    ...Object.entries(object.overhead?.podFixed ?? {}).flatMap(([name, amount]) => [
      ...containerResourceNameFindings(name, `overhead.podFixed.limits[${name}]`),
      ...amountFindings(name, amount, `overhead.podFixed.limits[${name}]`),
    ]),
    ...validateLabels(object.scheduling?.nodeSelector, 'scheduling.nodeSelector'),
  ];
}
