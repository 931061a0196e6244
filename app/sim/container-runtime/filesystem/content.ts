const ZERO = new Uint8Array(1 << 20);

/** Bytes that are all zero cost nothing however many they are: they are views of one block. */
export function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZERO.length) yield left >= ZERO.length ? ZERO : ZERO.subarray(0, left);
}

/**
 * A file's bytes as a rope of chunks, so that appending is cheap and a large file of zeros (dd from /dev/zero, a leaking
 * cache) takes no memory of ours. Chunks are never changed, only replaced.
 */
export class Content {
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(bytes?: Uint8Array) {
    if (bytes && bytes.length > 0) this.append(bytes);
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    // Many small lines: joined, so that reading stays fast.
    if (this.#chunks.length > 64 && this.#size < 1 << 20) this.#chunks = [this.#joined()];
  }

  chunks(): readonly Uint8Array[] {
    return this.#chunks;
  }

  bytes(): Uint8Array {
    if (this.#chunks.length > 1 && this.#size < 1 << 22) this.#chunks = [this.#joined()];
    return this.#chunks.length === 1 ? this.#chunks[0]! : this.#joined();
  }

  truncate(size: number): void {
    if (size >= this.#size) {
      for (const chunk of zeros(size - this.#size)) this.append(chunk);
      return;
    }
    const kept: Uint8Array[] = [];
    let left = size;
    for (const chunk of this.#chunks) {
      if (left <= 0) break;
      kept.push(chunk.subarray(0, left));
      left -= chunk.length;
    }
    this.#chunks = kept;
    this.#size = size;
  }

  /** Puts bytes at a position; what lies between the end and it becomes zero. */
  writeAt(position: number, bytes: Uint8Array): void {
    if (position > this.#size) this.truncate(position);
    if (position === this.#size) return this.append(bytes);
    const tail = position + bytes.length < this.#size ? this.bytes().slice(position + bytes.length) : undefined;
    this.truncate(position);
    this.append(bytes);
    if (tail) this.append(tail);
  }

  #joined(): Uint8Array {
    const joined = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }
}
