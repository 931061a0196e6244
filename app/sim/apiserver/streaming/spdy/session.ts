import type { Duplex } from 'node:stream';
import { BytePipe } from '../../../machinery/streams.ts';
import { controlFrame, dataFrames, FIN, finFrame, readFrames, TYPE, type Frame } from './frames.ts';
import { HeaderReader, HeaderWriter, uint32, type Headers } from './header-block.ts';
import { writeFully } from '../transfer.ts';

const CANCEL = 5;

/** One stream of a SPDY connection. */
export class SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  /** What the peer sends; ends with its FIN, its reset or the connection. */
  readonly input = new BytePipe();
  readonly #send: (frame: Buffer) => Promise<boolean>;
  readonly #onFinished: () => void;
  #ended = false;

  constructor(id: number, headers: Headers, send: (frame: Buffer) => Promise<boolean>, onFinished: () => void) {
    this.id = id;
    this.headers = headers;
    this.#send = send;
    this.#onFinished = onFinished;
  }

  /** Resolves when the peer can take more; false once it has gone. */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#ended) return false;
    for (const frame of dataFrames(this.id, bytes)) if (!(await this.#send(frame))) return false;
    return true;
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#send(finFrame(this.id));
    this.#onFinished();
  }

  /** The peer wants no more of it. */
  cut(): void {
    this.#ended = true;
    this.input.end();
    this.#onFinished();
  }

  get ended(): boolean {
    return this.#ended;
  }
}

/**
 * The server's side of a SPDY/3.1 connection over any byte stream (a socket, or a WebSocket that tunnels it). Written here
 * because kubectl's peer (moby/spdystream) sends no window updates, on which the libraries for Node insist; what is slow is held
 * back by the byte stream below instead.
 */
export class SpdySession {
  readonly #wire: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();

  constructor(wire: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#wire = wire;
    this.#onStream = onStream;
    // Every stream that waits for the wire listens to it.
    wire.setMaxListeners(0);
  }

  /** Reads until the peer leaves; then every stream has ended. */
  async run(): Promise<void> {
    const onGone = (): void => this.#cutAll();
    this.#wire.once('close', onGone);
    this.#wire.on('error', onGone);
    try {
      for await (const frame of readFrames(this.#wire as AsyncIterable<Buffer>)) {
        if (!(await this.#take(frame))) break;
      }
    } catch {
      // A peer that vanishes, or speaks nonsense, is gone.
    } finally {
      this.#cutAll();
      this.#reader.close();
      this.#wire.destroy();
    }
  }

  /** Says goodbye; the peer closes. */
  async close(): Promise<void> {
    await this.#send(controlFrame(TYPE.goAway, 0, Buffer.concat([uint32(Math.max(0, ...this.#streams.keys())), uint32(0)])));
    this.#wire.end();
  }

  /** False: the connection is over. */
  async #take(frame: Frame): Promise<boolean> {
    if (frame.kind === 'data') {
      const stream = this.#streams.get(frame.stream);
      if (frame.payload.length > 0 && stream?.input.write(new Uint8Array(frame.payload))) await stream.input.drained();
      if (frame.flags & FIN) this.#remoteEnd(stream);
      return true;
    }
    switch (frame.type) {
      case TYPE.synStream:
        await this.#open(frame.payload, frame.flags);
        return true;
      case TYPE.resetStream:
        this.#streams.get(frame.payload.readUInt32BE(0))?.cut();
        return true;
      case TYPE.headers:
        await this.#reader.read(frame.payload.subarray(4));
        return true;
      case TYPE.ping:
        return this.#send(controlFrame(TYPE.ping, 0, frame.payload));
      case TYPE.goAway:
        return false;
      default:
        return true;
    }
  }

  async #open(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#reader.read(payload.subarray(10));
    if (this.#streams.has(id)) return void (await this.#send(controlFrame(TYPE.resetStream, 0, Buffer.concat([uint32(id), uint32(CANCEL)]))));
    const stream = new SpdyStream(id, headers, (bytes) => this.#send(bytes), () => this.#forget(stream));
    this.#streams.set(id, stream);
    await this.#send(controlFrame(TYPE.synReply, 0, Buffer.concat([uint32(id), this.#writer.write({})])));
    if (flags & FIN) this.#remoteEnd(stream);
    this.#onStream(stream);
  }

  #remoteEnd(stream: SpdyStream | undefined): void {
    stream?.input.end();
    if (stream) this.#forget(stream);
  }

  /** A stream is remembered until both sides are done with it. */
  #forget(stream: SpdyStream): void {
    if (stream.ended && stream.input.closed) this.#streams.delete(stream.id);
  }

  #cutAll(): void {
    for (const stream of [...this.#streams.values()]) stream.cut();
  }

  #send(frame: Buffer): Promise<boolean> {
    return writeFully(this.#wire, frame);
  }
}
