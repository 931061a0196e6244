import { FileError } from './errors.ts';

/** What is used and free on a node's disk: images, writable layers, logs and emptyDirs share it. */
export class Disk {
  readonly capacity: number;
  #used: number;

  constructor(capacity = 82_043_328 * 1024, used = 9_500_000 * 1024) {
    this.capacity = capacity;
    this.#used = used;
  }

  get used(): number {
    return this.#used;
  }

  get available(): number {
    return this.capacity - this.#used;
  }

  grow(bytes: number): void {
    if (bytes > 0 && this.#used + bytes > this.capacity) throw new FileError('ENOSPC');
    this.#used += bytes;
  }
}
