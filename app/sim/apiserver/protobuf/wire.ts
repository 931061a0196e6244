import { newBadRequest } from '../../machinery/errors.ts';

/** Reads fields off the protobuf wire: https://protobuf.dev/programming-guides/encoding */
export class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next field; `number` for varints, `bytes` for the rest. */
  next(): { tag: number; number: bigint; bytes: Buffer } | undefined {
    if (this.#position >= this.#bytes.length) return undefined;
    const key = Number(this.#varint());
    const tag = key >>> 3;
    switch (key & 7) {
      case 0:
        return { tag, number: this.#varint(), bytes: Buffer.alloc(0) };
      case 1:
        return { tag, number: 0n, bytes: this.#take(8) };
      case 2:
        return { tag, number: 0n, bytes: this.#take(Number(this.#varint())) };
      case 5:
        return { tag, number: 0n, bytes: this.#take(4) };
      default:
        throw newBadRequest(`proto: illegal wireType ${key & 7}`);
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw newBadRequest('unexpected EOF');
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw newBadRequest('unexpected EOF');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
