import type { PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import { dumpForHash } from './dump.ts';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** 32-bit FNV. models hash/fnv: New32a (`a`: xor first) and New32 */
export class Fnv32 {
  #hash = 0x811c9dc5;
  readonly #xorFirst: boolean;

  constructor(variant: '1' | '1a') {
    this.#xorFirst = variant === '1a';
  }

  write(bytes: Uint8Array | string): this {
    for (const byte of typeof bytes === 'string' ? Buffer.from(bytes) : bytes) {
      this.#hash = this.#xorFirst ? Math.imul(this.#hash ^ byte, 0x01000193) >>> 0 : (Math.imul(this.#hash, 0x01000193) ^ byte) >>> 0;
    }
    return this;
  }

  /** A number of 32 bits as eight bytes, the low ones first. */
  writeCount(count: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(count);
    return this.write(bytes);
  }

  get sum(): number {
    return this.#hash;
  }
}

/** No vowels, so no words: each digit picks a letter. models apimachinery/pkg/util/rand: SafeEncodeString */
export function safeEncode(text: string): string {
  return [...text].map((character) => ALPHABET[character.charCodeAt(0) % ALPHABET.length]!).join('');
}

/** `7d876db474`: the end of a ReplicaSet's name. models pkg/controller: ComputeHash */
export function podTemplateHash(template: Readonly<PodTemplateSpec>, collisionCount: number | undefined): string {
  const hash = new Fnv32('1a').write(dumpForHash(template, 'v1.PodTemplateSpec'));
  if (collisionCount !== undefined) hash.writeCount(collisionCount);
  return safeEncode(String(hash.sum));
}
