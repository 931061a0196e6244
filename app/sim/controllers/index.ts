import type { Controller } from './context.ts';
import { attachDetachController } from './attach-detach/attach-detach.ts';
import { clusterRoleAggregationController } from './clusterrole-aggregation/clusterrole-aggregation.ts';
import { csrApprovingController } from './csr-approving/csr-approving.ts';
import { csrCleaningController } from './csr-cleaning/csr-cleaning.ts';
import { csrSigningController } from './csr-signing/csr-signing.ts';
import { resourceQuotaController } from './resourcequota/resourcequota.ts';
import { cronJobController } from './cronjob/cronjob.ts';
import { daemonSetController } from './daemonset/daemonset.ts';
import { deploymentController } from './deployment/deployment.ts';
import { disruptionController } from './disruption/disruption.ts';
import { endpointsController } from './endpoints/endpoints.ts';
import { endpointSliceController } from './endpointslice/endpointslice.ts';
import { endpointSliceMirroringController } from './endpointslice-mirroring/endpointslice-mirroring.ts';
import { ephemeralVolumeController } from './ephemeral-volume/ephemeral-volume.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { horizontalPodAutoscalingController } from './horizontal-pod-autoscaling/horizontal-pod-autoscaling.ts';
import { jobController } from './job/job.ts';
import { legacyTokenCleaningController } from './legacy-token-cleaning/legacy-token-cleaning.ts';
import { namespaceController } from './namespace/namespace.ts';
import { nodeIpamController } from './node-ipam/node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle.ts';
import { persistentVolumeBinder } from './persistent-volume-binder/persistent-volume-binder.ts';
import { podGarbageCollector } from './pod-garbage-collector/pod-garbage-collector.ts';
import { replicaSetController } from './replicaset/replicaset.ts';
import { replicationControllerController } from './replicationcontroller/replicationcontroller.ts';
import { rootCaPublisher } from './root-ca-publisher/root-ca-publisher.ts';
import { serviceAccountController } from './serviceaccount/serviceaccount.ts';
import { serviceAccountTokenController } from './serviceaccount-token/serviceaccount-token.ts';
import { serviceCIDRController } from './service-cidr/service-cidr.ts';
import { statefulSetController } from './statefulset/statefulset.ts';
import { attributesClassProtection, claimProtection, volumeProtection } from './storage-protection/storage-protection.ts';
import { ttlAfterFinishedController } from './ttl-after-finished/ttl-after-finished.ts';
import { validatingAdmissionPolicyStatus } from './validatingadmissionpolicy-status/validatingadmissionpolicy-status.ts';
import { taintEvictionController } from './taint-eviction/taint-eviction.ts';
import { volumeExpandController } from './volume-expand/volume-expand.ts';

/** The loops of kube-controller-manager. */
export const controllers: readonly Controller[] = [
  clusterRoleAggregationController, resourceQuotaController, csrApprovingController, csrSigningController, csrCleaningController,
  serviceAccountController, rootCaPublisher, namespaceController, nodeLifecycleController, taintEvictionController, podGarbageCollector,
  garbageCollector, replicaSetController, deploymentController, endpointsController, endpointSliceController, endpointSliceMirroringController, nodeIpamController,
  persistentVolumeBinder, claimProtection, volumeProtection, attributesClassProtection, replicationControllerController, statefulSetController,
  daemonSetController, jobController, cronJobController, ttlAfterFinishedController, validatingAdmissionPolicyStatus, disruptionController,
  horizontalPodAutoscalingController, ephemeralVolumeController, volumeExpandController, serviceAccountTokenController,
  attachDetachController, serviceCIDRController, legacyTokenCleaningController,
];
