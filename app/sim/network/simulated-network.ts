import type { Clock, Random } from '../../base/clock/index.ts';
import type { Connection } from '../machinery/streams.ts';
import { DialError, isAddress, type ClusterNetwork, type NetworkNamespace, type PortMapping, type Protocol } from './network.ts';
import { connect } from './path/connection.ts';
import { NetworkFaults } from './path/faults.ts';
import { Namespace, type Listener, type Wires } from './path/namespace.ts';
import { NodeRules } from './path/node-rules.ts';
import { PortMaps } from './path/port-maps.ts';
import type { PacketStep } from './path/packet-step.ts';
import type { Packet, PacketFilter } from './policy/packet-filter.ts';

/** A SYN without an answer is sent again after one second, then after twice as long each time. models tcp_syn_retries */
const SYN_TRIES = 7;
const LOOPBACK = '127.0.0.1';

interface NodeWires {
  readonly namespace: Namespace;
  readonly rules: NodeRules;
  readonly portMaps: PortMaps;
  readonly subnet: number;
  next: number;
  up: boolean;
  filter: PacketFilter | undefined;
}

/** Where a packet ends up: at a listener, nowhere, or at a closed door. */
type Arrival = { readonly target: Namespace; readonly address: string; readonly port: number; readonly source: string; readonly listener: Listener } | 'refused' | 'lost';

/**
 * The packet path of the cluster.
 *
 * ```
 *   dial ─▶ own address? ─▶ rules of this node (ClusterIP) or of the node meant (NodePort) ─▶ egress policy ─▶ wire ─▶ ingress policy ─▶ listener
 * ```
 * A packet that is lost is sent again, so what heals meanwhile is reached; an address without a listener refuses.
 */
