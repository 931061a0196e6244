import { rfc3339, rfc3339Micro } from '../../../base/clock/index.ts';
import type { Lease, Node, NodeCondition, NodeStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { ImageInfo } from '../../container-runtime/cri.ts';

export interface NodeConfig {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly address: string;
  readonly podCIDR: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

export const KUBELET_VERSION = 'v1.36.2';

/** The Node as its kubelet registers it. models kubelet: initialNode */
export function initialNode(config: NodeConfig): object {
  const isControlPlane = config.role === 'control-plane';
  return {
    metadata: {
      name: config.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': config.name, 'kubernetes.io/os': 'linux',
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      podCIDR: config.podCIDR, podCIDRs: [config.podCIDR], providerID: `orrery://docker/orrery/${config.name}`,
      ...(isControlPlane ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } : {}),
    },
  };
}

/** What the runtime said when it was last asked. */
export interface RuntimeHealth {
  readonly ok: boolean;
  readonly message: string;
}

/** models pkg/kubelet/nodestatus: the setters */
export function nodeStatus(config: NodeConfig, previous: Stored<Node> | undefined, health: RuntimeHealth, images: readonly ImageInfo[], now: number, pressure = { memory: false, disk: false }): NodeStatus {
  const amounts = { cpu: String(config.cpus), 'ephemeral-storage': '82043328Ki', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: `${Math.floor(config.memory / 1024)}Ki`, pods: '110' };
  const time = rfc3339(now);
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const before = previous?.status?.conditions?.find((candidate) => candidate.type === type);
    return { type, status, lastHeartbeatTime: time, lastTransitionTime: before?.status === status ? before.lastTransitionTime! : time, reason, message };
  };
  return {
    capacity: amounts,
    allocatable: amounts,
    conditions: [
      pressure.memory ? condition('MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available') : condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      pressure.disk ? condition('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure') : condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      health.ok ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status') : condition('Ready', 'False', 'KubeletNotReady', health.message),
    ],
    addresses: [{ type: 'InternalIP', address: config.address }, { type: 'Hostname', address: config.name }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      machineID: fingerprint(config.name, 32), systemUUID: fingerprint(`${config.name}/system`, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), bootID: fingerprint(`${config.name}/boot`, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      kernelVersion: '6.1.0', osImage: 'Debian GNU/Linux 12 (bookworm)', containerRuntimeVersion: 'containerd://2.1.9', kubeletVersion: KUBELET_VERSION, kubeProxyVersion: '', operatingSystem: 'linux', architecture: 'amd64',
    },
    images: images.map((image) => ({ names: [...image.repoDigests, ...image.repoTags], sizeBytes: image.sizeBytes })),
  };
}

const TURNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MemoryPressure: { True: 'NodeHasInsufficientMemory', False: 'NodeHasSufficientMemory' },
  DiskPressure: { True: 'NodeHasDiskPressure', False: 'NodeHasNoDiskPressure' },
  PIDPressure: { True: 'NodeHasInsufficientPID', False: 'NodeHasSufficientPID' },
  Ready: { True: 'NodeReady', False: 'NodeNotReady' },
};

/** The reasons of the events about conditions that are not what they were. models pkg/kubelet/nodestatus: recordEventFunc */
export function turns(before: NodeStatus | undefined, after: NodeStatus): string[] {
  return (after.conditions ?? []).flatMap(({ type, status }) => {
    const known = before?.conditions?.find((condition) => condition.type === type);
    const reason = TURNS[type]?.[status];
    return known && known.status !== status && reason ? [reason] : [];
  });
}

/** Hexadecimal digits that are always the same for a name. */
function fingerprint(text: string, length: number): string {
  let state = 0x811c9dc5;
  let result = '';
  while (result.length < length) {
    for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
    result += state.toString(16).padStart(8, '0');
  }
  return result.slice(0, length);
}

/** models component-helpers/apimachinery/lease */
export function nodeLease(config: NodeConfig, node: Stored<Node> | undefined, existing: Stored<Lease> | undefined, now: number): object {
  return {
    metadata: existing?.metadata ?? { name: config.name, ...(node ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid }] } : {}) },
    spec: { holderIdentity: config.name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(now) },
  };
}
