import type { KubeObject } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';

const FINALIZERS: Readonly<Record<string, string>> = {
  '/persistentvolumes': 'kubernetes.io/pv-protection',
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
};

/** Volumes, claims and classes are born with a finalizer that the protection loops take away. models plugin/pkg/admission/storage/storageobjectinuseprotection */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && subresource === '' && FINALIZERS[`${group}/${resource}`] !== undefined,
  admit({ object, group, resource }) {
    const { metadata } = object as KubeObject;
    const finalizer = FINALIZERS[`${group}/${resource}`]!;
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
