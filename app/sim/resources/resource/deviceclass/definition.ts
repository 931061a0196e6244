import type { DeviceClass } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { bumpGeneration, startGeneration } from '../../shared/generation.ts';
import { validateSelectors } from '../requests.ts';

export const deviceClass = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  scope: 'Cluster',
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  storage: 'deviceclasses',
  prepareForCreate: startGeneration,
  prepareForUpdate: (next, previous) => bumpGeneration(next, previous),
  validate: (object) => validateSelectors(object.spec.selectors, 'spec.selectors'),
  columns: columnsOf<DeviceClass>('resource.k8s.io/v1/deviceclasses', [objectName, objectAge]),
});
