import type { MutatingAdmissionPolicy } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { notSupported, required } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { commonFindings, expressionFindings } from '../expressions.ts';
import { defaultMatchResources, FAILURE_POLICIES, paramKindText, validateMatchConditions, validateMatchResources, validateParamKind } from '../match-resources.ts';
import { validateVariables } from '../validatingadmissionpolicy/validation.ts';

export const mutatingAdmissionPolicy = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  storage: 'mutatingadmissionpolicies',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults(object) {
    if (!object.spec) return;
    object.spec.failurePolicy ??= 'Fail';
    object.spec.reinvocationPolicy ??= 'Never';
    defaultMatchResources(object.spec.matchConstraints);
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: validatePolicy,
  columns: columnsOf<MutatingAdmissionPolicy>('admissionregistration.k8s.io/v1/mutatingadmissionpolicies', [
    objectName,
    (object) => (object.spec?.mutations ?? []).length,
    (object) => paramKindText(object.spec?.paramKind),
    objectAge,
  ]),
});

/** models pkg/apis/admissionregistration/validation: validateMutatingAdmissionPolicySpec */
function validatePolicy({ spec }: Readonly<MutatingAdmissionPolicy>): FieldError[] {
  const findings: FieldError[] = [];
  if (!FAILURE_POLICIES.includes(spec?.failurePolicy ?? '')) findings.push(notSupported('spec.failurePolicy', spec?.failurePolicy ?? '', FAILURE_POLICIES));
  findings.push(...validateParamKind(spec?.paramKind, 'spec.paramKind'));
  if (!spec?.matchConstraints) findings.push(required('spec.matchConstraints'));
  findings.push(...validateMatchResources(spec?.matchConstraints, 'spec.matchConstraints', true), ...validateMatchConditions(spec?.matchConditions, 'spec.matchConditions'), ...validateVariables(spec?.variables));
  if ((spec?.mutations ?? []).length === 0) findings.push(required('spec.mutations', 'mutations must contain at least one item'));
  for (const [index, mutation] of (spec?.mutations ?? []).entries()) {
    const at = `spec.mutations[${index}]`;
    if (!mutation.patchType) findings.push(required(`${at}.patchType`));
    else if (mutation.patchType === 'ApplyConfiguration') {
      if (!mutation.applyConfiguration) findings.push(required(`${at}.applyConfiguration`, 'applyConfiguration is required when patchType is ApplyConfiguration'));
    } else if (mutation.patchType === 'JSONPatch') {
      if (!mutation.jsonPatch) findings.push(required(`${at}.jsonPatch`, 'jsonPatch is required when patchType is JSONPatch'));
    } else findings.push(notSupported(`${at}.patchType`, mutation.patchType, ['ApplyConfiguration', 'JSONPatch']));
  }
  if (spec) {
    const { scope, findings: found } = commonFindings(spec);
    findings.push(...found);
    for (const [index, { applyConfiguration, jsonPatch }] of (spec.mutations ?? []).entries()) {
      findings.push(...expressionFindings(applyConfiguration?.expression, scope, [], `spec.mutations[${index}].applyConfiguration.expression`), ...expressionFindings(jsonPatch?.expression, scope, [], `spec.mutations[${index}].jsonPatch.expression`));
    }
  }
  if (spec?.reinvocationPolicy !== undefined && !['IfNeeded', 'Never'].includes(spec.reinvocationPolicy)) findings.push(notSupported('spec.reinvocationPolicy', spec.reinvocationPolicy, ['IfNeeded', 'Never']));
  return findings;
}
