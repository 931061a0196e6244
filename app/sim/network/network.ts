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
  attach(node: string, sandboxId: string, options: { hostNetwork: boolean }): NetworkNamespace;
  /** CNI DEL. */
  detach(sandboxId: string): void;
  namespaceOf(sandboxId: string): NetworkNamespace | undefined;
  /** The node's own namespace: kubelet probes, host-network Pods, the node shell. */
  nodeNamespace(node: string): NetworkNamespace;
}

export interface NetworkNamespace {
  readonly node: string;
  /** IPv4 addresses, loopback aside. */
  readonly addresses: readonly string[];
  /** A server in this namespace. Throws `Address already in use`. `address` '' or 0.0.0.0 is all of them. */
  listen(options: { port: number; address?: string; protocol?: 'tcp' | 'udp'; process?: string }, onConnection: (connection: Connection) => void): { close(): void };
  /** A TCP connection, through kube-proxy's rules of this node and network policies. Rejects with {@link DialError}. */
  dial(host: string, port: number, signal?: AbortSignal): Promise<Connection>;
  /** A name as the namespace's resolver sees it, through cluster DNS (a real UDP exchange over the packet path). */
  readonly listeners: readonly { readonly protocol: 'tcp' | 'udp'; readonly address: string; readonly port: number; readonly process: string }[];
  /** One datagram and its answer. */
  exchange(host: string, port: number, datagram: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
}

export class DialError extends Error {
  readonly code: 'ECONNREFUSED' | 'ETIMEDOUT' | 'EHOSTUNREACH' | 'ENETUNREACH';
  constructor(code: DialError['code'], message: string) {
    super(message);
    this.name = 'DialError';
    this.code = code;
  }
}
