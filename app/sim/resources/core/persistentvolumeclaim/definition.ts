import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { accessModesText, storageClassText } from '../../shared/storage-rules.ts';
import { validatePersistentVolumeClaim } from './validation.ts';

export const persistentVolumeClaim = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  scope: 'Namespaced',
  shortNames: ['pvc'],
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  storage: 'persistentvolumeclaims',

  applyDefaults(object) {
    const spec = (object.spec ??= {});
    spec.volumeMode ??= 'Filesystem';
    normalizeDataSources(spec);
    if (object.status) object.status.phase ??= 'Pending';
  },
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validatePersistentVolumeClaim,

  columns: columnsOf<PersistentVolumeClaim>('v1/persistentvolumeclaims', [
    objectName,
    (object) => (object.metadata?.deletionTimestamp ? 'Terminating' : (object.status?.phase ?? '')),
    (object) => object.spec?.volumeName ?? '',
    (object) => (object.spec?.volumeName ? (object.status?.capacity?.['storage'] ?? '0') : ''),
    (object) => (object.spec?.volumeName ? accessModesText(object.status?.accessModes) : ''),
    storageClassText,
    (object) => object.spec?.volumeAttributesClassName ?? '<unset>',
    objectAge,
    (object) => object.spec?.volumeMode ?? '<unset>',
  ]),
  selectableFields: { name: objectName },
  subresources: { status: {} },
});

/** Either data source stands for both, when it names a kind that both can. models persistentvolumeclaim: NormalizeDataSources */
function normalizeDataSources(spec: PersistentVolumeClaimSpec): void {
  for (const source of [spec.dataSource, spec.dataSourceRef]) if (source) source.apiGroup ??= null as never;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace && isCommon(spec.dataSourceRef)) spec.dataSource = { ...spec.dataSourceRef };
}

function isCommon({ apiGroup, kind }: { apiGroup?: string; kind?: string }): boolean {
  return (kind === 'PersistentVolumeClaim' && !apiGroup) || (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
}
