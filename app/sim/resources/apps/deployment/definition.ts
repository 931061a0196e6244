import type { Deployment } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { formatLabelSelector, selectorFromLabelSelector } from '../../../machinery/labels.ts';
import { defineResource } from '../../definition.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validateReplicaStatus } from '../../shared/validate-replica-status.ts';
import { validateDeployment } from './validation.ts';

export const deployment = defineResource<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  scope: 'Namespaced',
  shortNames: ['deploy'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.Deployment',
  storage: 'deployments',
  deleteReturns: 'status',

  /** models pkg/apis/apps/v1: SetDefaults_Deployment */
  applyDefaults(object) {
    const spec = object.spec;
    if (!spec) return;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    if (spec.template?.spec) applyPodSpecDefaults(spec.template.spec, { isTemplate: true });
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    const annotationsChanged = !deepEqual(next.metadata?.annotations ?? {}, previous.metadata?.annotations ?? {});
    if (!deepEqual(next.spec, previous.spec) || annotationsChanged) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateDeployment,

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<Deployment>('apps/v1/deployments', [
    objectName,
    (object) => `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    (object) => object.status?.updatedReplicas ?? 0,
    (object) => object.status?.availableReplicas ?? 0,
    objectAge,
    (object) => (object.spec?.template?.spec?.containers ?? []).map((container) => container.name).join(','),
    (object) => (object.spec?.template?.spec?.containers ?? []).map((container) => container.image).join(','),
    (object) => formatLabelSelector(object.spec?.selector),
  ]),
  subresources: {
    status: {
      validate: ({ status }) => validateReplicaStatus(status, ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'], ['updatedReplicas', 'readyReplicas', 'availableReplicas'], 'readyReplicas'),
      /** models pkg/registry/apps/deployment: deploymentStatusStrategy */
      prepareForUpdate(next, previous) {
        if (previous.metadata?.labels) next.metadata!.labels = { ...previous.metadata.labels };
        else delete next.metadata!.labels;
      },
    },
    scale: {
      specReplicasPath: 'spec.replicas',
      statusReplicasPath: 'status.replicas',
      selector: (object) => selectorFromLabelSelector((object as unknown as Deployment).spec?.selector).toString(),
    },
  },
});
