import type { Clock, Random } from '../../base/clock/index.ts';
import { connectionPair, type Connection } from '../machinery/streams.ts';
import { DialError, type ClusterNetwork, type NetworkNamespace } from './network.ts';
import type { RuleTable, ServiceRule } from './service-rules.ts';

/** How long a packet to nowhere is waited for. */
const TIMEOUT_MS = 130_000;

/** The rules of one node, as kube-proxy left them. */
export class NodeRules implements RuleTable {
  rules: readonly ServiceRule[] = [];
  readonly #byAddress = new Map<string, ServiceRule>();

  replace(rules: readonly ServiceRule[]): void {
    this.rules = rules;
    this.#byAddress.clear();
    for (const rule of rules) this.#byAddress.set(`${rule.address}:${rule.port}/${rule.protocol}`, rule);
  }

  find(address: string, port: number, isNodeAddress: boolean): ServiceRule | undefined {
    return this.#byAddress.get(`${address}:${port}/TCP`) ?? (isNodeAddress ? this.#byAddress.get(`:${port}/TCP`) : undefined);
  }
}

interface Listener {
  readonly port: number;
  readonly address: string;
  readonly process: string;
  readonly accept: (connection: Connection) => void;
}

/** Resolves names as the cluster's DNS does; undefined: no such name. */
export type NameResolver = (name: string, namespace: Namespace) => string | undefined;

/** One network namespace: a node's own, or a Pod's. */
export class Namespace implements NetworkNamespace {
  readonly node: string;
  readonly addresses: readonly string[];
  readonly #network: SimulatedNetwork;
  readonly listening = new Map<number, Listener>();
  #port = 40_000;

  constructor(network: SimulatedNetwork, node: string, addresses: readonly string[]) {
    this.#network = network;
    this.node = node;
    this.addresses = addresses;
  }

  get listeners(): NetworkNamespace['listeners'] {
    return [...this.listening.values()].map(({ port, address, process }) => ({ protocol: 'tcp' as const, port, address, process }));
  }

  listen(options: { port: number; address?: string; process?: string }, onConnection: (connection: Connection) => void): { close(): void } {
    if (this.listening.has(options.port)) throw new Error('Address already in use');
    this.listening.set(options.port, { port: options.port, address: options.address ?? '0.0.0.0', process: options.process ?? '', accept: onConnection });
    return { close: () => void this.listening.delete(options.port) };
  }

  dial(host: string, port: number, signal?: AbortSignal): Promise<Connection> {
    return this.#network.dial(this, host, port, signal);
  }

  async exchange(): Promise<Uint8Array> {
    throw new DialError('ENETUNREACH', 'UDP is not simulated');
  }

  nextPort(): number {
    return ++this.#port;
  }
}

/**
 * The packet path of the cluster.
 *
 * ```
 *   dial ─▶ name? ─▶ loopback / own address ─▶ rules of this node (ClusterIP, NodePort) ─▶ Pod or node address ─▶ listener
 * ```
 * A node whose power is off answers nothing: the dial times out. An address without a listener refuses.
 */
export class SimulatedNetwork implements ClusterNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #nodes = new Map<string, { namespace: Namespace; rules: NodeRules; subnet: number; next: number; up: boolean }>();
  readonly #sandboxes = new Map<string, Namespace>();
  readonly #byAddress = new Map<string, Namespace>();
  resolver: NameResolver = () => undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  addNode(name: string, address: string, subnet: number): NodeRules {
    const namespace = new Namespace(this, name, [address]);
    const rules = new NodeRules();
    this.#nodes.set(name, { namespace, rules, subnet, next: 2, up: true });
    this.#byAddress.set(address, namespace);
    return rules;
  }

  rulesOf(node: string): NodeRules {
    return this.#nodes.get(node)!.rules;
  }

  setPower(node: string, up: boolean): void {
    this.#nodes.get(node)!.up = up;
  }

  attach(node: string, sandboxId: string, { hostNetwork }: { hostNetwork: boolean }): NetworkNamespace {
    const own = this.#nodes.get(node);
    if (!own) throw new Error(`there is no node ${node}`);
    if (hostNetwork) {
      this.#sandboxes.set(sandboxId, own.namespace);
      return own.namespace;
    }
    const address = `10.244.${own.subnet}.${own.next}`;
    own.next = own.next >= 254 ? 2 : own.next + 1;
    const namespace = new Namespace(this, node, [address]);
    this.#sandboxes.set(sandboxId, namespace);
    this.#byAddress.set(address, namespace);
    return namespace;
  }

  detach(sandboxId: string): void {
    const namespace = this.#sandboxes.get(sandboxId);
    this.#sandboxes.delete(sandboxId);
    const [address] = namespace?.addresses ?? [];
    if (namespace && address && this.#nodes.get(namespace.node)?.namespace !== namespace) this.#byAddress.delete(address);
  }

  namespaceOf(sandboxId: string): NetworkNamespace | undefined {
    return this.#sandboxes.get(sandboxId);
  }

  nodeNamespace(node: string): NetworkNamespace {
    return this.#nodes.get(node)!.namespace;
  }

  async dial(from: Namespace, host: string, port: number, signal?: AbortSignal): Promise<Connection> {
    const address = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? host : host === 'localhost' ? '127.0.0.1' : this.resolver(host, from);
    if (address === undefined) throw new DialError('EHOSTUNREACH', 'No such host');
    if (address === '127.0.0.1' || from.addresses.includes(address)) {
      const local = this.#rules(from, address, port);
      if (!local) return this.#connect(from, from, port);
    }
    const rule = this.#rules(from, address, port);
    if (rule) {
      if (rule.endpoints.length === 0) throw new DialError('ECONNREFUSED', 'Connection refused');
      const endpoint = rule.endpoints[this.#random.int(rule.endpoints.length)]!;
      return this.#to(from, endpoint.address, endpoint.port, signal);
    }
    return this.#to(from, address, port, signal);
  }

  #rules(from: Namespace, address: string, port: number): ServiceRule | undefined {
    const isNodeAddress = [...this.#nodes.values()].some(({ namespace }) => namespace.addresses.includes(address)) || address === '127.0.0.1';
    return this.#nodes.get(from.node)?.rules.find(address, port, isNodeAddress);
  }

  async #to(from: Namespace, address: string, port: number, signal?: AbortSignal): Promise<Connection> {
    const target = this.#byAddress.get(address);
    if (target && this.#nodes.get(target.node)?.up && this.#nodes.get(from.node)?.up) return this.#connect(from, target, port);
    await this.#clock.sleep(TIMEOUT_MS, signal);
    throw new DialError('ETIMEDOUT', 'Operation timed out');
  }

  #connect(from: Namespace, target: Namespace, port: number): Connection {
    const listener = target.listening.get(port);
    if (!listener) throw new DialError('ECONNREFUSED', 'Connection refused');
    const { client, server } = connectionPair(`${from === target ? '127.0.0.1' : (from.addresses[0] ?? '0.0.0.0')}:${from.nextPort()}`, `${target.addresses[0]}:${port}`);
    listener.accept(server);
    return client;
  }
}
