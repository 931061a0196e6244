import type { Clock } from '../../../base/clock/index.ts';
import type { Connection } from '../../machinery/streams.ts';
import { resolveName } from '../../network/dns/resolver.ts';
import { isAddress, type ListenOptions, type NetworkNamespace, type Protocol, type SocketInfo } from '../../network/network.ts';
import type { FileSystem } from '../filesystem/filesystem.ts';

/**
 * The network as a container's programs use it: the Pod's namespace, with names resolved by this container's own /etc/hosts and
 * /etc/resolv.conf. What its programs opened is closed when it ends, as a kernel does for the dead.
 */
export class ContainerNetwork implements NetworkNamespace {
  readonly #namespace: NetworkNamespace;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #open = new Set<{ close(): void }>();

  constructor(namespace: NetworkNamespace, files: FileSystem, clock: Clock) {
    this.#namespace = namespace;
    this.#files = files;
    this.#clock = clock;
  }

  get node(): string {
    return this.#namespace.node;
  }

  get addresses(): readonly string[] {
    return this.#namespace.addresses;
  }

  get sockets(): readonly SocketInfo[] {
    return this.#namespace.sockets;
  }

  listen(options: ListenOptions, onConnection: (connection: Connection) => void): { port: number; close(): void } {
    const server = this.#namespace.listen(options, (connection) => {
      this.#keep(connection);
      onConnection(connection);
    });
    this.#open.add(server);
    return { port: server.port, close: () => (this.#open.delete(server), server.close()) };
  }

  async dial(host: string, port: number, signal?: AbortSignal, protocol?: Protocol): Promise<Connection> {
    const connection = await this.#namespace.dial(await this.#address(host), port, signal, protocol);
    this.#keep(connection);
    return connection;
  }

  async ping(host: string, timeoutMs: number): Promise<number> {
    return this.#namespace.ping(await this.#address(host), timeoutMs);
  }

  async resolve(name: string): Promise<string[]> {
    if (name === 'localhost') return ['127.0.0.1'];
    const read = (path: string): string => (this.#files.isFile(path) ? this.#files.readText(path) : '');
    return resolveName(this.#namespace, this.#clock, { hosts: read('/etc/hosts'), resolvConf: read('/etc/resolv.conf') }, name);
  }

  dispose(): void {
    for (const socket of this.#open) socket.close();
    this.#open.clear();
  }

  async #address(host: string): Promise<string> {
    return isAddress(host) ? host : (await this.resolve(host))[0]!;
  }

  /** Until it is over. */
  #keep(connection: Connection): void {
    if (this.#open.size > 1_000) for (const old of this.#open) if ('input' in old && (old as Connection).input.closed && (old as Connection).output.closed) this.#open.delete(old);
    this.#open.add(connection);
  }
}
