import type { PriorityClass } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { forbidden, invalid, notSupported } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';

const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

export const priorityClass = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  scope: 'Cluster',
  shortNames: ['pc'],
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  storage: 'priorityclasses',
  deleteReturns: 'status',

  applyDefaults(object) {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  prepareForCreate: startGeneration,
  prepareForUpdate(next, previous) {
    bumpGeneration(next, previous, ({ value, globalDefault, description, preemptionPolicy }) => [value, globalDefault, description, preemptionPolicy]);
  },
  validate: validatePriorityClass,
  refuseDeletion: (object) => (SYSTEM_CLASSES[object.metadata?.name ?? ''] === undefined ? undefined : 'this is a system priority class and cannot be deleted'),
  columns: columnsOf<PriorityClass>('scheduling.k8s.io/v1/priorityclasses', [
    objectName,
    (object) => object.value ?? 0,
    (object) => object.globalDefault ?? false,
    objectAge,
    (object) => object.preemptionPolicy ?? '',
  ]),
});

/** models pkg/apis/scheduling/validation */
function validatePriorityClass(object: Readonly<PriorityClass>, previous?: Readonly<PriorityClass>): FieldError[] {
  const findings: FieldError[] = [];
  if (previous) {
    if ((object.value ?? 0) !== (previous.value ?? 0)) findings.push(forbidden('value', 'may not be changed in an update.'));
    if (object.preemptionPolicy !== previous.preemptionPolicy) findings.push(invalid('preemptionPolicy', object.preemptionPolicy, 'field is immutable'));
    return findings;
  }
  const name = object.metadata?.name ?? '';
  if (name.startsWith('system-')) {
    const problem = systemClassProblem(object);
    if (problem) findings.push(forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`));
  } else if ((object.value ?? 0) > HIGHEST_USER_PRIORITY) {
    findings.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`));
  }
  if (object.preemptionPolicy !== 'PreemptLowerPriority' && object.preemptionPolicy !== 'Never') findings.push(notSupported('preemptionPolicy', object.preemptionPolicy, ['PreemptLowerPriority', 'Never']));
  return findings;
}

/** models pkg/apis/scheduling: IsKnownSystemPriorityClass */
function systemClassProblem({ metadata, value, globalDefault }: Readonly<PriorityClass>): string | undefined {
  const name = metadata?.name ?? '';
  const wanted = SYSTEM_CLASSES[name];
  if (wanted === undefined) return `${name} is not a known system priority class`;
  if (value !== wanted) return `value of ${name} PriorityClass must be ${wanted}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
