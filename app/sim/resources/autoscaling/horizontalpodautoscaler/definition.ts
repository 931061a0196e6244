import type { V2HorizontalPodAutoscaler } from '../../../../contracts/k8s/index.ts';
import { defineResource, type ResourceDefinition } from '../../definition.ts';
import { autoscalerColumns } from './cells.ts';
import { fromStored, toStored } from './conversion.ts';
import { applyAutoscalerDefaults } from './defaults.ts';
import { validateAutoscaler } from './validation.ts';

const both = {
  group: 'autoscaling',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  scope: 'Namespaced',
  shortNames: ['hpa'],
  categories: ['all'],
  storage: 'horizontalpodautoscalers',
  deleteReturns: 'status',
  prepareForCreate(object: V2HorizontalPodAutoscaler) {
    object.status = { desiredReplicas: 0 };
  },
  prepareForUpdate(next: V2HorizontalPodAutoscaler, previous: Readonly<V2HorizontalPodAutoscaler>) {
    next.status = previous.status!;
  },
  validate: validateAutoscaler,
  subresources: { status: {} },
} as const satisfies Partial<ResourceDefinition<V2HorizontalPodAutoscaler>>;

export const horizontalPodAutoscaler = defineResource<V2HorizontalPodAutoscaler>({
  ...both,
  version: 'v2',
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  applyDefaults: applyAutoscalerDefaults,
  columns: autoscalerColumns('autoscaling/v2/horizontalpodautoscalers'),
});

/** The older API of autoscalers, which knew CPU only: the same stored objects. */
export const horizontalPodAutoscalerV1 = defineResource<V2HorizontalPodAutoscaler>({
  ...both,
  version: 'v1',
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  applyDefaults(object) {
    if (object.spec) object.spec.minReplicas ??= 1;
  },
  columns: autoscalerColumns('autoscaling/v1/horizontalpodautoscalers'),
  storageVersion: { group: 'autoscaling', version: 'v2', schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', toStored, fromStored },
});
