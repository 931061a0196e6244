import type { AdmissionPlugin } from '../interfaces.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { priority } from './priority.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { mutatingAdmissionPolicies } from './policy/mutating.ts';
import { validatingAdmissionPolicies } from './policy/validating.ts';
import { mutatingWebhooks, validatingWebhooks } from '../webhooks/admission.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/** The plug-ins in the order of a real server. models pkg/kubeapiserver/options: AllOrderedPlugins */
export const admissionPlugins: readonly AdmissionPlugin[] = [namespaceLifecycle, serviceAccountAdmission, taintNodesByCondition, priority, defaultTolerationSeconds, defaultStorageClass, storageObjectInUseProtection, persistentVolumeClaimResize, mutatingAdmissionPolicies, mutatingWebhooks, validatingAdmissionPolicies, validatingWebhooks];
