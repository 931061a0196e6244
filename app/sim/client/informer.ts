import type { Clock } from '../../base/clock/index.ts';
import { toDisposable, type Disposable } from '../../base/lifecycle/index.ts';
import type { Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import { keyOf } from '../machinery/objects.ts';
import { pathOf, type ApiClient, type ResourceType } from './api-client.ts';

export interface InformerHandler<T> {
  onAdd?(object: Stored<T>, cause: Cause): void;
  onUpdate?(object: Stored<T>, previous: Stored<T>, cause: Cause): void;
  onDelete?(object: Stored<T>, cause: Cause): void;
}

export interface InformerOptions {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** Waits after a failed list or watch: 800 ms, doubling to 30 s. models client-go/tools/cache: reflector's backoff manager */
const BACKOFF_FIRST_MS = 800;
const BACKOFF_LAST_MS = 30_000;

/**
 * A local copy of a collection that keeps itself current: list, then watch, then again.
 *
 * Invariants
 * 1. Handlers hear of every change of the copy, after it changed, in order.
 * 2. After a broken watch the copy is compared with a new list; what vanished meanwhile is told as a delete.
 * 3. Objects are the server's own, frozen.
 *
 * models client-go/tools/cache: Reflector and sharedIndexInformer
 */
export class Informer<T> implements Disposable {
  readonly type: ResourceType<T>;
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, Stored<T>>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #indexers = new Map<string, (object: Stored<T>) => readonly string[]>();
  readonly #indices = new Map<string, Map<string, Map<string, Stored<T>>>>();
  readonly #abort = new AbortController();
  readonly #life: Disposable;
  #synced = false;
  #onSynced: (() => void)[] = [];

  constructor(client: ApiClient, clock: Clock, type: ResourceType<T>, options: InformerOptions = {}) {
    this.#client = client;
    this.#clock = clock;
    this.type = type;
    this.#options = options;
    this.#life = toDisposable(() => this.#abort.abort());
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** Calls back once the first list is in; at once when it is. */
  whenSynced(callback: () => void): void {
    if (this.#synced) callback();
    else this.#onSynced.push(callback);
  }

  get(key: string): Stored<T> | undefined {
    return this.#objects.get(key);
  }

  list(): Stored<T>[] {
    return [...this.#objects.values()];
  }

  inNamespace(namespace: string): Stored<T>[] {
    return this.by('namespace', namespace);
  }

  /** Adds an index: name → the values under which an object is found. Before `start`. */
  index(name: string, valuesOf: (object: Stored<T>) => readonly string[]): this {
    this.#indexers.set(name, valuesOf);
    this.#indices.set(name, new Map());
    return this;
  }

  by(index: string, value: string): Stored<T>[] {
    return [...(this.#indices.get(index)?.get(value)?.values() ?? [])];
  }

  handle(handler: InformerHandler<T>): void {
    this.#handlers.add(handler);
    for (const object of this.#objects.values()) handler.onAdd?.(object, []);
  }

  start(): void {
    if (!this.#indexers.has('namespace')) this.index('namespace', (object) => (object.metadata.namespace ? [object.metadata.namespace] : []));
    void this.#run();
  }

  dispose(): void {
    this.#life.dispose();
  }

  async #run(): Promise<void> {
    const signal = this.#abort.signal;
    let backoff = BACKOFF_FIRST_MS;
    while (!signal.aborted) {
      try {
        const revision = await this.#relist();
        backoff = BACKOFF_FIRST_MS;
        await this.#follow(revision);
      } catch {
        if (signal.aborted) return;
        await this.#clock.sleep(backoff, signal).catch(() => {});
        backoff = Math.min(backoff * 2, BACKOFF_LAST_MS);
      }
    }
  }

  #query(): Record<string, string> {
    const { fieldSelector, labelSelector } = this.#options;
    return { ...(fieldSelector ? { fieldSelector } : {}), ...(labelSelector ? { labelSelector } : {}) };
  }

  async #relist(): Promise<string> {
    const { items, metadata } = await this.#client.list(this.type, this.#options.namespace, this.#query());
    if (this.#abort.signal.aborted) throw new Error('stopped');
    const seen = new Set<string>();
    for (const item of items) {
      seen.add(keyOf(item));
      this.#set(item, []);
    }
    for (const [key, object] of this.#objects) if (!seen.has(key)) this.#remove(object, []);
    if (!this.#synced) {
      this.#synced = true;
      for (const callback of this.#onSynced.splice(0)) callback();
    }
    return metadata.resourceVersion;
  }

  /** Ends when the server ends the watch; throws when it breaks or the revision is too old. */
  async #follow(revision: string): Promise<void> {
    let resourceVersion = revision;
    const signal = this.#abort.signal;
    while (!signal.aborted) {
      const query = { ...this.#query(), watch: 'true', allowWatchBookmarks: 'true', resourceVersion };
      const startedAt = this.#clock.now();
      for await (const event of this.#client.transport.watch<Stored<T>>({ method: 'GET', path: pathOf(this.type, this.#options.namespace), query, cause: [] }, signal)) {
        resourceVersion = event.object.metadata.resourceVersion;
        if (event.type === 'DELETED') this.#remove(event.object, event.cause);
        else if (event.type !== 'BOOKMARK') this.#set(event.object, event.cause);
      }
      // A watch that ends at once would spin: models reflector's "very short watch".
      if (this.#clock.now() - startedAt < 1_000) throw new Error('very short watch');
    }
  }

  #set(object: Stored<T>, cause: Cause): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#objects.set(key, object);
    this.#reindex(key, previous, object);
    for (const handler of this.#handlers) {
      if (previous && previous.metadata.uid === object.metadata.uid) handler.onUpdate?.(object, previous, cause);
      else {
        if (previous) handler.onDelete?.(previous, cause);
        handler.onAdd?.(object, cause);
      }
    }
  }

  #remove(object: Stored<T>, cause: Cause): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (!previous) return;
    this.#objects.delete(key);
    this.#reindex(key, previous, undefined);
    for (const handler of this.#handlers) handler.onDelete?.(object, cause);
  }

  #reindex(key: string, previous: Stored<T> | undefined, next: Stored<T> | undefined): void {
    for (const [name, valuesOf] of this.#indexers) {
      const index = this.#indices.get(name)!;
      for (const value of previous ? valuesOf(previous) : []) {
        const group = index.get(value);
        group?.delete(key);
        if (group?.size === 0) index.delete(value);
      }
      for (const value of next ? valuesOf(next) : []) {
        let group = index.get(value);
        if (!group) index.set(value, (group = new Map()));
        group.set(key, next!);
      }
    }
  }
}

