import type { Disposable } from '../../../base/lifecycle/index.ts';
import { prefixEnd, type Store } from '../../etcd/store.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { definitionsOf, type Converter } from '../../resources/apiextensions/customresource/definition.ts';
import { isConditionTrue, type CustomResourceDefinition } from '../../resources/apiextensions/customresourcedefinition/types.ts';
import type { ServedResources } from '../registry/served-resources.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { REGISTRY, type WatchCache } from '../watch-cache/watch-cache.ts';

const PREFIX = `${REGISTRY}apiextensions.k8s.io/customresourcedefinitions/`;

/**
 * Serves what CustomResourceDefinitions ask for, as soon as they are established and until they are gone.
 *
 * models apiextensions-apiserver/pkg/apiserver: crdHandler. Fed synchronously by the store: the request after the one that
 * established a definition finds its resources.
 */
export class CustomResources implements Disposable {
  readonly #served: ServedResources;
  readonly #cache: WatchCache;
  readonly #convert: Converter;
  readonly #known = new Map<string, CustomResourceDefinition>();
  readonly #subscription: Disposable;

  constructor(store: Store, served: ServedResources, cache: WatchCache, convert: Converter) {
    this.#served = served;
    this.#cache = cache;
    this.#convert = convert;
    for (const item of store.range(PREFIX, { end: prefixEnd(PREFIX) }).items) this.#serve(item.key, item.value as StoredObject);
    this.#subscription = store.subscribe((batch) => {
      for (const { key, current } of batch.changes) if (key.startsWith(PREFIX)) this.#serve(key, current?.value as StoredObject | undefined);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #serve(key: string, value: StoredObject | undefined): void {
    const crd = value?.object as unknown as CustomResourceDefinition | undefined;
    const before = this.#known.get(key);
    const isServed = crd !== undefined && isConditionTrue(crd, 'Established');
    if (!isServed) {
      if (!before) return;
      this.#known.delete(key);
      this.#served.set(key, []);
      this.#endWatches(before);
      return;
    }
    this.#known.set(key, crd);
    const isSameShape = before !== undefined && deepEqual(before.spec, crd.spec) && deepEqual(before.status?.acceptedNames, crd.status?.acceptedNames);
    if (isSameShape && isConditionTrue(before, 'Terminating') === isConditionTrue(crd, 'Terminating')) return;
    this.#served.set(key, definitionsOf(crd, this.#convert));
    if (before && !isSameShape) this.#endWatches(before);
  }

  /** Whoever watches must ask again: what they see may look otherwise now. */
  #endWatches({ spec, status }: CustomResourceDefinition): void {
    this.#cache.endWatches(`${spec.group}/${status?.acceptedNames.plural ?? spec.names.plural}`);
  }
}
