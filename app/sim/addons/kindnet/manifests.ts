const NAMESPACE = 'kube-system';
const LABELS = { tier: 'node', app: 'kindnet', 'k8s-app': 'kindnet' };

const podSpec = {
  hostNetwork: true,
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ operator: 'Exists' }],
  serviceAccountName: 'kindnet',
  containers: [{
    name: 'kindnet-cni', image: 'docker.io/kindest/kindnetd:v20260131',
    env: [
      { name: 'HOST_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } }, { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'POD_SUBNET', value: '10.244.0.0/16' }, { name: 'CONTROL_PLANE_ENDPOINT', value: 'control-plane:6443' },
    ],
    volumeMounts: [{ name: 'cni-cfg', mountPath: '/etc/cni/net.d' }, { name: 'xtables-lock', mountPath: '/run/xtables.lock' }, { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true }],
    resources: { requests: { cpu: '100m', memory: '50Mi' }, limits: { cpu: '100m', memory: '50Mi' } },
    securityContext: { privileged: false, capabilities: { add: ['NET_RAW', 'NET_ADMIN'] } },
  }],
  volumes: [{ name: 'cni-cfg', hostPath: { path: '/etc/cni/net.d' } }, { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } }, { name: 'lib-modules', hostPath: { path: '/lib/modules' } }],
};

/** The network agent of a kind cluster. models kind: images/kindnetd */
export const kindnetManifests: readonly object[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'kindnet' },
    rules: [
      { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch', 'patch'] },
      { apiGroups: [''], resources: ['pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kindnet' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'kindnet' }, subjects: [{ kind: 'ServiceAccount', name: 'kindnet', namespace: NAMESPACE }],
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kindnet', namespace: NAMESPACE } },
  {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'kindnet', namespace: NAMESPACE, labels: LABELS },
    spec: { selector: { matchLabels: { app: 'kindnet' } }, template: { metadata: { labels: LABELS }, spec: podSpec } },
  },
];
