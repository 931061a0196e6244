import type { FlowSchema } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { validateFlowSchema } from './validation.ts';

export const flowSchema = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  singular: 'flowschema',
  scope: 'Cluster',
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  storage: 'flowschemas',
  deleteReturns: 'status',

  applyDefaults(object) {
    if (object.spec) object.spec.matchingPrecedence ||= 1000;
  },
  prepareForCreate(object) {
    startGeneration(object);
    object.status = {};
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
    bumpGeneration(next, previous);
  },
  validate: validateFlowSchema,
  columns: columnsOf<FlowSchema>('flowcontrol.apiserver.k8s.io/v1/flowschemas', [
    objectName,
    (object) => object.spec?.priorityLevelConfiguration?.name ?? '',
    (object) => object.spec?.matchingPrecedence ?? 0,
    (object) => object.spec?.distinguisherMethod?.type || '<none>',
    objectAge,
    (object) => object.status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
  ]),
  subresources: { status: {} },
});
