/** Random numbers from a seed: the same seed gives the same cluster. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  int(bound: number): number;
}

/** Names and UIDs. */
export interface Ids {
  /** A version 4 UUID. */
  uuid(): string;
  /** What generateName appends: `length` characters out of Kubernetes' 27 safe ones. */
  suffix(length?: number): string;
  /** Lower-case hexadecimal, as container IDs are written. */
  hex(length: number): string;
}

/** sfc32, seeded through splitmix32: small, fast and good enough; not for secrets. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    let state = seed | 0;
    const mix = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state ^ (state >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = Math.imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
  }

  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  }

  int(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}

/** models k8s.io/apimachinery/pkg/util/rand: no vowels and no look-alikes, so no words appear. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export class SeededIds implements Ids {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  uuid(): string {
    const hex = this.hex(32);
    const variant = '89ab'[this.#random.int(4)]!;
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  suffix(length = 5): string {
    return this.#pick(SAFE_ALPHABET, length);
  }

  hex(length: number): string {
    return this.#pick('0123456789abcdef', length);
  }

  #pick(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[this.#random.int(alphabet.length)]!;
    return text;
  }
}
