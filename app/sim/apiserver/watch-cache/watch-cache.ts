import type { Disposable } from '../../../base/lifecycle/index.ts';
import type { Store, WatchBatch } from '../../etcd/store.ts';
import type { KubeObject } from '../../../contracts/k8s/index.ts';
import { prefixEnd } from '../../etcd/store.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { fieldOf } from '../handlers/selection.ts';
import type { ObjectReader } from '../interfaces.ts';
import { ResourceCache } from './resource-cache.ts';

export const REGISTRY = '/registry/';

/** One {@link ResourceCache} a storage prefix, all fed from one subscription to the store. */
export class WatchCache implements ObjectReader, Disposable {
  readonly #store: Store;
  readonly #caches = new Map<string, ResourceCache>();
  readonly #subscription: Disposable;
  #revision: number;

  constructor(store: Store, definitions: readonly ResourceDefinition[]) {
    this.#store = store;
    for (const definition of definitions) this.#add(definition);
    this.#revision = store.revision;
    const existing = store.range(REGISTRY, { end: '/registry0' });
    for (const item of existing.items) {
      this.#dispatch({ revision: item.modRevision, cause: [], changes: [{ type: 'put', key: item.key, current: item }] });
    }
    for (const cache of this.#caches.values()) cache.forget(this.#revision);
    this.#subscription = store.subscribe((batch) => {
      this.#revision = batch.revision;
      this.#dispatch(batch);
    });
  }

  /** The latest revision that reads reflect. */
  get revision(): number {
    return this.#revision;
  }

  /** Begins to keep a resource that came while the server runs, with what the store holds of it already. */
  serve(definition: ResourceDefinition): void {
    if (this.#caches.has(definition.storage)) return;
    const cache = this.#add(definition);
    const start = `${REGISTRY}${definition.storage}/`;
    for (const item of this.#store.range(start, { end: prefixEnd(start) }).items) {
      cache.apply({ type: 'put', key: item.key, current: item }, { revision: item.modRevision, cause: [], changes: [] });
    }
    cache.forget(this.#revision);
  }

  /** Ends all watches of a resource that is served no longer, or otherwise than before. */
  endWatches(storage: string): void {
    this.#caches.get(storage)?.closeAll();
  }

  has(storage: string): boolean {
    return this.#caches.has(storage);
  }

  of(storage: string): ResourceCache {
    const cache = this.#caches.get(storage);
    if (!cache) throw new Error(`nothing is stored under ${storage}`);
    return cache;
  }

  get<T = KubeObject>(storage: string, namespace: string | undefined, name: string): T | undefined {
    return this.of(storage).get(namespace ? `${namespace}/${name}` : name)?.object as T | undefined;
  }

  list<T = KubeObject>(storage: string, namespace?: string): readonly T[] {
    return [...this.of(storage).values(namespace)].map((value) => value.object as T);
  }

  withField<T = KubeObject>(storage: string, field: string, value: string): readonly T[] {
    return [...this.of(storage).withField(field, value)].map(({ object }) => object as T);
  }

  closeWatches(): void {
    for (const cache of this.#caches.values()) cache.closeAll();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.closeWatches();
  }

  #add(definition: ResourceDefinition): ResourceCache {
    const known = this.#caches.get(definition.storage);
    if (known) return known;
    const cache = new ResourceCache(`${REGISTRY}${definition.storage}/`, (value, field) => fieldOf(definition, value, field));
    this.#caches.set(definition.storage, cache);
    return cache;
  }

  #dispatch(batch: WatchBatch): void {
    for (const change of batch.changes) this.#cacheOfKey(change.key)?.apply(change, batch);
  }

  /** `/registry/pods/default/web` belongs to `pods`; `/registry/services/specs/default/web` to `services/specs`. */
  #cacheOfKey(key: string): ResourceCache | undefined {
    if (!key.startsWith(REGISTRY)) return undefined;
    const first = key.indexOf('/', REGISTRY.length);
    const short = this.#caches.get(key.slice(REGISTRY.length, first));
    if (short) return short;
    const second = key.indexOf('/', first + 1);
    return this.#caches.get(key.slice(REGISTRY.length, second));
  }
}
