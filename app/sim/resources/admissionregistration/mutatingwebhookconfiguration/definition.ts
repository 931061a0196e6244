import type { MutatingWebhookConfiguration } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { defaultWebhook, validateWebhooks } from '../webhooks.ts';

export const mutatingWebhookConfiguration = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  storage: 'mutatingwebhookconfigurations',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults(object) {
    for (const webhook of object.webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  prepareForCreate: startGeneration,
  prepareForUpdate(next, previous) {
    bumpGeneration(next, previous, (object) => object.webhooks);
  },
  validate: (object) => validateWebhooks(object.webhooks),
  columns: columnsOf<MutatingWebhookConfiguration>('admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', [objectName, (object) => (object.webhooks ?? []).length, objectAge]),
});
