import type { LimitRange, LimitRangeItem } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { validateLimitRange } from './validation.ts';

export const limitRange = defineResource<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  scope: 'Namespaced',
  shortNames: ['limits'],
  schema: 'io.k8s.api.core.v1.LimitRange',
  storage: 'limitranges',
  allowCreateOnUpdate: true,
  deleteReturns: 'status',
  emptyTableRowsNull: true,

  /** What a container may use at most is its limit, and that its request, unless said otherwise. models SetDefaults_LimitRangeItem */
  applyDefaults(object) {
    for (const item of (object.spec?.limits ?? []) as (LimitRangeItem & { default?: Record<string, string> })[]) {
      if (item.type !== 'Container') continue;
      const limits = { ...item.max, ...item.default };
      const requests = { ...item.min, ...limits, ...item.defaultRequest };
      if (Object.keys(limits).length > 0) item.default = limits;
      if (Object.keys(requests).length > 0) item.defaultRequest = requests;
    }
  },
  validate: validateLimitRange,
  columns: columnsOf<LimitRange>('v1/limitranges', [objectName, (object) => object.metadata?.creationTimestamp ?? '']),
});
