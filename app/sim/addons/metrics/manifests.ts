const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': 'metrics-server' };
const NAME = 'metrics-server';
const RBAC = 'rbac.authorization.k8s.io';

export const METRICS_IMAGE = 'registry.k8s.io/metrics-server/metrics-server:v0.8.0';

const account = { kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE };
const binding = (kind: string, metadata: object, roleKind: string, role: string): object => ({ apiVersion: `${RBAC}/v1`, kind, metadata: { labels: LABELS, ...metadata }, roleRef: { apiGroup: RBAC, kind: roleKind, name: role }, subjects: [account] });
const probe = (path: string, seconds: number): object => ({ failureThreshold: 3, httpGet: { path, port: 'https', scheme: 'HTTPS' }, ...(seconds > 0 ? { initialDelaySeconds: seconds } : {}), periodSeconds: 10 });

const podSpec = {
  serviceAccountName: NAME,
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  containers: [{
    name: NAME, image: METRICS_IMAGE, imagePullPolicy: 'IfNotPresent',
    args: ['--cert-dir=/tmp', '--secure-port=10250', '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname', '--kubelet-use-node-status-port', '--metric-resolution=15s', '--kubelet-insecure-tls'],
    ports: [{ name: 'https', containerPort: 10250, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '200Mi' } },
    livenessProbe: probe('/livez', 0), readinessProbe: probe('/readyz', 20),
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    volumeMounts: [{ name: 'tmp-dir', mountPath: '/tmp' }],
  }],
  volumes: [{ name: 'tmp-dir', emptyDir: {} }],
};

/** What metrics-server's components.yaml holds, with the flag that clusters with self-signed kubelets need. */
export const metricsManifests: readonly object[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS } },
  {
    apiVersion: `${RBAC}/v1`, kind: 'ClusterRole',
    metadata: { name: 'system:aggregated-metrics-reader', labels: { ...LABELS, ...Object.fromEntries(['admin', 'edit', 'view'].map((role) => [`${RBAC}/aggregate-to-${role}`, 'true'])) } },
    rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: `system:${NAME}`, labels: LABELS },
    rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }, { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  },
  binding('RoleBinding', { name: 'metrics-server-auth-reader', namespace: NAMESPACE }, 'Role', 'extension-apiserver-authentication-reader'),
  binding('ClusterRoleBinding', { name: 'metrics-server:system:auth-delegator' }, 'ClusterRole', 'system:auth-delegator'),
  binding('ClusterRoleBinding', { name: `system:${NAME}` }, 'ClusterRole', `system:${NAME}`),
  { apiVersion: 'v1', kind: 'Service', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS }, spec: { ports: [{ appProtocol: 'https', name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }], selector: LABELS } },
  {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
    spec: { selector: { matchLabels: LABELS }, strategy: { rollingUpdate: { maxUnavailable: 0 } }, template: { metadata: { labels: LABELS }, spec: podSpec } },
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1beta1.metrics.k8s.io', labels: LABELS },
    spec: { group: 'metrics.k8s.io', groupPriorityMinimum: 100, insecureSkipTLSVerify: true, service: { name: NAME, namespace: NAMESPACE }, version: 'v1beta1', versionPriority: 100 },
  },
];
