import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { containsNetwork, parseNetwork } from '../../machinery/ip-addresses.ts';
import { selectorFromLabelSelector, type Labels } from '../../machinery/labels.ts';
import type { Packet, PacketFilter } from '../../network/policy/packet-filter.ts';

/** What a filter must know of the cluster. */
export interface PolicyView {
  policiesIn(namespace: string): readonly Stored<NetworkPolicy>[];
  podAt(address: string): Stored<Pod> | undefined;
  labelsOf(namespace: string): Labels;
}

interface Rule {
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
  readonly ports: readonly NetworkPolicyPort[] | undefined;
}

/**
 * Judges the first packet of a connection; what comes back belongs to it. A Pod that no policy selects for a direction is open
 * that way; one that some select lets pass what any of them allows, and nothing else.
 *
 * models kube-network-policies: evaluatePacket
 */
export class PolicyFilter implements PacketFilter {
  readonly #view: PolicyView;

  constructor(view: PolicyView) {
    this.#view = view;
  }

  allows(direction: 'ingress' | 'egress', packet: Packet): boolean {
    const subject = this.#view.podAt(direction === 'ingress' ? packet.target : packet.source);
    if (!subject) return true;
    const policies = this.#view.policiesIn(subject.metadata.namespace!).filter(({ spec }) => typesOf(spec).includes(direction) && selectorFromLabelSelector(spec?.podSelector ?? {}).matches(subject.metadata.labels));
    return policies.length === 0 || policies.some((policy) => rulesOf(policy, direction).some((rule) => this.#fits(rule, policy.metadata.namespace!, direction, packet)));
  }

  #fits({ peers, ports }: Rule, namespace: string, direction: 'ingress' | 'egress', packet: Packet): boolean {
    const other = direction === 'ingress' ? packet.source : packet.target;
    const isPeer = !peers?.length || peers.some((peer) => this.#isPeer(peer, namespace, other));
    return isPeer && (!ports?.length || ports.some((port) => isPort(port, packet, () => this.#view.podAt(packet.target))));
  }

  #isPeer({ ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer, namespace: string, address: string): boolean {
    if (ipBlock) return isIn(ipBlock.cidr, address) && !(ipBlock.except ?? []).some((except) => isIn(except, address));
    const pod = this.#view.podAt(address);
    if (!pod) return false;
    const isNamespace = namespaceSelector ? selectorFromLabelSelector(namespaceSelector).matches(this.#view.labelsOf(pod.metadata.namespace!)) : pod.metadata.namespace === namespace;
    return isNamespace && (!podSelector || selectorFromLabelSelector(podSelector).matches(pod.metadata.labels));
  }
}

/** Defaults are filled in when a policy is created; a policy from before has none. */
function typesOf(spec: NetworkPolicy['spec']): ('ingress' | 'egress')[] {
  const types = spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])];
  return types.map((type) => type.toLowerCase() as 'ingress' | 'egress');
}

function rulesOf({ spec }: Stored<NetworkPolicy>, direction: 'ingress' | 'egress'): Rule[] {
  if (direction === 'ingress') return (spec?.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports }));
  return (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

/** A name is looked up in the Pod that the packet is for. */
function isPort({ port, endPort, protocol = 'TCP' }: NetworkPolicyPort, packet: Packet, target: () => Stored<Pod> | undefined): boolean {
  if (packet.protocol !== protocol.toLowerCase()) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return endPort === undefined ? packet.port === port : packet.port >= port && packet.port <= endPort;
  const { containers = [], initContainers = [] } = target()?.spec ?? {};
  return [...containers, ...initContainers].flatMap(({ ports = [] }) => ports).some((one) => one.name === port && (one.protocol ?? 'TCP') === protocol && one.containerPort === packet.port);
}

function isIn(cidr: string, address: string): boolean {
  const [outer, inner] = [parseNetwork(cidr), parseNetwork(`${address}/${address.includes(':') ? 128 : 32}`)];
  return outer !== undefined && inner !== undefined && containsNetwork(outer, inner);
}
