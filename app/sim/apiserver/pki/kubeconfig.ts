import type { ClusterCertificates } from './pki.ts';

/** A kubeconfig that reaches the cluster as its administrator. */
export function kubeconfigText(server: string, certificates: ClusterCertificates, name = 'orrery'): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    certificate-authority-data: ${base64(certificates.authority.certificate)}
    server: ${server}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: admin
current-context: ${name}
preferences: {}
users:
- name: admin
  user:
    client-certificate-data: ${base64(certificates.admin.certificate)}
    client-key-data: ${base64(certificates.admin.key)}
`;
}
