import type { Connection } from '../../machinery/streams.ts';
import { DialError, isAddress, type ListenOptions, type NetworkNamespace, type Protocol, type SocketInfo } from '../network.ts';

export interface Listener {
  readonly port: number;
  readonly address: string;
  readonly process: string;
  readonly accept: (connection: Connection) => void;
}

/** What a namespace asks of the network around it. */
export interface Wires {
  dial(from: Namespace, host: string, port: number, signal: AbortSignal | undefined, protocol: Protocol): Promise<Connection>;
  ping(from: Namespace, address: string, timeoutMs: number): Promise<number>;
}

const EPHEMERAL = { first: 32_768, last: 60_999 };
const LOOPBACK = '127.0.0.1';

/** One network namespace: a node's own, or a Pod's. Its sockets live here. */
export class Namespace implements NetworkNamespace {
  readonly node: string;
  readonly addresses: readonly string[];
  readonly #wires: Wires;
  readonly #listening = new Map<string, Listener>();
  readonly #open = new Map<Connection, SocketInfo>();
  #port = EPHEMERAL.first;

  constructor(wires: Wires, node: string, addresses: readonly string[]) {
    this.#wires = wires;
    this.node = node;
    this.addresses = addresses;
  }

  get sockets(): readonly SocketInfo[] {
    const listening = [...this.#listening].map(([key, { port, address, process }]): SocketInfo => {
      const protocol = key.startsWith('udp') ? 'udp' : 'tcp';
      return { protocol, state: protocol === 'tcp' ? 'LISTEN' : 'UNCONN', local: { address, port }, process };
    });
    return [...listening, ...this.#open.values()];
  }

  listen({ port: wanted, address = '0.0.0.0', protocol = 'tcp', process = '' }: ListenOptions, accept: (connection: Connection) => void): { port: number; close(): void } {
    const port = wanted === 0 ? this.nextPort() : wanted;
    const key = `${protocol}/${port}/${address === '' ? '0.0.0.0' : address}`;
    const isTaken = address === '0.0.0.0' || address === '' ? [...this.#listening.keys()].some((other) => other.startsWith(`${protocol}/${port}/`)) : this.#listening.has(key) || this.#listening.has(`${protocol}/${port}/0.0.0.0`);
    if (isTaken) throw new Error('Address already in use');
    const listener = { port, address: address === '' ? '0.0.0.0' : address, process, accept };
    this.#listening.set(key, listener);
    return { port, close: () => void (this.#listening.get(key) === listener && this.#listening.delete(key)) };
  }

  dial(host: string, port: number, signal?: AbortSignal, protocol: Protocol = 'tcp'): Promise<Connection> {
    return this.#wires.dial(this, host, port, signal, protocol);
  }

  ping(address: string, timeoutMs: number): Promise<number> {
    return this.#wires.ping(this, address, timeoutMs);
  }

  /** A bare namespace knows no names but its own. */
  async resolve(name: string): Promise<string[]> {
    if (name === 'localhost') return [LOOPBACK];
    if (isAddress(name)) return [name];
    throw new DialError('ENOTFOUND', 'Name or service not known');
  }

  owns(address: string): boolean {
    return address === LOOPBACK || address.startsWith('127.') || this.addresses.includes(address);
  }

  /** Who listens at an address of this namespace. */
  listenerAt(address: string, port: number, protocol: Protocol): Listener | undefined {
    return this.#listening.get(`${protocol}/${port}/${address}`) ?? this.#listening.get(`${protocol}/${port}/0.0.0.0`);
  }

  nextPort(): number {
    this.#port = this.#port >= EPHEMERAL.last ? EPHEMERAL.first : this.#port + 1;
    return this.#port;
  }

  /** Keeps a connection in the list of sockets until both directions are closed. */
  track(connection: Connection, info: SocketInfo): void {
    this.#open.set(connection, info);
  }

  forget(connection: Connection): void {
    this.#open.delete(connection);
  }

  /** The namespace goes: nobody listens any more, and every peer sees its connection end. */
  tearDown(): void {
    this.#listening.clear();
    for (const connection of this.#open.keys()) {
      connection.close();
      connection.input.end();
    }
    this.#open.clear();
  }
}
