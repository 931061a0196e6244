import type {
  ConfigMap, CoreV1Event, Deployment, Endpoints, EndpointSlice, Lease, Namespace, Node, Pod, ReplicaSet, Secret, Service, ServiceAccount,
} from '../../contracts/k8s/index.ts';
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
export const deployments = define<Deployment>('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = define<ReplicaSet>('apps', 'v1', 'replicasets', 'ReplicaSet');
export const endpointSlices = define<EndpointSlice>('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const leases = define<Lease>('coordination.k8s.io', 'v1', 'leases', 'Lease');
