import type { Cause, PartId } from '../../contracts/trace/index.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';

/** Who asks: what authentication found, or what a component in this process is known as. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The caller of an in-process request: which part of the diagram it is and under which user it acts. */
export interface Caller {
  readonly part: PartId;
  readonly user: UserInfo;
  /** `kube-scheduler/v1.36.2`: becomes the default field manager, as the part before the slash. */
  readonly userAgent: string;
  /** The loop inside kube-controller-manager, for the trace. */
  readonly loop?: string;
}

export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface TransportRequest {
  readonly method: Verb;
  /** `/api/v1/namespaces/default/pods/web`, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** A parsed object; the server takes its own copy. */
  readonly body?: unknown;
  /** For PATCH: `application/strategic-merge-patch+json` and its like. JSON otherwise. */
  readonly contentType?: string;
  readonly cause: Cause;
}

/** A successful answer. Refusals are thrown as `StatusError`. */
export interface TransportResponse<T = unknown> {
  readonly code: number;
  /** Shared with the store: never mutate. */
  readonly body: T;
  readonly warnings: readonly string[];
  /** What led to this answer, for requests that follow from it. */
  readonly cause: Cause;
}

export interface WatchEvent<T = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
  readonly cause: Cause;
}

/**
 * The way from a component to the API server: the server's whole chain (authentication, authorization, admission,
 * audit, trace) without TLS and the socket. Implemented by the API server, handed to each component by sim-cluster.
 *
 * Everything it does settles in promise callbacks only (no timers, no I/O of the real world), so that the virtual clock
 * is deterministic. While the API server is stopped, both methods reject with {@link ConnectionRefusedError}.
 */
export interface Transport {
  send<T = unknown>(request: TransportRequest): Promise<TransportResponse<T>>;
  /** Ends when the signal aborts; ends too when the server closes the watch (timeout, stop), as in life. */
  watch<T = KubeObject>(request: TransportRequest, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
}

/** Gives each component its own door. */
export type TransportFactory = (caller: Caller) => Transport;

/** Nobody listens on the API server's port. */
export class ConnectionRefusedError extends Error {
  constructor() {
    super('dial tcp: connect: connection refused');
    this.name = 'ConnectionRefusedError';
  }
}
