/** The manifests that kubeadm leaves in /etc/kubernetes/manifests of the control-plane node. */
export function controlPlaneManifests(address: string): Readonly<Record<string, object>> {
  const pod = (name: string, image: string, command: readonly string[], cpu: string, annotations: object = {}, memory?: string, volumes: Readonly<Record<string, readonly [path: string, type: string]>> = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels: { component: name, tier: 'control-plane' }, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: {
      containers: [{ name, image, command, imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu, ...(memory ? { memory } : {}) } }, ...(Object.keys(volumes).length > 0 ? { volumeMounts: Object.entries(volumes).map(([volume, [path]]) => ({ mountPath: path, name: volume })) } : {}) }],
      hostNetwork: true,
      priority: 2_000_001_000,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      ...(Object.keys(volumes).length > 0 ? { volumes: Object.entries(volumes).map(([volume, [path, type]]) => ({ hostPath: { path, type }, name: volume })) } : {}),
    },
  });
  return {
    etcd: pod('etcd', 'registry.k8s.io/etcd:3.6.5-0', ['etcd', `--advertise-client-urls=https://${address}:2379`, '--cert-file=/etc/kubernetes/pki/etcd/server.crt', '--client-cert-auth=true', '--data-dir=/var/lib/etcd', '--key-file=/etc/kubernetes/pki/etcd/server.key', `--listen-client-urls=https://127.0.0.1:2379,https://${address}:2379`, '--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt'], '100m', { 'kubeadm.kubernetes.io/etcd.advertise-client-urls': `https://${address}:2379` }, '100Mi', { 'etcd-data': ['/var/lib/etcd', 'DirectoryOrCreate'], 'etcd-certs': ['/etc/kubernetes/pki/etcd', 'DirectoryOrCreate'] }),
    'kube-apiserver': pod('kube-apiserver', 'registry.k8s.io/kube-apiserver:v1.36.2', ['kube-apiserver', `--advertise-address=${address}`, '--allow-privileged=true', '--authorization-mode=Node,RBAC', '--client-ca-file=/etc/kubernetes/pki/ca.crt', '--enable-admission-plugins=NodeRestriction', '--service-cluster-ip-range=10.96.0.0/16', '--secure-port=6443'], '250m', { 'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': `${address}:6443` }),
    'kube-controller-manager': pod('kube-controller-manager', 'registry.k8s.io/kube-controller-manager:v1.36.2', ['kube-controller-manager', '--allocate-node-cidrs=true', '--cluster-cidr=10.244.0.0/16', '--leader-elect=true', '--service-cluster-ip-range=10.96.0.0/16', '--use-service-account-credentials=true'], '200m'),
    'kube-scheduler': pod('kube-scheduler', 'registry.k8s.io/kube-scheduler:v1.36.2', ['kube-scheduler', '--kubeconfig=/etc/kubernetes/scheduler.conf', '--leader-elect=true'], '100m'),
  };
}
