import { stringify } from 'yaml';

const NAMESPACE = 'kube-system';
const LABELS = { 'k8s-app': 'kube-proxy' };

const CONFIGURATION = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', bindAddress: '0.0.0.0', bindAddressHardFail: false,
  clientConnection: { acceptContentTypes: '', burst: 0, contentType: '', kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf', qps: 0 },
  clusterCIDR: '10.244.0.0/16', configSyncPeriod: '0s', conntrack: { maxPerCore: 0, min: null }, detectLocalMode: '', enableProfiling: false, healthzBindAddress: '', hostnameOverride: '',
  iptables: { localhostNodePorts: null, masqueradeAll: false, masqueradeBit: null, minSyncPeriod: '1s', syncPeriod: '0s' }, metricsBindAddress: '', mode: 'iptables', nodePortAddresses: null,
};

const KUBECONFIG = {
  apiVersion: 'v1', kind: 'Config',
  clusters: [{ cluster: { 'certificate-authority': '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt', server: 'https://control-plane:6443' }, name: 'default' }],
  contexts: [{ context: { cluster: 'default', namespace: 'default', user: 'default' }, name: 'default' }],
  'current-context': 'default', users: [{ name: 'default', user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' } }],
};

const podSpec = {
  priorityClassName: 'system-node-critical',
  serviceAccountName: 'kube-proxy',
  hostNetwork: true,
  tolerations: [{ operator: 'Exists' }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  containers: [{
    name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.36.2', imagePullPolicy: 'IfNotPresent',
    command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf', '--hostname-override=$(NODE_NAME)'],
    securityContext: { privileged: true },
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    volumeMounts: [{ mountPath: '/var/lib/kube-proxy', name: 'kube-proxy' }, { mountPath: '/run/xtables.lock', name: 'xtables-lock' }, { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true }],
  }],
  volumes: [{ name: 'kube-proxy', configMap: { name: 'kube-proxy' } }, { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } }, { name: 'lib-modules', hostPath: { path: '/lib/modules' } }],
};

/** What kubeadm applies for kube-proxy. models cmd/kubeadm/app/phases/addons/proxy */
export const kubeProxyManifests: readonly object[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kube-proxy', namespace: NAMESPACE } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-proxy', namespace: NAMESPACE, labels: { app: 'kube-proxy' } }, data: { 'config.conf': stringify(CONFIGURATION), 'kubeconfig.conf': stringify(KUBECONFIG) } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'kubeadm:node-proxier' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' },
    subjects: [{ kind: 'ServiceAccount', name: 'kube-proxy', namespace: NAMESPACE }],
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'kube-proxy', namespace: NAMESPACE }, rules: [{ apiGroups: [''], resourceNames: ['kube-proxy'], resources: ['configmaps'], verbs: ['get'] }] },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'kube-proxy', namespace: NAMESPACE },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kube-proxy' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' }],
  },
  {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'kube-proxy', namespace: NAMESPACE, labels: LABELS },
    spec: { selector: { matchLabels: LABELS }, updateStrategy: { type: 'RollingUpdate' }, template: { metadata: { labels: LABELS }, spec: podSpec } },
  },
];
