import type { Pod, ServiceAccount, Volume } from '../../../contracts/k8s/index.ts';
import type { AdmissionPlugin } from '../interfaces.ts';
import { refusal } from './refusal.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const MIRROR = 'kubernetes.io/config.mirror';

/** Every Pod runs as a service account and gets its token mounted. models plugin/pkg/admission/serviceaccount */
export const serviceAccountAdmission: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: ({ operation, group, resource, subresource }) => operation === 'CREATE' && group === '' && resource === 'pods' && subresource === '',
  admit(attributes, { reader, ids }) {
    const { object, namespace } = attributes;
    const pod = object as Pod;
    const spec = pod.spec;
    if (!spec || pod.metadata?.annotations?.[MIRROR]) return;
    spec.serviceAccountName ||= 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const account = reader.get<ServiceAccount>('serviceaccounts', namespace, spec.serviceAccountName);
    if (!account) {
      throw refusal(attributes, `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount ${JSON.stringify(spec.serviceAccountName)} not found`, 'mutating');
    }
    const wantsToken = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    if (wantsToken) mountToken(pod, ids.suffix());
    if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets) spec.imagePullSecrets = [...account.imagePullSecrets];
  },
};

function mountToken(pod: Pod, suffix: string): void {
  const spec = pod.spec!;
  const name = `kube-api-access-${suffix}`;
  let used = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some((mount) => mount.mountPath === TOKEN_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: TOKEN_PATH }];
    used = true;
  }
  if (used) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
