import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { BytePipe } from '../../../machinery/streams.ts';
import { newForbidden } from '../../../machinery/errors.ts';

/** What a request to change protocols brings. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Above this many bytes not yet sent, writers wait. */
const HIGH_WATER = 1024 * 1024;
const CLOSE_CHANNEL = 255;

export function isWebSocket(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
}

/** The first protocol of ours that the client offers; '' when it offers none. models apiserver/pkg/util/wsstream */
export function chooseProtocol(request: IncomingMessage, known: readonly string[]): string {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim()).filter(Boolean);
  if (offered.length === 0 && known.includes('')) return '';
  const found = offered.find((candidate) => known.includes(candidate));
  if (found === undefined) throw newForbidden({ group: '', resource: '' }, '', `unable to negotiate a supported protocol, client supports: [${offered.join(' ')}]`);
  return found;
}

export function acceptWebSocket({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  // The library takes a protocol with a slash in its name for nonsense, and Kubernetes has one: it does not see the header.
  delete request.headers['sec-websocket-protocol'];
  if (protocol) server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}

/** A WebSocket whose messages begin with the number of a channel; `base64` ones carry text. */
export class Channels {
  readonly #socket: WebSocket;
  readonly #isBase64: boolean;
  readonly #inputs = new Map<number, BytePipe>();
  readonly gone: Promise<void>;

  constructor(socket: WebSocket, options: { base64: boolean; inputs: readonly number[] }) {
    this.#socket = socket;
    this.#isBase64 = options.base64;
    for (const channel of options.inputs) this.#inputs.set(channel, new BytePipe());
    socket.on('message', (data: Buffer) => this.#take(data));
    socket.on('error', () => socket.terminate());
    this.gone = new Promise((resolve) =>
      socket.once('close', () => {
        for (const input of this.#inputs.values()) input.end();
        resolve();
      }),
    );
  }

  input(channel: number): BytePipe {
    return this.#inputs.get(channel)!;
  }

  /** One message; waits while the peer is slow. False: it has gone. */
  async write(channel: number, bytes: Uint8Array): Promise<boolean> {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    const message = this.#isBase64 ? `${channel}${Buffer.from(bytes).toString('base64')}` : Buffer.concat([Buffer.from([channel]), bytes]);
    if (this.#socket.bufferedAmount < HIGH_WATER) this.#socket.send(message);
    else await Promise.race([new Promise<void>((resolve) => this.#socket.send(message, () => resolve())), this.gone]);
    return this.#socket.readyState === this.#socket.OPEN;
  }

  close(): void {
    this.#socket.close(1000);
  }

  #take(data: Buffer): void {
    const channel = this.#isBase64 ? data[0]! - 48 : data[0]!;
    const bytes = this.#isBase64 ? Buffer.from(data.toString('latin1', 1), 'base64') : data.subarray(1);
    if (channel === CLOSE_CHANNEL) return this.#inputs.get(bytes[0]!)?.end();
    const input = this.#inputs.get(channel);
    if (!input?.write(new Uint8Array(bytes))) return;
    const slow = input.drained();
    if (!slow) return;
    this.#socket.pause();
    void slow.then(() => this.#socket.resume());
  }
}
