import type { Namespace } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { columnsOf } from '../../shared/columns.ts';
import { objectAge, objectName } from '../../shared/ages.ts';

export const namespace = defineResource<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  scope: 'Cluster',
  shortNames: ['ns'],
  schema: 'io.k8s.api.core.v1.Namespace',
  storage: 'namespaces',
  nameRule: 'dns-label',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],

  applyDefaults(object) {
    if (object.metadata?.name) object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
  prepareForCreate(object) {
    object.spec = { finalizers: [...new Set([...(object.spec?.finalizers ?? []), 'kubernetes'])] };
    object.status = { phase: 'Active' };
  },
  prepareForUpdate(next, previous, { subresource }) {
    if (subresource !== 'finalize') next.spec = previous.spec!;
    next.status = previous.status!;
  },
  validate: () => [],
  columns: columnsOf<Namespace>('v1/namespaces', [objectName, (object) => object.status?.phase ?? '', objectAge]),
  selectableFields: { 'status.phase': (object) => object.status?.phase ?? '', name: (object) => object.metadata?.name ?? '' },
  subresources: { status: {}, others: { finalize: { kind: 'Namespace', verbs: ['update'] } } },
});
