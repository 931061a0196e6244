import type { ReplicaSet } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { formatLabelSelector, selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { defineResource } from '../../definition.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { invalid, nonNegative } from '../../shared/findings.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validatePodTemplate } from '../../shared/validate-pod-template.ts';
import { validateReplicaStatus } from '../../shared/validate-replica-status.ts';

export const replicaSet = defineResource<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  scope: 'Namespaced',
  shortNames: ['rs'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  storage: 'replicasets',
  deleteReturns: 'status',

  applyDefaults(object) {
    if (!object.spec) return;
    object.spec.replicas ??= 1;
    if (object.spec.template?.spec) applyPodSpecDefaults(object.spec.template.spec, { isTemplate: true });
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = { replicas: 0 };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate(object, previous) {
    if (!object.spec) return [];
    const findings = [
      ...nonNegative('spec.replicas', object.spec.replicas),
      ...nonNegative('spec.minReadySeconds', object.spec.minReadySeconds),
      ...validatePodTemplate(object.spec.selector, object.spec.template, 'deployment', ['Always']),
    ];
    if (previous && !deepEqual(object.spec.selector, previous.spec?.selector)) findings.push(invalid('spec.selector', object.spec.selector, 'field is immutable'));
    return findings;
  },

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<ReplicaSet>('apps/v1/replicasets', [
    objectName,
    (object) => object.spec?.replicas ?? 0,
    (object) => object.status?.replicas ?? 0,
    (object) => object.status?.readyReplicas ?? 0,
    objectAge,
    (object) => (object.spec?.template?.spec?.containers ?? []).map((container) => container.name).join(','),
    (object) => (object.spec?.template?.spec?.containers ?? []).map((container) => container.image).join(','),
    (object) => formatLabelSelector(object.spec?.selector),
  ]),
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  subresources: {
    status: { validate: ({ status }) => validateReplicaStatus(status, ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'], ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], 'readyReplicas') },
    scale: {
      specReplicasPath: 'spec.replicas',
      statusReplicasPath: 'status.replicas',
      selector: (object) => selectorFromLabelSelector((object as unknown as ReplicaSet).spec?.selector).toString(),
    },
  },
});
