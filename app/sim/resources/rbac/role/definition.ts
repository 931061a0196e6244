import type { Role } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectName } from '../../shared/ages.ts';
import { validateRules } from '../rules.ts';

export const role = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  scope: 'Namespaced',
  schema: 'io.k8s.api.rbac.v1.Role',
  storage: 'roles',
  nameRule: 'path-segment',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  validate: (object) => validateRules(object.rules, 'Namespaced'),
  columns: columnsOf<Role>('rbac.authorization.k8s.io/v1/roles', [objectName, (object) => object.metadata?.creationTimestamp ?? '']),
});
