import { uint32 } from './header-block.ts';

/** models SPDY/3.1: the control frames that kubectl and kubelets use */
export const TYPE = { synStream: 1, synReply: 2, resetStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
export const FIN = 0x01;
const VERSION = 3;
/** Frames have a 24-bit length; larger writes are cut. */
const MAX_DATA = 64 * 1024;

export type Frame =
  | { readonly kind: 'data'; readonly stream: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer };

/** Cuts a byte stream into frames. Ends quietly when the stream is cut off within one. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = 8;
  for await (const chunk of source) {
    pieces.push(chunk);
    size += chunk.length;
    if (size < wanted) continue;
    let buffer = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    wanted = 8;
    while (buffer.length >= 8) {
      const length = buffer.readUIntBE(5, 3);
      if (buffer.length < 8 + length) {
        wanted = 8 + length;
        break;
      }
      const first = buffer.readUInt32BE(0);
      const flags = buffer[4]!;
      const payload = buffer.subarray(8, 8 + length);
      buffer = buffer.subarray(8 + length);
      yield first >>> 31 === 1 ? { kind: 'control', type: first & 0xffff, flags, payload } : { kind: 'data', stream: first, flags, payload };
    }
    pieces = [buffer];
    size = buffer.length;
  }
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  return Buffer.concat([uint32(((0x8000 | VERSION) << 16) | type), lengthWord(flags, payload.length), payload]);
}

export function* dataFrames(stream: number, bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += MAX_DATA) {
    const part = bytes.subarray(at, at + MAX_DATA);
    yield Buffer.concat([uint32(stream), lengthWord(0, part.length), part]);
  }
}

export function finFrame(stream: number): Buffer {
  return Buffer.concat([uint32(stream), lengthWord(FIN, 0)]);
}

function lengthWord(flags: number, length: number): Buffer {
  return uint32((flags << 24) | length);
}
