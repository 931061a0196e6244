import type { PersistentVolumeClaim } from '../../../contracts/k8s/index.ts';
import { parseQuantity, Quantity } from '../quantity.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const NAMES = ['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage'];
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Claims by number and size, also for each storage class. models pkg/quota/v1/evaluator/core: pvcEvaluator */
export const claimEvaluator: QuotaEvaluator = {
  handles: (operation, subresource) => (operation === 'CREATE' || operation === 'UPDATE') && subresource === '',
  matching: (names) => names.filter((name) => NAMES.includes(name) || name.endsWith(`${CLASS_SUFFIX}requests.storage`) || name.endsWith(`${CLASS_SUFFIX}persistentvolumeclaims`)),
  inScope({ scopeName, operator, values = [] }, object) {
    if (scopeName !== 'VolumeAttributesClass') return false;
    const { spec, status } = object as PersistentVolumeClaim;
    const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName].filter((name): name is string => Boolean(name));
    switch (operator) {
      case 'Exists':
        return names.length > 0;
      case 'DoesNotExist':
        return names.length === 0;
      case 'In':
        return names.some((name) => values.includes(name));
      default:
        return names.every((name) => !values.includes(name));
    }
  },
  usage(object) {
    const { spec, status, metadata } = object as PersistentVolumeClaim;
    const one = Quantity.fromNumber(1);
    const className = metadata?.annotations?.[BETA_CLASS] ?? spec?.storageClassName;
    const asked = parseQuantity(spec?.resources?.requests?.['storage'] ?? '0');
    const allocated = parseQuantity(status?.allocatedResources?.['storage'] ?? '0');
    const storage = allocated.cmp(asked) > 0 ? allocated : asked;
    return {
      'count/persistentvolumeclaims': one,
      persistentvolumeclaims: one,
      'requests.storage': storage,
      ...(className ? { [`${className}${CLASS_SUFFIX}persistentvolumeclaims`]: one, [`${className}${CLASS_SUFFIX}requests.storage`]: storage } : {}),
    };
  },
};
