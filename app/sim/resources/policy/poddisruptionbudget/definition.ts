import type { PodDisruptionBudget } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { invalid, notSupported } from '../../shared/findings.ts';
import { notMoreThanAll, validateIntOrPercent } from '../../shared/int-or-percent.ts';
import { validateLabelSelector } from '../../shared/validate-labels.ts';

const UNHEALTHY_POLICIES = ['AlwaysAllow', 'IfHealthyBudget'];

export const podDisruptionBudget = defineResource<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  scope: 'Namespaced',
  shortNames: ['pdb'],
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  storage: 'poddisruptionbudgets',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateBudget,

  columns: columnsOf<PodDisruptionBudget>('policy/v1/poddisruptionbudgets', [
    objectName,
    (object) => String(object.spec?.minAvailable ?? 'N/A'),
    (object) => String(object.spec?.maxUnavailable ?? 'N/A'),
    (object) => object.status?.disruptionsAllowed ?? 0,
    objectAge,
  ]),
  subresources: { status: {} },
});

/** models pkg/apis/policy/validation: ValidatePodDisruptionBudgetSpec */
function validateBudget(object: Readonly<PodDisruptionBudget>): FieldError[] {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = object.spec ?? {};
  const findings: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const internal = { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null };
    findings.push(invalid('spec', new Verbatim(JSON.stringify(internal)), 'minAvailable and maxUnavailable cannot be both set'));
  }
  findings.push(...validateIntOrPercent('spec.minAvailable', minAvailable), ...notMoreThanAll('spec.minAvailable', minAvailable));
  findings.push(...validateIntOrPercent('spec.maxUnavailable', maxUnavailable), ...notMoreThanAll('spec.maxUnavailable', maxUnavailable));
  findings.push(...validateLabelSelector(selector, 'spec.selector'));
  if (policy !== undefined && !UNHEALTHY_POLICIES.includes(policy)) findings.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, UNHEALTHY_POLICIES));
  return findings;
}
