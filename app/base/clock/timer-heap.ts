/** One pending callback of a {@link TimerHeap}. `index` is its place in the heap, -1 once removed. */
export interface TimerEntry {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  index: number;
}

/**
 * A binary heap of timers, earliest first, ties by order of scheduling. Insert and remove are O(log n).
 *
 * ```
 *            [0] at 10
 *        [1] 12     [2] 11
 *     [3] 30 [4] 15            parent of i: (i-1)>>1
 * ```
 */
export class TimerHeap {
  readonly #heap: TimerEntry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): TimerEntry | undefined {
    return this.#heap[0];
  }

  push(entry: TimerEntry): void {
    entry.index = this.#heap.length;
    this.#heap.push(entry);
    this.#up(entry.index);
  }

  /** Takes an entry out wherever it stands; false when it is no longer pending. */
  remove(entry: TimerEntry): boolean {
    const index = entry.index;
    if (index < 0) return false;
    const last = this.#heap.pop()!;
    if (last !== entry) {
      this.#place(last, index);
      this.#up(index);
      this.#down(last.index);
    }
    entry.index = -1;
    return true;
  }

  #place(entry: TimerEntry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }

  #up(start: number): void {
    let index = start;
    const entry = this.#heap[index]!;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (!before(entry, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #down(start: number): void {
    let index = start;
    const entry = this.#heap[index]!;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= this.#heap.length) break;
      const right = childIndex + 1;
      if (right < this.#heap.length && before(this.#heap[right]!, this.#heap[childIndex]!)) childIndex = right;
      const child = this.#heap[childIndex]!;
      if (!before(child, entry)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }
}

function before(a: TimerEntry, b: TimerEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
