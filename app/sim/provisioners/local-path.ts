import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore } from '../../base/lifecycle/index.ts';
import { ApiClient } from '../client/api-client.ts';
import type { ProvisionRequest, StorageBackend } from '../client/provisioner/provisioner.ts';
import { startProvisioner } from '../client/provisioner/provisioner.ts';
import { isAlreadyExists } from '../machinery/status.ts';
import type { Transport, TransportFactory } from '../machinery/transport.ts';

const NAMESPACE = 'local-path-storage';
const ACCOUNT = 'local-path-provisioner-service-account';
const PROVISIONER = 'rancher.io/local-path';
/** A helper Pod makes the directory on the node meanwhile. */
const PROVISION_MS = 3_000;

/** Directories on the node where the Pod runs: what kind gives as the class `standard`. models rancher/local-path-provisioner */
const backend: StorageBackend = {
  provisioner: PROVISIONER,
  instance: `${PROVISIONER}_local-path-provisioner`,
  provisionMs: PROVISION_MS,
  provision({ claim, name, node }: ProvisionRequest) {
    if (claim.spec?.selector) throw new Error('claim.Spec.Selector is not supported');
    if ((claim.spec?.accessModes ?? []).some((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod')) throw new Error('NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes');
    if (!node) throw new Error('configuration error, no node was specified');
    const path = `/var/local-path-provisioner/${name}_${claim.metadata.namespace}_${claim.metadata.name}`;
    const hostname = node.metadata.labels?.['kubernetes.io/hostname'] ?? node.metadata.name;
    return {
      annotations: { 'local.path.provisioner/selected-node': node.metadata.name },
      spec: {
        hostPath: { path, type: 'DirectoryOrCreate' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }] } },
      },
    };
  },
  /** The directory stays on its node, where nothing points to it any more. */
  remove() {},
};

const RBAC = 'rbac.authorization.k8s.io';

/** What kind applies for its default class, without the Deployment: the provisioner runs beside the nodes. */
const MANIFESTS: readonly (readonly [path: string, body: object])[] = [
  ['/api/v1/namespaces', { metadata: { name: NAMESPACE } }],
  [`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: ACCOUNT, namespace: NAMESPACE } }],
  [`/apis/${RBAC}/v1/clusterroles`, {
    metadata: { name: 'local-path-provisioner-role' },
    rules: [
      { apiGroups: [''], resources: ['nodes', 'persistentvolumeclaims', 'configmaps', 'pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['update'] },
      { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
    ],
  }],
  [`/apis/${RBAC}/v1/clusterrolebindings`, {
    metadata: { name: 'local-path-provisioner-bind' },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'local-path-provisioner-role' }, subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }],
  }],
  ['/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: PROVISIONER, reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer',
  }],
];

/** Installs the class `standard` and runs its provisioner until the returned store is disposed. */
export async function startLocalPath(admin: Transport, transport: TransportFactory, clock: Clock): Promise<DisposableStore> {
  for (const [path, body] of MANIFESTS) {
    await admin.send({ method: 'POST', path, body, cause: [] }).catch((error: unknown) => { if (!isAlreadyExists(error)) throw error; });
  }
  const user = { name: `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`, groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated'] };
  const life = new DisposableStore();
  startProvisioner(backend, new ApiClient(transport({ part: `pod/${NAMESPACE}/local-path-provisioner`, user, userAgent: 'local-path-provisioner/v0.0.31' })), clock, life);
  return life;
}
