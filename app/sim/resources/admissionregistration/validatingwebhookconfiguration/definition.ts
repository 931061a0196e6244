import type { ValidatingWebhookConfiguration } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { defaultWebhook, validateWebhooks } from '../webhooks.ts';

export const validatingWebhookConfiguration = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  scope: 'Cluster',
  categories: ['api-extensions'],
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  storage: 'validatingwebhookconfigurations',
  allowUnconditionalUpdate: false,
  deleteReturns: 'status',

  applyDefaults(object) {
    for (const webhook of object.webhooks ?? []) defaultWebhook(webhook);
  },
  prepareForCreate: startGeneration,
  prepareForUpdate(next, previous) {
    bumpGeneration(next, previous, (object) => object.webhooks);
  },
  validate: (object) => validateWebhooks(object.webhooks),
  columns: columnsOf<ValidatingWebhookConfiguration>('admissionregistration.k8s.io/v1/validatingwebhookconfigurations', [objectName, (object) => (object.webhooks ?? []).length, objectAge]),
});
