import type { ValidatingAdmissionPolicyBinding } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { duplicate, invalid, notSupported, required } from '../../shared/findings.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { paramRefText, validateBindingSpec } from '../bindings.ts';
import { defaultMatchResources } from '../match-resources.ts';

export const validatingAdmissionPolicyBinding = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  storage: 'validatingadmissionpolicybindings',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults: (object) => defaultMatchResources(object.spec?.matchResources),
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: (object) => [...validateBindingSpec(object.spec), ...actionFindings(object.spec?.validationActions ?? [])],
  columns: columnsOf<ValidatingAdmissionPolicyBinding>('admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', [
    objectName,
    (object) => object.spec?.policyName ?? '',
    (object) => paramRefText(object.spec?.paramRef),
    objectAge,
  ]),
});

const ACTIONS = ['Audit', 'Deny', 'Warn'];

/** models validation: validateValidationActions */
function actionFindings(actions: readonly string[]): FieldError[] {
  const field = 'spec.validationActions';
  if (actions.length === 0) return [required(field, `at least one validation action is required`)];
  const findings = actions.flatMap((action, index): FieldError[] => {
    if (!ACTIONS.includes(action)) return [notSupported(`${field}[${index}]`, action, ACTIONS)];
    return actions.indexOf(action) < index ? [duplicate(`${field}[${index}]`, action)] : [];
  });
  if (actions.includes('Deny') && actions.includes('Warn')) findings.push(invalid(field, actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'));
  return findings;
}
