import type { ReplicationController } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { selectorFromSet } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { containerImages, containerNames } from '../../shared/container-cells.ts';
import { labelsText, objectAge, objectName } from '../../shared/ages.ts';
import { nonNegative, required } from '../../shared/findings.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { selectorMatches, validateRunsForGood, validateTemplateContent } from '../../shared/validate-pod-template.ts';

/** What ReplicaSets were before Deployments. */
export const replicationController = defineResource<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  scope: 'Namespaced',
  shortNames: ['rc'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.ReplicationController',
  storage: 'controllers',
  defaultPropagation: 'orphan',
  deleteReturns: 'status',

  /** models pkg/apis/core/v1: SetDefaults_ReplicationController; selector and labels come from the template. */
  applyDefaults(object) {
    const spec = (object.spec ??= {});
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (object.metadata && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    if (spec.template?.spec) applyPodSpecDefaults(spec.template.spec, { isTemplate: true });
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.status = { replicas: 0 };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateReplicationController,

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<ReplicationController>('v1/replicationcontrollers', [
    objectName,
    (object) => object.spec?.replicas ?? 0,
    (object) => object.status?.replicas ?? 0,
    (object) => object.status?.readyReplicas ?? 0,
    objectAge,
    (object) => containerNames(object.spec?.template),
    (object) => containerImages(object.spec?.template),
    (object) => labelsText(object.spec?.selector),
  ]),
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: 'spec.replicas',
      statusReplicasPath: 'status.replicas',
      selector: (object) => selectorFromSet((object as unknown as ReplicationController).spec?.selector).toString(),
    },
  },
});

/** models pkg/apis/core/validation: ValidateReplicationControllerSpec */
function validateReplicationController(object: Readonly<ReplicationController>): FieldError[] {
  const spec = object.spec ?? {};
  const selector = selectorFromSet(spec.selector);
  const findings = nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  if (selector.empty) findings.push(required('spec.selector'));
  findings.push(...nonNegative('spec.replicas', spec.replicas));
  if (!spec.template) return [...findings, required('spec.template')];
  if (!selector.empty) findings.push(...selectorMatches(selector, spec.template.metadata?.labels));
  return [...findings, ...validateTemplateContent(spec.template, 'spec.template'), ...validateRunsForGood(spec.template.spec, 'ReplicationController')];
}
