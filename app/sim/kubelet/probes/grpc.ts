import type { Clock } from '../../../base/clock/index.ts';
import type { FrameReader } from '../../network/grpc/frames.ts';
import { checkHealth, CODES, openGrpc, RpcError } from '../../network/grpc/health.ts';
import type { Connection } from '../../machinery/streams.ts';
import { DialError, type NetworkNamespace } from '../../network/network.ts';

export interface GrpcTarget {
  readonly clock: Clock;
  readonly network: NetworkNamespace;
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly timeoutSeconds: number;
}

/** models google.golang.org/grpc/backoff: DefaultConfig, without jitter */
const FIRST_RETRY_MS = 1_000;
const RETRY_FACTOR = 1.6;
const CODE_NAMES: Readonly<Record<number, string>> = { [CODES.UNKNOWN]: 'Unknown', [CODES.NOT_FOUND]: 'NotFound', [CODES.UNAVAILABLE]: 'Unavailable' };

/** One health check over gRPC. A server that refuses or speaks something else is tried again until the time is over. models pkg/probe/grpc */
export async function probeGrpc({ clock, network, host, port, service, timeoutSeconds }: GrpcTarget): Promise<{ success: boolean; output: string }> {
  const authority = `${host}:${port}`;
  const abort = new AbortController();
  let connection: Connection | undefined;
  let phase: 'connecting' | 'asking' = 'connecting';
  const timer = clock.schedule(timeoutSeconds * 1000, () => {
    abort.abort();
    connection?.close();
  });
  const open = async (): Promise<FrameReader> => {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs *= RETRY_FACTOR) {
      try {
        connection = await network.dial(host, port, abort.signal);
        const reader = await openGrpc(connection);
        if (reader) return reader;
        connection.close();
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
      }
      await clock.sleep(retryMs, abort.signal);
    }
  };
  try {
    const reader = await open();
    phase = 'asking';
    const status = await checkHealth(connection!, reader, { service, authority, agent: 'kube-probe/1.36' });
    return status === 'SERVING' ? { success: true, output: 'service healthy' } : { success: false, output: `service unhealthy (responded with ${JSON.stringify(status)})` };
  } catch (error) {
    const { aborted } = abort.signal;
    if (aborted) return { success: false, output: phase === 'connecting' ? `timeout: failed to connect service ${JSON.stringify(authority)} within ${timeoutSeconds}s: context deadline exceeded` : `timeout: health rpc did not complete within ${timeoutSeconds}s` };
    if (!(error instanceof RpcError)) throw error;
    if (error.code === CODES.UNIMPLEMENTED) return { success: false, output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.message}` };
    return { success: false, output: `error: health rpc probe failed: rpc error: code = ${CODE_NAMES[error.code] ?? `Code(${error.code})`} desc = ${error.message}` };
  } finally {
    timer.dispose();
    connection?.close();
  }
}
