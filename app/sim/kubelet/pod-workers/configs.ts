import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerConfig, Mount, PodSandboxConfig } from '../../container-runtime/cri.ts';
import { ConfigError, expand } from '../environment/environment.ts';
import { CLUSTER_DOMAIN, podDns } from './dns.ts';
import { parseQuantity } from '../../machinery/quantity.ts';


/** models kuberuntime: generatePodSandboxConfig */
export function sandboxConfig(pod: Stored<Pod>, attempt: number): PodSandboxConfig {
  const { namespace, name, uid, labels, annotations } = pod.metadata;
  const spec = pod.spec!;
  return {
    podName: name, podNamespace: namespace!, podUid: uid, attempt,
    hostname: (spec.hostNetwork ? spec.nodeName! : (spec.hostname ?? name)).slice(0, 63),
    labels: labels ?? {}, annotations: annotations ?? {},
    hostNetwork: spec.hostNetwork ?? false,
    dns: podDns(pod),
    ...(spec.subdomain && !spec.hostNetwork ? { domain: `${spec.subdomain}.${namespace}.svc.${CLUSTER_DOMAIN}` } : {}),
    ...(spec.hostAliases ? { hostAliases: spec.hostAliases.map(({ ip, hostnames = [] }) => ({ ip: ip!, hostnames })) } : {}),
  };
}

export interface ContainerExtras {
  readonly attempt: number;
  readonly environment: readonly { name: string; value: string }[];
  readonly imageRef: string;
  readonly imageUser: string;
  readonly mounts: readonly Mount[];
}

/** models kuberuntime: generateContainerConfig */
export function containerConfig(pod: Stored<Pod>, container: Container, { attempt, environment, imageRef, imageUser, mounts }: ContainerExtras): ContainerConfig {
  const values = new Map(environment.map(({ name, value }) => [name, value]));
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const isRoot = (runAsUser ?? (Number(imageUser) || 0)) === 0;
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) && isRoot) {
    const place = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
    throw new ConfigError(runAsUser === 0 ? `container's runAsUser breaks non-root policy ${place}` : `container has runAsNonRoot and image will run as root ${place}`);
  }
  const limits = container.resources?.limits;
  const capabilities = own.capabilities;
  return {
    name: container.name, attempt, image: container.image!, imageRef,
    command: (container.command ?? []).map((text) => expand(text, values)),
    args: (container.args ?? []).map((text) => expand(text, values)),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env: environment, mounts,
    stdin: container.stdin ?? false, stdinOnce: container.stdinOnce ?? false, tty: container.tty ?? false,
    labels: { 'io.kubernetes.container.name': container.name },
    resources: {
      ...(limits?.['cpu'] ? { cpuLimitMillis: parseQuantity(limits['cpu']).milliValue() } : {}),
      ...(limits?.['memory'] ? { memoryLimitBytes: parseQuantity(limits['memory']).value() } : {}),
    },
    securityContext: {
      privileged: own.privileged ?? false,
      ...(runAsUser === undefined ? {} : { runAsUser }),
      ...((own.runAsGroup ?? shared.runAsGroup) === undefined ? {} : { runAsGroup: (own.runAsGroup ?? shared.runAsGroup)! }),
      supplementalGroups: [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])],
      readonlyRootfs: own.readOnlyRootFilesystem ?? false,
      ...(capabilities ? { capabilities: { add: capabilities.add ?? [], drop: capabilities.drop ?? [] } } : {}),
    },
  };
}