export class SimulatedNetwork implements ClusterNetwork, Wires {
  readonly faults: NetworkFaults;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #nodes = new Map<string, NodeWires>();
  readonly #sandboxes = new Map<string, Namespace>();
  readonly #byAddress = new Map<string, Namespace>();
  /** The way out of the nodes' network: it is there, and serves nothing. */
  readonly #gateways = new Set<string>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.faults = new NetworkFaults(random);
  }

  addNode(name: string, address: string, subnet: number): NodeRules {
    const namespace = new Namespace(this, name, [address]);
    const rules = new NodeRules(this.#clock, this.#random);
    this.#nodes.set(name, { namespace, rules, portMaps: new PortMaps(), subnet, next: 2, up: true, filter: undefined });
    this.#byAddress.set(address, namespace);
    this.#gateways.add(`${address.split('.').slice(0, 2).join('.')}.0.1`);
    return rules;
  }

  /** A machine outside the cluster, without rules of kube-proxy: a client on the internet, a provider's load balancer. */
  addMachine(name: string, address: string): NetworkNamespace {
    const namespace = new Namespace(this, name, [address]);
    this.#nodes.set(name, { namespace, rules: new NodeRules(this.#clock, this.#random), portMaps: new PortMaps(), subnet: 0, next: 2, up: true, filter: undefined });
    this.#byAddress.set(address, namespace);
    return namespace;
  }

  removeMachine(name: string): void {
    const machine = this.#nodes.get(name);
    if (!machine) return;
    this.#byAddress.delete(machine.namespace.addresses[0]!);
    machine.namespace.tearDown();
    this.#nodes.delete(name);
  }

  rulesOf(node: string): NodeRules {
    return this.#nodes.get(node)!.rules;
  }

  /** What this node's policy agent lets pass; it stays in force when the agent is gone. */
  setFilter(node: string, filter: PacketFilter | undefined): void {
    this.#nodes.get(node)!.filter = filter;
  }

  setPower(node: string, up: boolean): void {
    this.#nodes.get(node)!.up = up;
  }

  attach(node: string, sandboxId: string, { hostNetwork, portMappings = [] }: { hostNetwork: boolean; portMappings?: readonly PortMapping[] }): NetworkNamespace {
    const own = this.#nodes.get(node);
    if (!own) throw new Error(`there is no node ${node}`);
    const address = hostNetwork ? '' : this.#freeAddress(own);
    const namespace = hostNetwork ? own.namespace : new Namespace(this, node, [address]);
    this.#sandboxes.set(sandboxId, namespace);
    if (hostNetwork) return namespace;
    this.#byAddress.set(address, namespace);
    own.portMaps.add(sandboxId, address, portMappings);
    return namespace;
  }

  detach(sandboxId: string): void {
    const namespace = this.#sandboxes.get(sandboxId);
    this.#sandboxes.delete(sandboxId);
    if (!namespace || this.#isHost(namespace)) return;
    this.#byAddress.delete(namespace.addresses[0]!);
    this.#nodes.get(namespace.node)?.portMaps.remove(sandboxId);
    namespace.tearDown();
  }

  namespaceOf(sandboxId: string): NetworkNamespace | undefined {
    return this.#sandboxes.get(sandboxId);
  }

  /** Who has an address. */
  namespaceAt(address: string): NetworkNamespace | undefined {
    return this.#byAddress.get(address);
  }

  nodeNamespace(node: string): NetworkNamespace {
    return this.#nodes.get(node)!.namespace;
  }

  async dial(from: Namespace, host: string, port: number, signal: AbortSignal | undefined, protocol: Protocol): Promise<Connection> {
    const address = host === 'localhost' ? LOOPBACK : host;
    if (!isAddress(address)) throw new DialError('ENOTFOUND', 'No such host');
    if (protocol === 'udp') return this.#dialUdp(from, address, port);
    for (let attempt = 0; attempt < SYN_TRIES; attempt++) {
      const arrival = this.#send(from, address, port, 'tcp');
      if (arrival === 'refused') throw new DialError('ECONNREFUSED', 'Connection refused', address);
      if (arrival !== 'lost') return this.#join(from, arrival, `${address}:${port}`, 'tcp');
      await this.#clock.sleep(1_000 * 2 ** attempt, signal);
    }
    throw new DialError('ETIMEDOUT', 'Connection timed out', address);
  }

  async ping(from: Namespace, address: string, timeoutMs: number): Promise<number> {
    const target = from.owns(address) ? from : this.#byAddress.get(address);
    const isLost = !target || !this.#passes(from, target, { source: from.addresses[0]!, target: address, port: 0, protocol: 'icmp' }, { address, port: 0 }) || this.faults.loses(from.node, target.node) || this.faults.loses(target.node, from.node);
    const roundTrip = target ? this.faults.latency(from.node, target.node) + this.faults.latency(target.node, from.node) : 0;
    if (isLost || roundTrip > timeoutMs) {
      await this.#clock.sleep(timeoutMs);
      throw new DialError('ETIMEDOUT', 'Connection timed out');
    }
    if (roundTrip > 0) await this.#clock.sleep(roundTrip);
    // Within one machine a packet takes some hundredths of a millisecond.
    return roundTrip + 0.04 + this.#random.next() * 0.06;
  }

  /** A flow of datagrams: nothing is sent yet, so nothing can fail yet. */
  async #dialUdp(from: Namespace, address: string, port: number): Promise<Connection> {
    const arrival = this.#send(from, address, port, 'udp');
    if (typeof arrival !== 'string') return this.#join(from, arrival, `${address}:${port}`, 'udp');
    const { client, server } = connect({ clock: this.#clock, clientAddress: '', serverAddress: `${address}:${port}`, upDelayMs: 0, downDelayMs: 0, onClosed: () => {} });
    // The first datagram to a closed port is answered by the kernel: port unreachable.
    if (arrival === 'refused') void server.input.read().then(() => server.close());
    return client;
  }

  /** Sends one packet on its way and says where it arrives. */
  #send(from: Namespace, address: string, port: number, protocol: Protocol): Arrival {
    const { to, source, owner } = this.#translate(from, address, port, protocol);
    if (typeof to === 'string') return to;
    if (this.#gateways.has(to.address)) return 'refused';
    const target = from.owns(to.address) ? from : this.#byAddress.get(to.address);
    if (!target || !this.#passes(from, target, { source, target: to.address, port: to.port, protocol }, owner && owner !== from.node ? { address, port } : to) || this.faults.loses(from.node, target.node) || this.faults.loses(target.node, from.node)) return 'lost';
    const listener = target.listenerAt(to.address, to.port, protocol);
    return listener ? { target, ...to, source: target === from ? (from.addresses[0] === to.address ? to.address : LOOPBACK) : source, listener } : 'refused';
  }

  /** The way that the first packet of a connection would take now, step by step. Nothing is sent, and nobody's turn is used up. */
  explain(source: NetworkNamespace, address: string, port: number, protocol: Protocol): PacketStep[] {
    const from = source as Namespace;
    const own = from.addresses[0] ?? LOOPBACK;
    const owner = this.#nodeOf(from, address);
    const table = owner ?? from.node;
    const rules = this.#nodes.get(table)!.rules;
    const rule = rules.find(address, port, protocol, owner !== undefined);
    const steps: PacketStep[] = [{ kind: 'sent', node: from.node, source: own, target: `${address}:${port}` }];
    if (rule) steps.push({ kind: 'rule', node: table, service: rule.service, rule: `${rule.address || 'any node'}:${rule.port}/${rule.protocol}`, endpoints: rule.endpoints.map(textOf), ...(rule.drop ? { drop: true } : {}), ...(rule.masquerade ? { masquerade: true } : {}) });
    else if (owner === undefined && rules.owns(address) && !this.#byAddress.has(address)) return [...steps, { kind: 'lost', node: table, reason: 'a Service has this address, but not this port' }];
    if (rule?.drop) return [...steps, { kind: 'lost', node: table, reason: 'no endpoint on this node, and the traffic policy allows no other' }];
    if (rule && rule.endpoints.length === 0) return [...steps, { kind: 'refused', node: table, reason: 'the Service has no ready endpoint' }];
    const chosen = rule && (rules.remembered(rule, own) ?? rule.endpoints[0]!);
    const mapped = rule || !owner ? undefined : this.#nodes.get(owner)!.portMaps.find(address, port, protocol);
    const to = chosen ?? mapped ?? { address, port };
    if (mapped) steps.push({ kind: 'rule', node: table, service: 'hostPort of a Pod (portmap)', rule: `${address}:${port}/${protocol.toUpperCase()}`, endpoints: [textOf(mapped)] });
    if (rule && chosen) steps.push({ kind: 'endpoint', node: table, target: textOf(chosen), how: rules.remembered(rule, own) ? 'session affinity' : rule.endpoints.length === 1 ? 'the only one' : 'one of them by chance: this is the first' });
    const target = from.owns(to.address) ? from : this.#byAddress.get(to.address);
    if (!target) return [...steps, { kind: 'lost', node: from.node, reason: `no machine and no Pod has the address ${to.address}` }];
    const seenAs = rule?.masquerade && owner ? this.#nodes.get(owner)!.namespace.addresses[0]! : own;
    const isLocalHost = this.#isHost(target) || seenAs === this.#nodes.get(target.node)!.namespace.addresses[0];
    const outgoing = { source: own, target: owner && owner !== from.node ? address : to.address, port: owner && owner !== from.node ? port : to.port, protocol };
    if (from !== target && !this.#isHost(from)) steps.push({ kind: 'policy', node: from.node, direction: 'egress', allowed: this.#nodes.get(from.node)!.filter?.allows('egress', outgoing) !== false });
    steps.push({ kind: 'wire', node: target.node, from: from.node, latencyMs: this.faults.latency(from.node, target.node), lossPercent: this.faults.lossPercent(from.node, target.node), up: this.#nodes.get(from.node)!.up && this.#nodes.get(target.node)!.up });
    if (from !== target && !isLocalHost) steps.push({ kind: 'policy', node: target.node, direction: 'ingress', allowed: this.#nodes.get(target.node)!.filter?.allows('ingress', { source: seenAs, target: to.address, port: to.port, protocol }) !== false });
    const stop = steps.find((step) => (step.kind === 'policy' && !step.allowed) || (step.kind === 'wire' && !step.up));
    if (stop) return [...steps.slice(0, steps.indexOf(stop) + 1), { kind: 'lost', node: stop.node, reason: stop.kind === 'policy' ? `a NetworkPolicy does not allow it (${stop.direction})` : 'a machine is off' }];
    const listener = target.listenerAt(to.address, to.port, protocol);
    return [...steps, listener ? { kind: 'arrived', node: target.node, target: textOf(to), process: listener.process, source: seenAs } : { kind: 'refused', node: target.node, reason: `nobody listens at ${textOf(to)}` }];
  }

  /** kube-proxy's work: an address that stands for a Service becomes that of an endpoint. Then the port maps': a node's port becomes a Pod's. */
  #translate(from: Namespace, address: string, port: number, protocol: Protocol): { to: { address: string; port: number } | 'refused' | 'lost'; source: string; owner?: string } {
    const own = from.addresses[0] ?? LOOPBACK;
    const owner = this.#nodeOf(from, address);
    const rules = this.#nodes.get(owner ?? from.node)!.rules;
    const rule = rules.find(address, port, protocol, owner !== undefined);
    const mapped = rule || !owner ? undefined : this.#nodes.get(owner)!.portMaps.find(address, port, protocol);
    if (mapped) return { to: mapped, source: own, owner: owner! };
    if (!rule) {
      // A Service's address has no machine behind it: another port of it leads nowhere.
      const isNowhere = owner === undefined && rules.owns(address) && !this.#byAddress.has(address);
      return { to: isNowhere ? 'lost' : { address, port }, source: own };
    }
    if (rule.drop) return { to: 'lost', source: own };
    const endpoint = rules.choose(rule, own);
    if (!endpoint) return { to: 'refused', source: own };
    return { to: endpoint, source: rule.masquerade && owner ? this.#nodes.get(owner)!.namespace.addresses[0]! : own, ...(owner ? { owner } : {}) };
  }

  /** The node that an address belongs to; loopback is the node's own in its own namespace. */
  #nodeOf(from: Namespace, address: string): string | undefined {
    if (address === LOOPBACK) return this.#isHost(from) ? from.node : undefined;
    const target = this.#byAddress.get(address);
    return target && this.#isHost(target) ? target.node : undefined;
  }

  #isHost(namespace: Namespace): boolean {
    return this.#nodes.get(namespace.node)?.namespace === namespace;
  }

  /** Power and policies, of both ends. `outward` is where the packet goes as seen at its start: a node port is translated elsewhere. */
  #passes(from: Namespace, target: Namespace, packet: Packet, outward: { address: string; port: number }): boolean {
    if (from === target) return true;
    const [here, there] = [this.#nodes.get(from.node)!, this.#nodes.get(target.node)!];
    if (!here.up || !there.up) return false;
    const outgoing = { source: from.addresses[0]!, target: outward.address, port: outward.port, protocol: packet.protocol };
    if (!this.#isHost(from) && here.filter?.allows('egress', outgoing) === false) return false;
    // A node always reaches its own Pods: the kubelet probes them, and a node port of its own comes from it.
    if (packet.source === there.namespace.addresses[0] || this.#isHost(target)) return true;
    return there.filter?.allows('ingress', packet) !== false;
  }

  async #join(from: Namespace, { target, address, port, source, listener }: Exclude<Arrival, string>, dialled: string, protocol: Protocol): Promise<Connection> {
    const [upDelayMs, downDelayMs] = [this.faults.latency(from.node, target.node), this.faults.latency(target.node, from.node)];
    if (protocol === 'tcp' && upDelayMs + downDelayMs > 0) await this.#clock.sleep(upDelayMs + downDelayMs);
    const localPort = from.nextPort();
    const { client, server } = connect({
      clock: this.#clock, clientAddress: `${source}:${localPort}`, serverAddress: dialled, upDelayMs, downDelayMs,
      onClosed: () => {
        from.forget(client);
        target.forget(server);
      },
    });
    const [dialledHost = '', dialledPort] = dialled.split(':');
    from.track(client, { protocol, state: 'ESTAB', local: { address: from === target ? LOOPBACK : from.addresses[0]!, port: localPort }, remote: { address: dialledHost, port: Number(dialledPort) }, process: '' });
    target.track(server, { protocol, state: 'ESTAB', local: { address, port }, remote: { address: source, port: localPort }, process: listener.process });
    listener.accept(server);
    return client;
  }

  #freeAddress(own: NodeWires): string {
    for (let tries = 0; tries < 253; tries++) {
      const address = `10.${244 + (own.subnet >> 8)}.${own.subnet & 255}.${own.next}`;
      own.next = own.next >= 254 ? 2 : own.next + 1;
      if (!this.#byAddress.has(address)) return address;
    }
    throw new Error('no IP addresses available in range set');
  }
}

function textOf({ address, port }: { address: string; port: number }): string {
  return `${address}:${port}`;
}
