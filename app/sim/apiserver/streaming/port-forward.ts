import { createWebSocketStream } from 'ws';
import { newBadRequest } from '../../machinery/errors.ts';
import type { Connection } from '../../machinery/streams.ts';
import { copyIn, copyOut } from './transfer.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';
import { switchToSpdy } from './remote-command.ts';
import { acceptWebSocket, Channels, chooseProtocol, isWebSocket, type Upgrade } from './websocket/channels.ts';

const PROTOCOL = 'portforward.k8s.io';
const TUNNEL = `SPDY/3.1+${PROTOCOL}`;
const OLD_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

/** Connects to a port in the Pod; throws an error whose message the caller sees. */
export type DialPort = (port: number) => Promise<Connection>;

/**
 * Carries TCP connections of the caller's machine into a Pod: SPDY, SPDY within a WebSocket, or the old WebSocket channels.
 *
 * models kubelet/pkg/cri/streaming/portforward and apiserver/pkg/util/proxy: TunnelingHandler
 */
export async function servePortForward(upgrade: Upgrade, ports: readonly number[], dial: DialPort): Promise<void> {
  if (!isWebSocket(upgrade.request)) {
    switchToSpdy(upgrade, PROTOCOL);
    return serveSpdy(upgrade.socket, dial);
  }
  const protocol = chooseProtocol(upgrade.request, [TUNNEL, ...OLD_PROTOCOLS]);
  if (protocol !== TUNNEL && ports.length === 0) throw newBadRequest('you must specify at least 1 port');
  const socket = await acceptWebSocket(upgrade, protocol);
  if (protocol === TUNNEL) return serveSpdy(createWebSocketStream(socket), dial);
  return serveChannels(new Channels(socket, { base64: protocol.includes('base64'), inputs: ports.map((_, index) => index * 2) }), ports, dial);
}

/** A connection is two streams with one requestID: `error` and `data`. */
async function serveSpdy(wire: ConstructorParameters<typeof SpdySession>[0], dial: DialPort): Promise<void> {
  const waiting = new Map<string, SpdyStream>();
  const session = new SpdySession(wire, (stream) => {
    const key = stream.headers['requestid'] ?? '';
    const other = waiting.get(key);
    if (!other) return void waiting.set(key, stream);
    waiting.delete(key);
    const [error, data] = stream.headers['streamtype'] === 'data' ? [other, stream] : [stream, other];
    void forward(error, data, dial);
  });
  await session.run();
}

async function forward(error: SpdyStream, data: SpdyStream, dial: DialPort): Promise<void> {
  try {
    const connection = await dial(Number(data.headers['port']));
    void copyIn(data.input, connection.output).finally(() => connection.output.end());
    await copyOut(connection.input, (chunk) => data.write(chunk));
    connection.close();
  } catch (failure) {
    await error.write(Buffer.from((failure as Error).message));
  }
  await data.end();
  await error.end();
}

/** Two channels a port, each opened by the port's number. */
async function serveChannels(channels: Channels, ports: readonly number[], dial: DialPort): Promise<void> {
  for (const [index, port] of ports.entries()) {
    const number = Buffer.from([port & 0xff, port >> 8]);
    await channels.write(index * 2, number);
    await channels.write(index * 2 + 1, number);
  }
  await Promise.all(ports.map(async (port, index) => {
    try {
      const connection = await dial(port);
      void copyIn(channels.input(index * 2), connection.output).finally(() => connection.output.end());
      await copyOut(connection.input, (chunk) => channels.write(index * 2, chunk));
    } catch (failure) {
      await channels.write(index * 2 + 1, Buffer.from((failure as Error).message));
    }
  }));
  channels.close();
}
