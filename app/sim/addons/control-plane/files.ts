import { kubeconfigText } from '../../apiserver/pki/kubeconfig.ts';
import type { ClusterCertificates } from '../../apiserver/pki/pki.ts';

const PKI = '/etc/kubernetes/pki';

export interface InstalledFilesOptions {
  readonly config: { readonly name: string; readonly role: 'control-plane' | 'worker' };
  /** Address of the control-plane node. */
  readonly controlPlane: string;
  readonly certificates: ClusterCertificates;
}

/** What kubeadm leaves in /etc/kubernetes beside the manifests. models cmd/kubeadm: phases certs, kubeconfig */
export function installedFiles({ config, controlPlane, certificates }: InstalledFilesOptions): Record<string, string> {
  const { authority, server, admin } = certificates;
  const url = `https://${controlPlane}:6443`;
  const files: Record<string, string> = { [`${PKI}/ca.crt`]: authority.certificate, '/etc/kubernetes/kubelet.conf': kubeletKubeconfig(url, authority.certificate) };
  if (config.role !== 'control-plane') return files;
  return {
    ...files,
    '/etc/kubernetes/admin.conf': kubeconfigText(url, certificates, 'kubernetes'),
    [`${PKI}/apiserver.crt`]: server.certificate, [`${PKI}/apiserver.key`]: server.key,
    [`${PKI}/apiserver-kubelet-client.crt`]: admin.certificate, [`${PKI}/apiserver-kubelet-client.key`]: admin.key,
    [`${PKI}/etcd/ca.crt`]: authority.certificate, [`${PKI}/etcd/server.crt`]: server.certificate, [`${PKI}/etcd/server.key`]: server.key,
  };
}

function kubeletKubeconfig(server: string, authority: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(authority).toString('base64')}
    server: ${server}
  name: default-cluster
contexts:
- context:
    cluster: default-cluster
    namespace: default
    user: default-auth
  name: default-context
current-context: default-context
kind: Config
preferences: {}
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
`;
}
