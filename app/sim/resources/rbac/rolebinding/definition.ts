import type { RoleBinding } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { defaultBinding, subjectsText, validateBinding } from '../rules.ts';

export const roleBinding = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  scope: 'Namespaced',
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  storage: 'rolebindings',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  applyDefaults: defaultBinding,
  validate: (object, previous) => validateBinding(object, previous, 'Namespaced'),
  columns: columnsOf<RoleBinding>('rbac.authorization.k8s.io/v1/rolebindings', [
    objectName,
    (object) => `${object.roleRef?.kind}/${object.roleRef?.name}`,
    objectAge,
    (object) => subjectsText(object.subjects, 'User'),
    (object) => subjectsText(object.subjects, 'Group'),
    (object) => subjectsText(object.subjects, 'ServiceAccount'),
  ]),
});
