import type {
  ClusterRole, ConfigMap, ControllerRevision, CoreV1Event, CronJob, DaemonSet, Deployment, Endpoints, EndpointSlice, Job, Lease, Namespace, Node, Pod, PodDisruptionBudget, ReplicaSet,
  ReplicationController, Secret, Service, ServiceAccount, StatefulSet, V2HorizontalPodAutoscaler,
} from '../../contracts/k8s/index.ts';
import type { CSIDriver, CSINode, PersistentVolume, PersistentVolumeClaim, ResourceV1ResourceClaim, StorageClass, VolumeAttachment, VolumeAttributesClass } from '../../contracts/k8s/index.ts';
import type { CertificateSigningRequest, Ingress, IngressClass, IPAddress, NetworkPolicy, ResourceQuota, ServiceCIDR } from '../../contracts/k8s/index.ts';
import type { ResourceType } from './api-client.ts';

function define<T>(group: string, version: string, resource: string, kind: string, namespaced = true): ResourceType<T> {
  return { group, version, resource, kind, namespaced };
}

export const pods = define<Pod>('', 'v1', 'pods', 'Pod');
export const nodes = define<Node>('', 'v1', 'nodes', 'Node', false);
export const namespaces = define<Namespace>('', 'v1', 'namespaces', 'Namespace', false);
export const services = define<Service>('', 'v1', 'services', 'Service');
export const endpoints = define<Endpoints>('', 'v1', 'endpoints', 'Endpoints');
export const configMaps = define<ConfigMap>('', 'v1', 'configmaps', 'ConfigMap');
export const secrets = define<Secret>('', 'v1', 'secrets', 'Secret');
export const serviceAccounts = define<ServiceAccount>('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const events = define<CoreV1Event>('', 'v1', 'events', 'Event');
export const newEvents = define<unknown>('events.k8s.io', 'v1', 'events', 'Event');
export const customResourceDefinitions = define<object>('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', false);
export const deployments = define<Deployment>('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = define<ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet');
export const statefulSets = define<StatefulSet>('apps', 'v1', 'statefulsets', 'StatefulSet');
export const daemonSets = define<DaemonSet>('apps', 'v1', 'daemonsets', 'DaemonSet');
export const controllerRevisions = define<ControllerRevision>('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const replicationControllers = define<ReplicationController>('', 'v1', 'replicationcontrollers', 'ReplicationController');
export const jobs = define<Job>('batch', 'v1', 'jobs', 'Job');
export const cronJobs = define<CronJob>('batch', 'v1', 'cronjobs', 'CronJob');
export const horizontalPodAutoscalers = define<V2HorizontalPodAutoscaler>('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler');
export const podDisruptionBudgets = define<PodDisruptionBudget>('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const endpointSlices = define<EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const ingresses = define<Ingress>('networking.k8s.io', 'v1', 'ingresses', 'Ingress');
export const ingressClasses = define<IngressClass>('networking.k8s.io', 'v1', 'ingressclasses', 'IngressClass', false);
export const networkPolicies = define<NetworkPolicy>('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const ipAddresses = define<IPAddress>('networking.k8s.io', 'v1', 'ipaddresses', 'IPAddress', false);
export const serviceCIDRs = define<ServiceCIDR>('networking.k8s.io', 'v1', 'servicecidrs', 'ServiceCIDR', false);
export const leases = define<Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const persistentVolumes = define<PersistentVolume>('', 'v1', 'persistentvolumes', 'PersistentVolume', false);
export const persistentVolumeClaims = define<PersistentVolumeClaim>('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const storageClasses = define<StorageClass>('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false);
export const volumeAttachments = define<VolumeAttachment>('storage.k8s.io', 'v1', 'volumeattachments', 'VolumeAttachment', false);
export const volumeAttributesClasses = define<VolumeAttributesClass>('storage.k8s.io', 'v1', 'volumeattributesclasses', 'VolumeAttributesClass', false);
export const csiDrivers = define<CSIDriver>('storage.k8s.io', 'v1', 'csidrivers', 'CSIDriver', false);
export const csiNodes = define<CSINode>('storage.k8s.io', 'v1', 'csinodes', 'CSINode', false);
export const resourceClaims = define<ResourceV1ResourceClaim>('resource.k8s.io', 'v1', 'resourceclaims', 'ResourceClaim');
export const clusterRoles = define<ClusterRole>('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false);
export const resourceQuotas = define<ResourceQuota>('', 'v1', 'resourcequotas', 'ResourceQuota');
export const certificateSigningRequests = define<CertificateSigningRequest>('certificates.k8s.io', 'v1', 'certificatesigningrequests', 'CertificateSigningRequest', false);
