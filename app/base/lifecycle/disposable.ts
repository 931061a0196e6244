/** Something that holds a resource until told to let go. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** Called for every disposable made and disposed; tests install one to find leaks. */
export interface DisposableTracker {
  made(disposable: Disposable): void;
  disposed(disposable: Disposable): void;
}

let tracker: DisposableTracker | undefined;

/** Installs (or, with `undefined`, removes) the tracker that the leak check of the tests uses. */
export function setDisposableTracker(next: DisposableTracker | undefined): void {
  tracker = next;
}

/** Wraps a function as a disposable that runs it at most once. */
export function toDisposable(release: () => void): Disposable {
  let done = false;
  const disposable: Disposable = {
    dispose() {
      if (done) return;
      done = true;
      tracker?.disposed(disposable);
      release();
    },
  };
  tracker?.made(disposable);
  return disposable;
}

/**
 * Owns disposables and releases them in reverse order of registration.
 *
 * Invariants
 * 1. After `dispose()`, an added disposable is disposed at once: nothing leaks by arriving late.
 * 2. An error in one release does not keep the others from being released; the first error is rethrown.
 */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  constructor() {
    tracker?.made(this);
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  /** Releases one item early and forgets it. */
  release(item: Disposable): void {
    if (this.#items.delete(item)) item.dispose();
  }

  /** Releases everything held, and stays usable. */
  clear(): void {
    const items = [...this.#items].reverse();
    this.#items.clear();
    let failure: { error: unknown } | undefined;
    for (const item of items) {
      try {
        item.dispose();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    tracker?.disposed(this);
    this.clear();
  }
}
