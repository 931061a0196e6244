import type { Connection } from '../machinery/streams.ts';

/**
 * The cluster network as seen by what lives on it. One packet path for all: container processes, probes, the API server's
 * proxy and port-forward.
 *
 * ```
 *   pod netns ── veth ── node ──(kube-proxy's rules: ClusterIP, NodePort → pod IP)── node ── veth ── pod netns
 * ```
 */
export interface ClusterNetwork {
  /** CNI ADD: gives the sandbox its namespace and address. */
  attach(node: string, sandboxId: string, options: { hostNetwork: boolean; portMappings?: readonly PortMapping[] }): NetworkNamespace;
  /** CNI DEL: its connections are cut. */
  detach(sandboxId: string): void;
  namespaceOf(sandboxId: string): NetworkNamespace | undefined;
  /** The node's own namespace: kubelet probes, host-network Pods, the node shell. */
  nodeNamespace(node: string): NetworkNamespace;
}

export type Protocol = 'tcp' | 'udp';

/** A port of the node that leads to a port of a Pod. */
export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** '' or 0.0.0.0: every address of the node. */
  readonly hostIP: string;
}

export interface ListenOptions {
  /** 0: any free one. */
  readonly port: number;
  /** '' or 0.0.0.0 is all of them. */
  readonly address?: string;
  readonly protocol?: Protocol;
  readonly process?: string;
}

/** A socket as `ss` shows it. */
export interface SocketInfo {
  readonly protocol: Protocol;
  readonly state: 'LISTEN' | 'ESTAB' | 'UNCONN';
  readonly local: { readonly address: string; readonly port: number };
  readonly remote?: { readonly address: string; readonly port: number };
  readonly process: string;
}

export interface NetworkNamespace {
  readonly node: string;
  /** IPv4 addresses, loopback aside. */
  readonly addresses: readonly string[];
  /**
   * A server in this namespace. Throws `Address already in use`. Over UDP each flow is a connection of its own, and each chunk a
   * datagram.
   */
  listen(options: ListenOptions, onConnection: (connection: Connection) => void): { readonly port: number; close(): void };
  /** To an address, through kube-proxy's rules of this node and network policies. Rejects with {@link DialError}. */
  dial(host: string, port: number, signal?: AbortSignal, protocol?: Protocol): Promise<Connection>;
  /** Milliseconds there and back. Rejects with {@link DialError} when nothing answers. */
  ping(address: string, timeoutMs: number): Promise<number>;
  /** Addresses of a name, by the resolver of whoever owns this view of the namespace. Rejects with ENOTFOUND. */
  resolve(name: string): Promise<string[]>;
  readonly sockets: readonly SocketInfo[];
}

export class DialError extends Error {
  readonly code: 'ECONNREFUSED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'ENETUNREACH' | 'ENOTFOUND';
  /** What was dialled, when it came to that. */
  readonly address: string | undefined;
  constructor(code: DialError['code'], message: string, address?: string) {
    super(message);
    this.name = 'DialError';
    this.code = code;
    this.address = address;
  }
}

export const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
