import type { Cause } from '../../contracts/trace/index.ts';
import type { ByteSource, Connection, ProcessSession } from './streams.ts';

/**
 * What the API server asks of a kubelet's port 10250. Implemented by the kubelet, looked up by the API server through
 * {@link KubeletConnections}; refusals are thrown as `StatusError` with the kubelet's own words.
 */
export interface KubeletServer {
  containerLogs(pod: { namespace: string; name: string }, container: string, options: LogOptions): Promise<ByteSource>;
  exec(pod: { namespace: string; name: string }, container: string, options: ExecOptions): Promise<ProcessSession>;
  attach(pod: { namespace: string; name: string }, container: string, options: Omit<ExecOptions, 'command'>): Promise<ProcessSession>;
  portForward(pod: { namespace: string; name: string }, port: number): Promise<Connection>;
  /** What else its port answers: `/healthz`, `/pods`, `/stats/summary`, `/metrics/resource`, `/configz`. */
  http(path: string, query: Readonly<Record<string, string | undefined>>): Promise<KubeletAnswer>;
}

export interface KubeletAnswer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceTime?: number;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly stream?: 'All' | 'Stdout' | 'Stderr';
  readonly signal: AbortSignal;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly cause: Cause;
}

/** Undefined: nothing listens there (the kubelet is stopped or the node is gone). */
export type KubeletConnections = (nodeName: string) => KubeletServer | undefined;
