import type { AdmissionPlugin } from '../interfaces.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './certificates/certificates.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger/limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction/node-restriction.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { podResize } from './pod-resize.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { podTopologyLabels } from './pod-topology-labels.ts';
import { priority } from './priority.ts';
import { resourceQuotaAdmission } from './resource-quota/resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { mutatingAdmissionPolicies } from './policy/mutating.ts';
import { validatingAdmissionPolicies } from './policy/validating.ts';
import { mutatingWebhooks, validatingWebhooks } from '../webhooks/admission.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/** The plug-ins in the order of a real server. models pkg/kubeapiserver/options: AllOrderedPlugins */
export const admissionPlugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle, limitRanger, serviceAccountAdmission, nodeRestriction, taintNodesByCondition, podSecurity, priority, defaultTolerationSeconds,
  defaultStorageClass, storageObjectInUseProtection, persistentVolumeClaimResize, runtimeClass,
  certificateApproval, certificateSigning, certificateSubjectRestriction, defaultIngressClass, podTopologyLabels, podResize,
  mutatingAdmissionPolicies, mutatingWebhooks, validatingAdmissionPolicies, validatingWebhooks,
  // After everything that may still refuse: what is charged here is to be stored.
  resourceQuotaAdmission,
];
