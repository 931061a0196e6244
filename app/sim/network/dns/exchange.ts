import type { Clock } from '../../../base/clock/index.ts';
import { DialError, type NetworkNamespace } from '../network.ts';

/** One datagram and its answer. Rejects with {@link DialError} when none comes in time or the port is closed. */
export async function exchange(network: NetworkNamespace, clock: Clock, host: string, port: number, datagram: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
  const connection = await network.dial(host, port, undefined, 'udp');
  let timedOut = false;
  const timer = clock.schedule(timeoutMs, () => {
    timedOut = true;
    connection.input.end();
  });
  connection.output.write(datagram);
  try {
    const answer = await connection.input.read();
    if (answer) return answer;
    throw timedOut ? new DialError('ETIMEDOUT', 'Connection timed out') : new DialError('ECONNREFUSED', 'Connection refused');
  } finally {
    timer.dispose();
    connection.close();
  }
}
