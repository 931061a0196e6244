/** A binary heap whose items can be taken out of the middle. */
export class Heap<T extends object> {
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];
  readonly #at = new Map<T, number>();

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#at.has(item)) return this.update(item);
    this.#items.push(item);
    this.#at.set(item, this.#items.length - 1);
    this.#up(this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first) this.remove(first);
    return first;
  }

  /** The item's rank may have changed. */
  update(item: T): void {
    const index = this.#at.get(item);
    if (index === undefined) return;
    this.#up(index);
    this.#down(this.#at.get(item)!);
  }

  remove(item: T): void {
    const index = this.#at.get(item);
    if (index === undefined) return;
    const last = this.#items.pop()!;
    this.#at.delete(item);
    if (last === item) return;
    this.#items[index] = last;
    this.#at.set(last, index);
    this.update(last);
  }

  #up(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (this.#compare(this.#items[index]!, this.#items[parent]!) >= 0) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(from: number): void {
    for (let index = from; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < this.#items.length && this.#compare(this.#items[child]!, this.#items[least]!) < 0) least = child;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const itemA = this.#items[a]!;
    const itemB = this.#items[b]!;
    this.#items[a] = itemB;
    this.#items[b] = itemA;
    this.#at.set(itemA, b);
    this.#at.set(itemB, a);
  }
}
