import type { NetworkPolicy } from '../../../../contracts/k8s/index.ts';
import { formatLabelSelector } from '../../../machinery/labels.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { validateNetworkPolicy } from './validation.ts';

export const networkPolicy = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  scope: 'Namespaced',
  shortNames: ['netpol'],
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  storage: 'networkpolicies',
  deleteReturns: 'status',

  /** models pkg/apis/networking/v1: SetDefaults_NetworkPolicy */
  applyDefaults({ spec }) {
    if (!spec) return;
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: validateNetworkPolicy,
  columns: columnsOf<NetworkPolicy>('networking.k8s.io/v1/networkpolicies', [objectName, (object) => formatLabelSelector(object.spec?.podSelector ?? {}), objectAge]),
});
