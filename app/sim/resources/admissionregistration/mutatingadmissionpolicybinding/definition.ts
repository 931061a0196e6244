import type { MutatingAdmissionPolicyBinding } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { paramRefText, validateBindingSpec } from '../bindings.ts';
import { defaultMatchResources } from '../match-resources.ts';

export const mutatingAdmissionPolicyBinding = defineResource<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  storage: 'mutatingadmissionpolicybindings',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults: (object) => defaultMatchResources(object.spec?.matchResources),
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: (object) => validateBindingSpec(object.spec),
  columns: columnsOf<MutatingAdmissionPolicyBinding>('admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings', [
    objectName,
    (object) => object.spec?.policyName ?? '',
    (object) => paramRefText(object.spec?.paramRef),
    objectAge,
  ]),
});
