import { gatewayCrds } from './crds.ts';

export const NAMESPACE = 'orrery-gateway';
export const SERVICE = 'gateway';
export const CLASS = 'orrery';
export const INGRESS_CONTROLLER = 'gateway.orrery.internal/ingress';
export const GATEWAY_CONTROLLER = 'gateway.orrery.internal/gateway';
export const GATEWAY_IMAGE = 'docker.io/orrery/gateway:1.0';

const LABELS = { app: 'gateway' };

const podSpec = {
  serviceAccountName: 'gateway',
  containers: [{
    name: 'gateway', image: GATEWAY_IMAGE, imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 80 }, { name: 'https', containerPort: 443 }],
    readinessProbe: { httpGet: { path: '/healthz', port: 10_254 } },
    resources: { requests: { cpu: '50m', memory: '64Mi' } },
  }],
};

/** The controller for Ingress and the Gateway API that is bundled, with the kinds that it needs. */
export const gatewayManifests: readonly object[] = [
  ...gatewayCrds,
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'gateway', namespace: NAMESPACE } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'orrery-gateway' },
    rules: [
      { apiGroups: [''], resources: ['services', 'secrets', 'namespaces'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update', 'patch'] },
      { apiGroups: ['gateway.networking.k8s.io'], resources: ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'], verbs: ['get', 'list', 'watch', 'create'] },
      { apiGroups: ['gateway.networking.k8s.io'], resources: ['gatewayclasses/status', 'gateways/status', 'httproutes/status'], verbs: ['update', 'patch'] },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'orrery-gateway' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'orrery-gateway' }, subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace: NAMESPACE }],
  },
  // It opens the ports that listeners of Gateways ask for on its own Service.
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'gateway', namespace: NAMESPACE }, rules: [{ apiGroups: [''], resources: ['services'], resourceNames: [SERVICE], verbs: ['get', 'patch'] }] },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'gateway', namespace: NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'gateway' }, subjects: [{ kind: 'ServiceAccount', name: 'gateway', namespace: NAMESPACE }],
  },
  {
    apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE, namespace: NAMESPACE, labels: LABELS },
    spec: { type: 'LoadBalancer', selector: LABELS, ports: [{ name: 'http', port: 80, targetPort: 80 }, { name: 'https', port: 443, targetPort: 443 }] },
  },
  {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'gateway', namespace: NAMESPACE, labels: LABELS },
    spec: { replicas: 1, selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec: podSpec } },
  },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: CLASS, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }, spec: { controller: INGRESS_CONTROLLER } },
];
