import type { ServiceAccount } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';

export const serviceAccount = defineResource<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  scope: 'Namespaced',
  shortNames: ['sa'],
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  storage: 'serviceaccounts',
  validate: () => [],
  columns: columnsOf<ServiceAccount>('v1/serviceaccounts', [objectName, objectAge]),
  subresources: { others: { token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] } } },
});
