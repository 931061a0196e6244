import type { ClusterRole } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectName } from '../../shared/ages.ts';
import { required } from '../../shared/findings.ts';
import { validateRules } from '../rules.ts';

export const clusterRole = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  scope: 'Cluster',
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  storage: 'clusterroles',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  validate: (object) => [...validateRules(object.rules, 'Cluster'), ...(object.aggregationRule && (object.aggregationRule.clusterRoleSelectors ?? []).length === 0 ? [required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil')] : [])],
  columns: columnsOf<ClusterRole>('rbac.authorization.k8s.io/v1/clusterroles', [objectName, (object) => object.metadata?.creationTimestamp ?? '']),
});
