import type { ValidatingAdmissionPolicy } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { defaultMatchResources, paramKindText } from '../match-resources.ts';
import { validatePolicy } from './validation.ts';

export const validatingAdmissionPolicy = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  storage: 'validatingadmissionpolicies',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults(object) {
    if (!object.spec) return;
    object.spec.failurePolicy ??= 'Fail';
    defaultMatchResources(object.spec.matchConstraints);
  },
  prepareForCreate(object) {
    startGeneration(object);
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    bumpGeneration(next, previous);
  },
  validate: validatePolicy,
  columns: columnsOf<ValidatingAdmissionPolicy>('admissionregistration.k8s.io/v1/validatingadmissionpolicies', [
    objectName,
    (object) => (object.spec?.validations ?? []).length,
    (object) => paramKindText(object.spec?.paramKind),
    objectAge,
  ]),
  subresources: { status: {} },
});
