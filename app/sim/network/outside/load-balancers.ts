import type { Clock } from '../../../base/clock/index.ts';
import { toDisposable, type Disposable, type Event } from '../../../base/lifecycle/index.ts';
import type { Connection } from '../../machinery/streams.ts';
import type { NetworkNamespace, Protocol } from '../network.ts';

/** A load balancer as its provider keeps it. */
export interface Balancer {
  readonly address: string;
  readonly listeners: readonly { readonly port: number; readonly nodePort: number; readonly protocol: string }[];
  readonly targets: readonly { readonly instance: string; readonly healthy: boolean }[];
}

/** Where machines of the provider are put on the wire. */
export interface Machines {
  addMachine(name: string, address: string): NetworkNamespace;
  removeMachine(name: string): void;
}

export interface LoadBalancersOptions {
  readonly machines: Machines;
  readonly clock: Clock;
  /** The provider's account; `onDidChange` after each change of what it holds. */
  readonly account: { readonly loadBalancers: ReadonlyMap<string, Balancer>; readonly onDidChange: Event<void> };
  /** The address of the machine behind a target. */
  readonly addressOf: (instance: string) => string | undefined;
  /** Told of each connection that a target took. */
  readonly onForward?: (hop: Hop) => void;
}

export interface Hop {
  /** `203.0.113.10:40112` */
  readonly client: string;
  /** `172.18.255.200:80` */
  readonly listener: string;
  readonly instance: string;
  readonly nodePort: number;
}

/** After so long without an answer the next target is tried. */
const CONNECT_TIMEOUT_MS = 1_000;

/**
 * The provider's load balancers at work: each is a machine of its own, outside the cluster, that hands every connection to a
 * node port of a healthy target. They do not need the cloud controller: what it once ordered goes on without it.
 *
 * ```
 *   internet ─▶ 172.18.255.200:80 ─▶ worker-1:31234 ─(kube-proxy's rules there)─▶ Pod
 * ```
 */
export class LoadBalancers implements Disposable {
  readonly #options: LoadBalancersOptions;
  readonly #up = new Map<string, { readonly address: string; readonly namespace: NetworkNamespace; readonly ports: Map<string, Disposable> }>();
  readonly #subscription: Disposable;

  constructor(options: LoadBalancersOptions) {
    this.#options = options;
    this.#subscription = options.account.onDidChange(() => this.#sync());
    this.#sync();
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const name of [...this.#up.keys()]) this.#takeDown(name);
  }

  #sync(): void {
    const { account, machines } = this.#options;
    for (const [name, { address }] of this.#up) if (account.loadBalancers.get(name)?.address !== address) this.#takeDown(name);
    for (const [name, balancer] of account.loadBalancers) {
      const up = this.#up.get(name) ?? { address: balancer.address, namespace: machines.addMachine(name, balancer.address), ports: new Map<string, Disposable>() };
      this.#up.set(name, up);
      this.#listen(name, balancer, up);
    }
  }

  #listen(name: string, { listeners }: Balancer, { namespace, ports }: { namespace: NetworkNamespace; ports: Map<string, Disposable> }): void {
    const wanted = new Map(listeners.map(({ port, nodePort, protocol }) => [`${protocol}/${port}/${nodePort}`, { port, nodePort, protocol: protocol.toLowerCase() as Protocol }]));
    for (const [key, listening] of ports) {
      if (wanted.has(key)) continue;
      listening.dispose();
      ports.delete(key);
    }
    for (const [key, { port, nodePort, protocol }] of wanted) {
      if (ports.has(key)) continue;
      const listening = namespace.listen({ port, protocol, process: 'load-balancer' }, (client) => void this.#forward(name, namespace, client, { port, nodePort, protocol }));
      ports.set(key, toDisposable(() => listening.close()));
    }
  }

  /** Targets in turn, beginning with another one each time; the first that answers gets the connection. */
  async #forward(name: string, namespace: NetworkNamespace, client: Connection, { port, nodePort, protocol }: { port: number; nodePort: number; protocol: Protocol }): Promise<void> {
    const targets = (this.#options.account.loadBalancers.get(name)?.targets ?? []).filter(({ healthy }) => healthy);
    const first = Number(client.remoteAddress.split(':')[1] ?? 0);
    for (let index = 0; index < targets.length; index++) {
      const { instance } = targets[(first + index) % targets.length]!;
      const address = this.#options.addressOf(instance);
      const server = address === undefined ? undefined : await this.#dial(namespace, address, nodePort, protocol);
      if (!server) continue;
      this.#options.onForward?.({ client: client.remoteAddress, listener: `${namespace.addresses[0]}:${port}`, instance, nodePort });
      await Promise.all([pump(client, server), pump(server, client)]);
      return;
    }
    client.close();
  }

  async #dial(namespace: NetworkNamespace, address: string, port: number, protocol: Protocol): Promise<Connection | undefined> {
    const abort = new AbortController();
    const timer = this.#options.clock.schedule(CONNECT_TIMEOUT_MS, () => abort.abort(new Error('no answer')));
    try {
      return await namespace.dial(address, port, abort.signal, protocol);
    } catch {
      // This target does not answer; the next one may.
      return undefined;
    } finally {
      timer.dispose();
    }
  }

  #takeDown(name: string): void {
    for (const listening of this.#up.get(name)?.ports.values() ?? []) listening.dispose();
    this.#up.delete(name);
    this.#options.machines.removeMachine(name);
  }
}

async function pump(from: Connection, to: Connection): Promise<void> {
  for (let chunk = await from.input.read(); chunk; chunk = await from.input.read()) {
    if (!to.output.write(chunk)) break;
    await to.output.drained();
  }
  from.input.abandon();
  to.output.end();
}
