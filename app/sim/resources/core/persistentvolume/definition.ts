import { rfc3339 } from '../../../../base/clock/index.ts';
import type { PersistentVolume } from '../../../../contracts/k8s/index.ts';
import { defineResource } from '../../definition.ts';
import { objectAge, objectName } from '../../shared/ages.ts';
import { columnsOf } from '../../shared/columns.ts';
import { accessModesText, storageClassText } from '../../shared/storage-rules.ts';
import { validatePersistentVolume } from './validation.ts';

export const persistentVolume = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  scope: 'Cluster',
  shortNames: ['pv'],
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  storage: 'persistentvolumes',

  /** models pkg/apis/core/v1: SetDefaults_PersistentVolume */
  applyDefaults(object) {
    const spec = (object.spec ??= {});
    spec.persistentVolumeReclaimPolicy ??= 'Retain';
    spec.volumeMode ??= 'Filesystem';
    if (spec.hostPath) spec.hostPath.type ??= '';
    if (spec.claimRef?.name) {
      spec.claimRef.kind ??= 'PersistentVolumeClaim';
      spec.claimRef.apiVersion ??= 'v1';
    }
    if (object.status) object.status.phase ??= 'Pending';
  },
  prepareForCreate(object, { now }) {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(now) };
  },
  prepareForUpdate(next, previous) {
    next.status = previous.status!;
  },
  validate: validatePersistentVolume,

  columns: columnsOf<PersistentVolume>('v1/persistentvolumes', [
    objectName,
    (object) => object.spec?.capacity?.['storage'] ?? '0',
    (object) => accessModesText(object.spec?.accessModes),
    (object) => object.spec?.persistentVolumeReclaimPolicy ?? '',
    (object) => (object.metadata?.deletionTimestamp ? 'Terminating' : (object.status?.phase ?? '')),
    (object) => (object.spec?.claimRef ? `${object.spec.claimRef.namespace ?? ''}/${object.spec.claimRef.name ?? ''}` : ''),
    storageClassText,
    (object) => object.spec?.volumeAttributesClassName ?? '<unset>',
    (object) => object.status?.reason ?? '',
    objectAge,
    (object) => object.spec?.volumeMode ?? '<unset>',
  ]),
  subresources: {
    status: {
      prepareForUpdate(next, previous, { now }) {
        if (next.status && next.status.phase !== previous.status?.phase) next.status.lastPhaseTransitionTime ??= rfc3339(now);
        if (next.status && next.status.phase !== previous.status?.phase && next.status.lastPhaseTransitionTime === previous.status?.lastPhaseTransitionTime) next.status.lastPhaseTransitionTime = rfc3339(now);
      },
    },
  },
});
