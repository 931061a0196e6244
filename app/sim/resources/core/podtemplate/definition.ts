import type { PodTemplate } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { labelsText, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { applyPodSpecDefaults } from '../../shared/pod-spec-defaults.ts';
import { validateLabels } from '../../shared/validate-labels.ts';
import { validatePodSpec } from '../../shared/validate-pod-spec.ts';

export const podTemplate = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  scope: 'Namespaced',
  schema: 'io.k8s.api.core.v1.PodTemplate',
  storage: 'podtemplates',

  applyDefaults(object) {
    if (object.template?.spec) applyPodSpecDefaults(object.template.spec, { isTemplate: true });
  },
  prepareForCreate: startGeneration,
  prepareForUpdate(next, previous) {
    bumpGeneration(next, previous, (object) => object.template);
  },
  /** models pkg/apis/core/validation: ValidatePodTemplate */
  validate: (object) => [
    ...validateLabels(object.template?.metadata?.labels, 'template.labels'),
    ...validatePodSpec(object.template?.spec ?? { containers: [] }, 'template.spec'),
  ],
  columns: columnsOf<PodTemplate>('v1/podtemplates', [
    objectName,
    (object) => (object.template?.spec?.containers ?? []).map((container) => container.name).join(','),
    (object) => (object.template?.spec?.containers ?? []).map((container) => container.image).join(','),
    (object) => labelsText(object.template?.metadata?.labels),
  ]),
});
