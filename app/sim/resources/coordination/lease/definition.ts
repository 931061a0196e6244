import type { Lease } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { invalid, nonNegative } from '../../shared/findings.ts';

export const lease = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  scope: 'Namespaced',
  schema: 'io.k8s.api.coordination.v1.Lease',
  storage: 'leases',
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',
  /** Coordinated leader election is off by default: its fields are dropped. */
  applyDefaults(object) {
    delete object.spec?.strategy;
    delete object.spec?.preferredHolder;
  },
  validate(object) {
    const seconds = object.spec?.leaseDurationSeconds;
    return [
      ...(seconds !== undefined && seconds <= 0 ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
      ...nonNegative('spec.leaseTransitions', object.spec?.leaseTransitions),
    ];
  },
  columns: columnsOf<Lease>('coordination.k8s.io/v1/leases', [objectName, (object) => object.spec?.holderIdentity ?? '', objectAge]),
});
