import { isAlreadyExists } from '../machinery/status.ts';
import type { Caller, Transport } from '../machinery/transport.ts';
import { readDataFile } from '../resources/data.ts';
import { ensureClusterObjects } from './bootstrap-cluster.ts';

type Json = Record<string, any>;

/** The API server writing to itself: its loopback client, a member of system:masters. */
export const APISERVER: Caller = {
  part: 'kube-apiserver',
  user: { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  userAgent: 'kube-apiserver/v1.36.2',
};

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
const RBAC_PATHS: Readonly<Record<string, string>> = {
  clusterroles: 'clusterroles', clusterrolebindings: 'clusterrolebindings', roles: 'roles', rolebindings: 'rolebindings',
};
const RBAC_KINDS: Readonly<Record<string, string>> = { clusterroles: 'ClusterRole', clusterrolebindings: 'ClusterRoleBinding', roles: 'Role', rolebindings: 'RoleBinding' };

/**
 * What a fresh API server makes by itself: system namespaces, default roles and bindings, the `kubernetes` Service with its
 * endpoints. Written again where missing; what is there stays.
 *
 * models pkg/controlplane: SystemNamespaces, rbac post-start hook, kubernetesservice controller
 * @param address where the API server is reached from Pods: the control-plane node.
 */
export async function ensureBootstrapObjects(transport: Transport, address: { readonly ip: string; readonly port: number }): Promise<void> {
  const ensure = async (path: string, body: Json, fieldManager?: string): Promise<void> => {
    try {
      await transport.send({ method: 'POST', path, body, cause: [], ...(fieldManager ? { query: { fieldManager } } : {}) });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  };
  for (const name of NAMESPACES) await ensure('/api/v1/namespaces', { metadata: { name } });
  const rbac = JSON.parse(readDataFile('rbac/bootstrap.json')) as Record<string, Json[]>;
  for (const [resource, objects] of Object.entries(rbac)) {
    for (const object of objects) {
      const namespace = object['metadata'].namespace as string | undefined;
      const path = `/apis/rbac.authorization.k8s.io/v1/${namespace ? `namespaces/${namespace}/` : ''}${RBAC_PATHS[resource]}`;
      await ensure(path, { kind: RBAC_KINDS[resource], apiVersion: 'rbac.authorization.k8s.io/v1', ...object });
    }
  }
  await ensureClusterObjects(ensure, '10.96.0.0/16');
  await ensureKubernetesService(ensure, address);
}

async function ensureKubernetesService(ensure: (path: string, body: Json) => Promise<void>, { ip, port }: { ip: string; port: number }): Promise<void> {
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  await ensure('/api/v1/namespaces/default/services', {
    metadata: { name: 'kubernetes', labels },
    spec: { clusterIP: '10.96.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }] },
  });
  await ensure('/api/v1/namespaces/default/endpoints', {
    metadata: { name: 'kubernetes', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  await ensure('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}
