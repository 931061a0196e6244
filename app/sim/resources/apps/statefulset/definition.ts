import type { StatefulSet } from '../../../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { containerImages, containerNames } from '../../shared/container-cells.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validateReplicaStatus } from '../../shared/validate-replica-status.ts';
import { validateStatefulSet } from './validation.ts';

export const statefulSet = defineResource<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  scope: 'Namespaced',
  shortNames: ['sts'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  storage: 'statefulsets',
  deleteReturns: 'status',

  /** models pkg/apis/apps/v1: SetDefaults_StatefulSet */
  applyDefaults(object) {
    const spec = object.spec;
    if (!spec) return;
    spec.podManagementPolicy ??= 'OrderedReady';
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain';
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) applyPodSpecDefaults(spec.template.spec, { isTemplate: true });
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.kind = 'PersistentVolumeClaim';
      claim.apiVersion = 'v1';
      if (claim.spec) claim.spec.volumeMode ??= 'Filesystem';
      (claim.status ??= {}).phase ??= 'Pending';
    }
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = { replicas: 0 };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateStatefulSet,

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<StatefulSet>('apps/v1/statefulsets', [
    objectName,
    (object) => `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    objectAge,
    (object) => containerNames(object.spec?.template),
    (object) => containerImages(object.spec?.template),
  ]),
  subresources: {
    status: { validate: ({ status }) => validateReplicaStatus(status, ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas', 'observedGeneration'], ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'], 'status.readyReplicas') },
    scale: {
      specReplicasPath: 'spec.replicas',
      statusReplicasPath: 'status.replicas',
      selector: (object) => selectorFromLabelSelector((object as unknown as StatefulSet).spec?.selector).toString(),
    },
  },
});
