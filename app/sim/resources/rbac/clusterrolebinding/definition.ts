import type { ClusterRoleBinding } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { defaultBinding, subjectsText, validateBinding } from '../rules.ts';

export const clusterRoleBinding = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  scope: 'Cluster',
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  storage: 'clusterrolebindings',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  applyDefaults: defaultBinding,
  validate: (object, previous) => validateBinding(object, previous, 'Cluster'),
  columns: columnsOf<ClusterRoleBinding>('rbac.authorization.k8s.io/v1/clusterrolebindings', [
    objectName,
    (object) => `${object.roleRef?.kind}/${object.roleRef?.name}`,
    objectAge,
    (object) => subjectsText(object.subjects, 'User'),
    (object) => subjectsText(object.subjects, 'Group'),
    (object) => subjectsText(object.subjects, 'ServiceAccount'),
  ]),
});
