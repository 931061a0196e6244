import type { PersistentVolumeClaim, StorageClass, Stored } from '../../../contracts/k8s/index.ts';
import { BETA_STORAGE_CLASS } from '../../resources/shared/storage-rules.ts';
import { isDefaultClass } from '../../resources/storage/storageclass/definition.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

/** A claim that names no class gets the default one; of several, the youngest. models plugin/pkg/admission/storage/storageclass/setdefault */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === '' && resource === 'persistentvolumeclaims' && subresource === '',
  admit({ object }, { reader }) {
    const claim = object as PersistentVolumeClaim;
    if (!claim.spec || claim.spec.storageClassName !== undefined || claim.metadata?.annotations?.[BETA_STORAGE_CLASS]) return;
    const defaults = reader.list<Stored<StorageClass>>('storageclasses').filter(isDefaultClass);
    const newest = [...defaults].sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name))[0];
    if (newest) claim.spec.storageClassName = newest.metadata.name;
  },
};
