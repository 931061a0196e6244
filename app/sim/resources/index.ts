import { mutatingAdmissionPolicy } from './admissionregistration/mutatingadmissionpolicy/definition.ts';
import { mutatingAdmissionPolicyBinding } from './admissionregistration/mutatingadmissionpolicybinding/definition.ts';
import { mutatingWebhookConfiguration } from './admissionregistration/mutatingwebhookconfiguration/definition.ts';
import { validatingAdmissionPolicy } from './admissionregistration/validatingadmissionpolicy/definition.ts';
import { validatingAdmissionPolicyBinding } from './admissionregistration/validatingadmissionpolicybinding/definition.ts';
import { validatingWebhookConfiguration } from './admissionregistration/validatingwebhookconfiguration/definition.ts';
import { apiService } from './apiregistration/apiservice/definition.ts';
import { controllerRevision } from './apps/controllerrevision/definition.ts';
import { daemonSet } from './apps/daemonset/definition.ts';
import { deployment } from './apps/deployment/definition.ts';
import { replicaSet } from './apps/replicaset/definition.ts';
import { statefulSet } from './apps/statefulset/definition.ts';
import { horizontalPodAutoscaler, horizontalPodAutoscalerV1 } from './autoscaling/horizontalpodautoscaler/definition.ts';
import { cronJob } from './batch/cronjob/definition.ts';
import { job } from './batch/job/definition.ts';
import { certificateSigningRequest } from './certificates/certificatesigningrequest/definition.ts';
import { selfSubjectReview } from './authentication/selfsubjectreview/definition.ts';
import { tokenReview } from './authentication/tokenreview/definition.ts';
import { localSubjectAccessReview } from './authorization/localsubjectaccessreview/definition.ts';
import { selfSubjectAccessReview } from './authorization/selfsubjectaccessreview/definition.ts';
import { selfSubjectRulesReview } from './authorization/selfsubjectrulesreview/definition.ts';
import { subjectAccessReview } from './authorization/subjectaccessreview/definition.ts';
import { lease } from './coordination/lease/definition.ts';
import { customResourceDefinition } from './apiextensions/customresourcedefinition/definition.ts';
import { binding } from './core/binding/definition.ts';
import { componentStatus } from './core/componentstatus/definition.ts';
import { configMap } from './core/configmap/definition.ts';
import { endpoints } from './core/endpoints/definition.ts';
import { event } from './core/event/definition.ts';
import { limitRange } from './core/limitrange/definition.ts';
import { namespace } from './core/namespace/definition.ts';
import { node } from './core/node/definition.ts';
import { persistentVolume } from './core/persistentvolume/definition.ts';
import { persistentVolumeClaim } from './core/persistentvolumeclaim/definition.ts';
import { pod } from './core/pod/definition.ts';
import { podTemplate } from './core/podtemplate/definition.ts';
import { replicationController } from './core/replicationcontroller/definition.ts';
import { resourceQuota } from './core/resourcequota/definition.ts';
import { secret } from './core/secret/definition.ts';
import { service } from './core/service/definition.ts';
import { serviceAccount } from './core/serviceaccount/definition.ts';
import { endpointSlice } from './discovery/endpointslice/definition.ts';
import { eventsEvent } from './events/event/definition.ts';
import { flowSchema } from './flowcontrol/flowschema/definition.ts';
import { priorityLevelConfiguration } from './flowcontrol/prioritylevelconfiguration/definition.ts';
import { ingress } from './networking/ingress/definition.ts';
import { ingressClass } from './networking/ingressclass/definition.ts';
import { ipAddress } from './networking/ipaddress/definition.ts';
import { networkPolicy } from './networking/networkpolicy/definition.ts';
import { serviceCIDR } from './networking/servicecidr/definition.ts';
import { runtimeClass } from './node/runtimeclass/definition.ts';
import { podDisruptionBudget } from './policy/poddisruptionbudget/definition.ts';
import { clusterRole } from './rbac/clusterrole/definition.ts';
import { clusterRoleBinding } from './rbac/clusterrolebinding/definition.ts';
import { role } from './rbac/role/definition.ts';
import { roleBinding } from './rbac/rolebinding/definition.ts';
import { deviceClass } from './resource/deviceclass/definition.ts';
import { resourceClaim } from './resource/resourceclaim/definition.ts';
import { resourceClaimTemplate } from './resource/resourceclaimtemplate/definition.ts';
import { resourceSlice } from './resource/resourceslice/definition.ts';
import { priorityClass } from './scheduling/priorityclass/definition.ts';
import { csiDriver } from './storage/csidriver/definition.ts';
import { csiNode } from './storage/csinode/definition.ts';
import { csiStorageCapacity } from './storage/csistoragecapacity/definition.ts';
import { storageClass } from './storage/storageclass/definition.ts';
import { volumeAttachment } from './storage/volumeattachment/definition.ts';
import { volumeAttributesClass } from './storage/volumeattributesclass/definition.ts';
import type { ResourceDefinition } from './definition.ts';

/** Every kind that the API server serves, one a line. Nothing else lists them: routes, discovery, OpenAPI and storage follow from this. */
export const resourceDefinitions: readonly ResourceDefinition[] = [
  binding,
  componentStatus,
  configMap,
  endpoints,
  event,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  replicationController,
  secret,
  serviceAccount,
  service,
  limitRange,
  podTemplate,
  resourceQuota,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  horizontalPodAutoscaler,
  horizontalPodAutoscalerV1,
  cronJob,
  job,
  apiService,
  certificateSigningRequest,
  ingressClass,
  ingress,
  ipAddress,
  networkPolicy,
  serviceCIDR,
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
  priorityClass,
  runtimeClass,
  deviceClass,
  resourceClaim,
  resourceClaimTemplate,
  resourceSlice,
  flowSchema,
  priorityLevelConfiguration,
  selfSubjectReview,
  tokenReview,
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  lease,
  endpointSlice,
  eventsEvent,
  podDisruptionBudget,
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
  customResourceDefinition,
];
