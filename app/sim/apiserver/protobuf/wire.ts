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

/** Writes fields onto the protobuf wire. */
export class WireWriter {
  readonly #parts: Buffer[] = [];

  varint(tag: number, value: bigint): this {
    this.#parts.push(varint(BigInt(tag << 3)), varint(BigInt.asUintN(64, value)));
    return this;
  }

  bytes(tag: number, value: Uint8Array): this {
    this.#parts.push(varint(BigInt((tag << 3) | 2)), varint(BigInt(value.length)), Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    return this;
  }

  string(tag: number, value: string): this {
    return this.bytes(tag, Buffer.from(value, 'utf8'));
  }

  double(tag: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(varint(BigInt((tag << 3) | 1)), bytes);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: bigint): Buffer {
  if (value < 0x80n) return Buffer.from([Number(value)]);
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
