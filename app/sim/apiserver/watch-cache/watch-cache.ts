import type { Disposable } from '../../../base/lifecycle/index.ts';
import type { Store, WatchBatch } from '../../etcd/store.ts';
import type { KubeObject } from '../../../contracts/k8s/index.ts';
import type { ObjectReader } from '../interfaces.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { ResourceCache } from './resource-cache.ts';

export const REGISTRY = '/registry/';

/** One {@link ResourceCache} a storage prefix, all fed from one subscription to the store. */
export class WatchCache implements ObjectReader, Disposable {
  readonly #caches = new Map<string, ResourceCache>();
  readonly #subscription: Disposable;
  #revision: number;

  constructor(store: Store, storages: Iterable<readonly [storage: string, fieldOf: (value: StoredObject, field: string) => string]>) {
    for (const [storage, fieldOf] of storages) if (!this.#caches.has(storage)) this.#caches.set(storage, new ResourceCache(`${REGISTRY}${storage}/`, fieldOf));
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

  closeWatches(): void {
    for (const cache of this.#caches.values()) cache.closeAll();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.closeWatches();
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
