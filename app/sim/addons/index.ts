import type { Disposable } from '../../base/lifecycle/index.ts';
import type { ExtensionApi } from '../apiserver/aggregator/extension-api.ts';
import type { KubeletConnections } from '../machinery/kubelet-server.ts';
import type { HostedPrograms } from '../container-runtime/processes/hosted.ts';
import type { KubeProxy } from '../kube-proxy/kube-proxy.ts';
import type { Transport, TransportFactory } from '../machinery/transport.ts';
import type { PacketFilter } from '../network/policy/packet-filter.ts';
import { isAlreadyExists } from '../machinery/status.ts';
import { dnsManifests } from './dns/manifests.ts';
import { coreDnsProgram } from './dns/program.ts';
import { METRICS_IMAGE, metricsManifests } from './metrics/manifests.ts';
import { metricsServerProgram } from './metrics/program.ts';
import { GATEWAY_IMAGE, gatewayManifests } from './gateway/manifests.ts';
import { gatewayProgram } from './gateway/program.ts';
import { kindnetManifests } from './kindnet/manifests.ts';
import { kindnetProgram } from './kindnet/program.ts';
import { kubeProxyManifests } from './kube-proxy/manifests.ts';
import { kubeProxyProgram } from './kube-proxy/program.ts';

/** What runs besides the control plane. */
export interface Addon {
  readonly name: string;
  /** Applied in this order once the API serves. */
  readonly manifests: readonly object[];
  /** Images that every node has from the start, as a fresh kind cluster has. */
  readonly images: readonly string[];
  readonly programs: (doors: AddonDoors) => HostedPrograms;
}

/** What add-ons reach beyond their container: the API, kubelets' ports, and a place behind an APIService. */
export interface AddonDoors {
  readonly transport: TransportFactory;
  readonly kubelets: KubeletConnections;
  readonly extend: (api: ExtensionApi) => Disposable;
  kubeProxy(node: string): KubeProxy | undefined;
  /** What the node lets in and out of its Pods. */
  setFilter(node: string, filter: PacketFilter): void;
}

/** All add-ons. A new one: a folder here and a line in this list. */
export const addons: readonly Addon[] = [
  { name: 'kube-proxy', manifests: kubeProxyManifests, images: ['registry.k8s.io/kube-proxy:v1.36.2'], programs: (doors) => ({ 'kube-proxy': kubeProxyProgram(doors) }) },
  { name: 'kindnet', manifests: kindnetManifests, images: ['docker.io/kindest/kindnetd:v20260131'], programs: (doors) => ({ kindnetd: kindnetProgram(doors) }) },
  { name: 'dns', manifests: dnsManifests, images: ['registry.k8s.io/coredns/coredns:v1.13.1'], programs: ({ transport }) => ({ coredns: coreDnsProgram(transport) }) },
  { name: 'metrics', manifests: metricsManifests, images: [METRICS_IMAGE], programs: (doors) => ({ 'metrics-server': metricsServerProgram(doors) }) },
  { name: 'gateway', manifests: gatewayManifests, images: [GATEWAY_IMAGE], programs: ({ transport }) => ({ gateway: gatewayProgram(transport) }) },
];

/** Names that a command may give; those not built are none of ours yet. */
export const ADDON_NAMES = ['dns', 'metrics', 'storage', 'gateway', 'kube-proxy', 'kindnet'] as const;

export function chosenAddons(names: readonly string[]): readonly Addon[] {
  return names.includes('all') ? addons : addons.filter(({ name }) => names.includes(name));
}

/** Creates an add-on's objects as kubeadm would. */
export async function applyManifests(transport: Transport, manifests: readonly object[]): Promise<void> {
  for (const manifest of manifests) {
    await transport.send({ method: 'POST', path: pathOf(manifest as Manifest), query: { fieldManager: 'kubeadm' }, body: manifest, cause: [] }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  }
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
}

function pathOf({ apiVersion, kind, metadata: { namespace } }: Manifest): string {
  const plural = `${kind.toLowerCase()}${kind.endsWith('s') ? 'es' : 's'}`;
  return `${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}${namespace ? `/namespaces/${namespace}` : ''}/${plural}`;
}
