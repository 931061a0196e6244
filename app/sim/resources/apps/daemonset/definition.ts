import type { DaemonSet } from '../../../../contracts/k8s/index.ts';
import { formatLabelSelector } from '../../../machinery/labels.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { podSpecWarnings } from '../../shared/pod-warnings.ts';
import { columnsOf } from '../../shared/columns.ts';
import { containerImages, containerNames } from '../../shared/container-cells.ts';
import { labelsText, objectAge, objectName } from '../../shared/ages.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validateDaemonSet } from './validation.ts';

/** Counts changes of the template; kept for clients of an API version that had it as a field. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

export const daemonSet = defineResource<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  scope: 'Namespaced',
  shortNames: ['ds'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  storage: 'daemonsets',
  deleteReturns: 'status',

  /** models pkg/apis/apps/v1: SetDefaults_DaemonSet */
  applyDefaults(object) {
    const spec = object.spec;
    if (!spec) return;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) applyPodSpecDefaults(spec.template.spec, { isTemplate: true });
  },
  prepareForCreate(object) {
    object.metadata!.generation = 1;
    object.metadata!.annotations = { ...object.metadata!.annotations, [TEMPLATE_GENERATION]: '1' };
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  /** models pkg/registry/apps/daemonset: daemonSetStrategy.PrepareForUpdate */
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    const before = Number(previous.metadata?.annotations?.[TEMPLATE_GENERATION] ?? 0);
    const isNewTemplate = !deepEqual(next.spec?.template, previous.spec?.template);
    next.metadata!.annotations = { ...next.metadata!.annotations, [TEMPLATE_GENERATION]: String(isNewTemplate ? before + 1 : before) };
    if (!deepEqual(next.spec, previous.spec)) next.metadata!.generation = (previous.metadata?.generation ?? 0) + 1;
  },
  validate: validateDaemonSet,

  warnings: (object, previous) => (previous && previous.metadata?.generation === object.metadata?.generation ? [] : podSpecWarnings(object.spec?.template?.spec, 'spec.template.spec')),
  columns: columnsOf<DaemonSet>('apps/v1/daemonsets', [
    objectName,
    (object) => object.status?.desiredNumberScheduled ?? 0,
    (object) => object.status?.currentNumberScheduled ?? 0,
    (object) => object.status?.numberReady ?? 0,
    (object) => object.status?.updatedNumberScheduled ?? 0,
    (object) => object.status?.numberAvailable ?? 0,
    (object) => labelsText(object.spec?.template?.spec?.nodeSelector),
    objectAge,
    (object) => containerNames(object.spec?.template),
    (object) => containerImages(object.spec?.template),
    (object) => formatLabelSelector(object.spec?.selector),
  ]),
  subresources: { status: {} },
});
