import type { ControllerRevision } from '../../../../contracts/k8s/index.ts';
import { controllerOf, deepEqual } from '../../../machinery/objects.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { invalid, nonNegative, required } from '../../shared/findings.ts';

/** A kept version of a StatefulSet's or DaemonSet's template. */
export const controllerRevision = defineResource<ControllerRevision>({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  scope: 'Namespaced',
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  storage: 'controllerrevisions',
  deleteReturns: 'status',
  /** models pkg/apis/apps/validation: ValidateControllerRevision */
  validate(object, previous) {
    const data = object.data as unknown;
    return [
      ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
      ...nonNegative('revision', object.revision),
      ...(previous && !deepEqual(data, previous.data) ? [invalid('data', data, 'field is immutable')] : []),
    ];
  },
  columns: columnsOf<ControllerRevision>('apps/v1/controllerrevisions', [objectName, controllerText, (object) => object.revision, objectAge]),
});

/** `statefulset.apps/zk` */
function controllerText(object: Readonly<ControllerRevision>): string {
  const owner = object.metadata ? controllerOf({ metadata: object.metadata as never }) : undefined;
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
