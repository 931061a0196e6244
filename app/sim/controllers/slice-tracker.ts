import type { Endpoint, EndpointSlice, Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { ControlLoop } from '../client/control-loop.ts';
import { endpointSlices } from '../client/resource-types.ts';
import { isNotFound } from '../machinery/status.ts';
import { isNamespaceTerminating } from './pod-control.ts';
import type { ControllerContext } from './context.ts';

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** Its end is expected: no newer generation comes. */
const GOING = Number.POSITIVE_INFINITY;

/** What a loop wants to become of a slice: a new one has no `existing`. */
export interface SliceDraft {
  readonly existing?: Stored<EndpointSlice>;
  readonly body: Omit<EndpointSlice, 'metadata' | 'endpoints'> & { metadata: Partial<EndpointSlice['metadata']> & object; endpoints: Endpoint[] };
}

/**
 * The slices that one loop keeps, and what it wrote last: a reconcile on a copy that has not heard of that yet would write it
 * again. models endpointslice/util: EndpointSliceTracker
 */
export class SliceTracker {
  readonly #context: ControllerContext;
  readonly #manager: string;
  /** Service → uid → generation written. */
  readonly #written = new Map<string, Map<string, number>>();

  constructor(context: ControllerContext, manager: string) {
    this.#context = context;
    this.#manager = manager;
  }

  /** Calls for a reconcile when somebody else touches a slice. */
  feed(loop: ControlLoop): void {
    const isOurs = (slice: Stored<EndpointSlice>): boolean => slice.metadata.labels?.[MANAGED_BY] === this.#manager;
    const enqueue = (slice: Stored<EndpointSlice>, cause: Cause): void => loop.queue.add(serviceKey(slice), cause);
    const isNews = (slice: Stored<EndpointSlice>): boolean => (slice.metadata.generation ?? 0) > (this.#written.get(serviceKey(slice))?.get(slice.metadata.uid) ?? -1);
    this.#context.informers.of(endpointSlices).handle({
      onAdd: (slice, cause) => isOurs(slice) && isNews(slice) && enqueue(slice, cause),
      onUpdate: (slice, previous, cause) => {
        if (serviceKey(slice) !== serviceKey(previous)) enqueue(previous, cause);
        if (isOurs(slice) !== isOurs(previous) || (isOurs(slice) && isNews(slice))) enqueue(slice, cause);
      },
      onDelete: (slice, cause) => {
        const known = this.#written.get(serviceKey(slice));
        const generation = known?.get(slice.metadata.uid);
        known?.delete(slice.metadata.uid);
        if (isOurs(slice) && generation !== GOING) enqueue(slice, cause);
      },
    });
  }

  of(key: string): Stored<EndpointSlice>[] {
    const { informers } = this.#context;
    return informers.of(endpointSlices).by('service', key).filter((slice) => slice.metadata.labels?.[MANAGED_BY] === this.#manager);
  }

  /** Whether this copy of a Service's slices lacks something that this loop wrote. */
  isStale(key: string, slices: readonly Stored<EndpointSlice>[]): boolean {
    const written = this.#written.get(key);
    if (!written) return false;
    const seen = new Set(slices.map((slice) => slice.metadata.uid));
    return slices.some((slice) => (written.get(slice.metadata.uid) ?? 0) > (slice.metadata.generation ?? 0)) || [...written].some(([uid, generation]) => generation !== GOING && !seen.has(uid));
  }

  forget(key: string): void {
    this.#written.delete(key);
  }

  /** Creates, updates and deletes, in that order; a slice to delete becomes one to create where it can. models reconciler: finalize */
  async write(key: string, namespace: string, change: { create: readonly SliceDraft[]; update: readonly SliceDraft[]; remove: readonly Stored<EndpointSlice>[]; ownerIsGoing: boolean }, cause: Cause): Promise<void> {
    const { client } = this.#context;
    const remove = [...change.remove];
    const update = [...change.update];
    const create = change.create.filter((draft) => {
      const index = remove.findIndex((slice) => slice.addressType === draft.body.addressType && slice.metadata.ownerReferences?.[0]?.uid === draft.body.metadata.ownerReferences?.[0]?.uid);
      if (index >= 0) update.push({ existing: remove.splice(index, 1)[0]!, body: draft.body });
      return index < 0;
    });
    for (const { body } of change.ownerIsGoing ? [] : create) {
      try {
        this.#note(key, (await client.create(endpointSlices, namespace, body as EndpointSlice, cause)) as Stored<EndpointSlice>);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        throw error;
      }
    }
    for (const { existing, body } of update) {
      const { generateName: _, annotations: __, ...metadata } = existing!.metadata;
      const { generateName: ___, ...own } = body.metadata;
      this.#note(key, (await client.update(endpointSlices, { ...existing!, ...body, metadata: { ...metadata, ...(existing!.metadata.generateName ? { generateName: existing!.metadata.generateName } : {}), ...own } } as Stored<EndpointSlice>, cause)) as Stored<EndpointSlice>);
    }
    for (const slice of remove) await this.delete(key, slice, cause);
  }

  async delete(key: string, slice: Stored<EndpointSlice>, cause: Cause): Promise<void> {
    const written = this.#written.get(key);
    const before = written?.get(slice.metadata.uid);
    written?.set(slice.metadata.uid, GOING);
    try {
      await this.#context.client.delete(endpointSlices, slice.metadata.namespace, slice.metadata.name, undefined, cause);
    } catch (error) {
      if (isNotFound(error)) return;
      if (before === undefined) written?.delete(slice.metadata.uid);
      else written?.set(slice.metadata.uid, before);
      throw error;
    }
  }

  #note(key: string, slice: Stored<EndpointSlice>): void {
    const written = this.#written.get(key) ?? new Map<string, number>();
    written.set(slice.metadata.uid, slice.metadata.generation ?? 0);
    this.#written.set(key, written);
  }
}

export function serviceKey(slice: Stored<EndpointSlice>): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[SERVICE_NAME]}`;
}
