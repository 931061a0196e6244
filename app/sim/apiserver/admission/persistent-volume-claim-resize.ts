import type { PersistentVolumeClaim, StorageClass } from '../../../contracts/k8s/index.ts';
import { newForbidden } from '../../machinery/errors.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { storageClassText } from '../../resources/shared/storage-rules.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const CLAIMS = { group: '', resource: 'persistentvolumeclaims' };

/** A claim may grow only when its class says so. models plugin/pkg/admission/storage/persistentvolume/resize */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: ({ operation, group, resource, subresource }) => operation === 'UPDATE' && group === '' && resource === 'persistentvolumeclaims' && subresource === '',
  validate({ object, previous, name }, { reader }) {
    const size = (claim: PersistentVolumeClaim): ReturnType<typeof parseQuantity> => parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0');
    const before = previous as PersistentVolumeClaim;
    if (size(object as PersistentVolumeClaim).cmp(size(before)) <= 0) return;
    if (before.status?.phase !== 'Bound') throw newForbidden(CLAIMS, name, 'Only bound persistent volume claims can be expanded');
    const className = storageClassText(object as PersistentVolumeClaim);
    const found = className === '' || className !== storageClassText(before) ? undefined : reader.get<StorageClass>('storageclasses', undefined, className);
    if (found?.allowVolumeExpansion) return;
    throw newForbidden(CLAIMS, name, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  },
};
