import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerConfig, LinuxResources, Mount, PodSandboxConfig } from '../../container-runtime/cri.ts';
import { ConfigError, expand } from '../environment/environment.ts';
import { containerHash, HASH_LABEL } from './actions.ts';
import { CLUSTER_DOMAIN, podDns } from './dns.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** models kuberuntime: generatePodSandboxConfig */
export function sandboxConfig(pod: Stored<Pod>, attempt: number): PodSandboxConfig {
  const { namespace, name, uid, labels, annotations } = pod.metadata;
  const spec = pod.spec!;
  const hostname = (spec.hostNetwork ? spec.nodeName! : (spec.hostname ?? name)).slice(0, 63).replace(/[-.]+$/, '');
  const domain = spec.subdomain && !spec.hostNetwork ? `${spec.subdomain}.${namespace}.svc.${CLUSTER_DOMAIN}` : undefined;
  return {
    podName: name, podNamespace: namespace!, podUid: uid, attempt,
    hostname: spec.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname,
    ...(domain ? { domain } : {}),
    labels: labels ?? {}, annotations: annotations ?? {},
    hostNetwork: spec.hostNetwork ?? false,
    ...(spec.hostNetwork ? {} : portMappings(pod)),
    dns: podDns(pod),
    ...(spec.hostAliases ? { hostAliases: spec.hostAliases.map(({ ip, hostnames = [] }) => ({ ip: ip!, hostnames })) } : {}),
    ...(spec.hostPID ? { hostPID: true } : {}),
    ...(spec.shareProcessNamespace ? { shareProcessNamespace: true } : {}),
  };
}

/** models kubelet/container: MakePortMappings */
function portMappings({ spec }: Stored<Pod>): Pick<PodSandboxConfig, 'portMappings'> {
  const sidecars = (spec!.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const mapped = [...spec!.containers, ...sidecars].flatMap(({ ports = [] }) => ports).filter(({ hostPort }) => hostPort);
  if (mapped.length === 0) return {};
  return { portMappings: mapped.map(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) => ({ hostPort: hostPort!, containerPort, protocol: protocol === 'UDP' ? 'udp' : 'tcp', hostIP })) };
}

export interface ContainerExtras {
  readonly attempt: number;
  readonly environment: readonly { name: string; value: string }[];
  readonly imageRef: string;
  readonly imageUser: string;
  readonly mounts: readonly Mount[];
  readonly targetContainerId?: string;
}

/** models kuberuntime: generateContainerConfig */
export function containerConfig(pod: Stored<Pod>, container: Container, { attempt, environment, imageRef, imageUser, mounts, targetContainerId }: ContainerExtras): ContainerConfig {
  const values = new Map(environment.map(({ name, value }) => [name, value]));
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  if (own.runAsNonRoot ?? shared.runAsNonRoot) verifyNonRoot(pod, container, runAsUser, imageUser);
  const capabilities = own.capabilities;
  return {
    name: container.name, attempt, image: container.image!, imageRef,
    command: (container.command ?? []).map((text) => expand(text, values)),
    args: (container.args ?? []).map((text) => expand(text, values)),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env: environment, mounts,
    stdin: container.stdin ?? false, stdinOnce: container.stdinOnce ?? false, tty: container.tty ?? false,
    labels: { 'io.kubernetes.container.name': container.name, [HASH_LABEL]: containerHash(container) },
    resources: linuxResources(container),
    ...(targetContainerId === undefined ? {} : { targetContainerId }),
    securityContext: {
      privileged: own.privileged ?? false,
      ...(runAsUser === undefined ? {} : { runAsUser }),
      ...(runAsGroup === undefined ? {} : { runAsGroup }),
      supplementalGroups: [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])],
      ...(shared.supplementalGroupsPolicy === 'Strict' ? { strictGroups: true } : {}),
      readonlyRootfs: own.readOnlyRootFilesystem ?? false,
      noNewPrivileges: own.allowPrivilegeEscalation === false,
      ...(own.seccompProfile ?? shared.seccompProfile ? { seccompProfile: (own.seccompProfile ?? shared.seccompProfile)!.type } : {}),
      ...(capabilities ? { capabilities: { add: capabilities.add ?? [], drop: capabilities.drop ?? [] } } : {}),
    },
  };
}

/** models kuberuntime: generateLinuxContainerResources */
export function linuxResources(container: Container): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpu = requests?.['cpu'] ?? limits?.['cpu'];
  return {
    cpuShares: Math.max(2, Math.floor(((cpu ? parseQuantity(cpu).milliValue() : 0) * 1024) / 1000)),
    ...(limits?.['cpu'] ? { cpuLimitMillis: parseQuantity(limits['cpu']).milliValue() } : {}),
    ...(limits?.['memory'] ? { memoryLimitBytes: parseQuantity(limits['memory']).value() } : {}),
  };
}

/** models kuberuntime: verifyRunAsNonRoot */
function verifyNonRoot(pod: Stored<Pod>, container: Container, runAsUser: number | undefined, imageUser: string): void {
  const place = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  const [user = ''] = imageUser.split(':');
  if (runAsUser === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${place}`);
  if (runAsUser !== undefined) return;
  if (user !== '' && !/^\d+$/.test(user)) throw new ConfigError(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${place}`);
  if (Number(user || 0) === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${place}`);
}
