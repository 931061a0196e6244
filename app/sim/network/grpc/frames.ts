import type { BytePipe } from '../../machinery/streams.ts';

/** Frames of HTTP/2 that a call with one message each way needs. models RFC 9113: 4.1, 6 */
export const FRAME = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, PING: 6, GOAWAY: 7, WINDOW_UPDATE: 8 } as const;
export const FLAG = { ACK: 1, END_STREAM: 1, END_HEADERS: 4 } as const;
export const PREFACE = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const HEAD = 9;
/** models SETTINGS_MAX_FRAME_SIZE: what a peer takes when nothing else was agreed on */
const MAX_FRAME = 16_384;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(HEAD + payload.length);
  new DataView(bytes.buffer).setUint32(0, (payload.length << 8) | type);
  bytes[4] = flags;
  new DataView(bytes.buffer).setUint32(5, stream);
  bytes.set(payload, HEAD);
  return bytes;
}

/** Takes frames off a connection. */
export class FrameReader {
  readonly #input: BytePipe;
  #buffered = new Uint8Array();

  constructor(input: BytePipe) {
    this.#input = input;
  }

  /** So many bytes; undefined when the peer is gone before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    while (this.#buffered.length < length) {
      const chunk = await this.#input.read();
      if (!chunk) return undefined;
      this.#buffered = new Uint8Array([...this.#buffered, ...chunk]);
    }
    const taken = this.#buffered.slice(0, length);
    this.#buffered = this.#buffered.slice(length);
    return taken;
  }

  /** The next frame; undefined when the peer is gone, or what it says is none. */
  async next(): Promise<Frame | undefined> {
    const head = await this.take(HEAD);
    if (!head) return undefined;
    const view = new DataView(head.buffer);
    const length = view.getUint32(0) >>> 8;
    if (length > MAX_FRAME) return undefined;
    const payload = await this.take(length);
    return payload && { type: head[3]!, flags: head[4]!, stream: view.getUint32(5) & 0x7fff_ffff, payload };
  }
}
