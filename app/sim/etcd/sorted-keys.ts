/**
 * Keys in byte order, cut into chunks so that an insert moves few of them.
 *
 * ```
 *  chunks  [ a … f ] [ g … m ] [ n … z ]      at most LIMIT keys each; a full one is split in two,
 *             ▲ binary search over first keys, then inside the chunk      an empty one is dropped
 * ```
 */
export class SortedKeys {
  static readonly LIMIT = 512;
  readonly #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a key that is not there yet. */
  add(key: string): void {
    this.#size++;
    if (this.#chunks.length === 0) {
      this.#chunks.push([key]);
      return;
    }
    const chunkIndex = this.#chunkFor(key);
    const chunk = this.#chunks[chunkIndex]!;
    chunk.splice(lowerBound(chunk, key), 0, key);
    if (chunk.length > SortedKeys.LIMIT) this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(chunk.length >> 1));
  }

  remove(key: string): void {
    if (this.#chunks.length === 0) return;
    const chunkIndex = this.#chunkFor(key);
    const chunk = this.#chunks[chunkIndex]!;
    const index = lowerBound(chunk, key);
    if (chunk[index] !== key) return;
    chunk.splice(index, 1);
    this.#size--;
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1);
  }

  /** Keys in [start, end), in order. The set must not change while this is read. */
  *range(start: string, end: string): Generator<string> {
    if (this.#chunks.length === 0) return;
    let chunkIndex = this.#chunkFor(start);
    let index = lowerBound(this.#chunks[chunkIndex]!, start);
    for (; chunkIndex < this.#chunks.length; chunkIndex++, index = 0) {
      const chunk = this.#chunks[chunkIndex]!;
      for (; index < chunk.length; index++) {
        const key = chunk[index]!;
        if (key >= end) return;
        yield key;
      }
    }
  }

  /** The chunk in which `key` stands or belongs: the last one whose first key is not after it. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]![0]! <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
