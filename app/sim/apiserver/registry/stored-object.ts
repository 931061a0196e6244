import type { KubeObject } from '../../../contracts/k8s/index.ts';
import { deepFreeze } from '../../machinery/objects.ts';
import type { Value } from '../../etcd/store.ts';

/**
 * An object as it lies in the store: frozen, with its JSON made once. Lists, watches and reads join these bytes.
 *
 * ```
 *   {"kind":"Pod","apiVersion":"v1","metadata":{…},…}
 *   └────── prefix ──────────────┘ items of a list leave it out: "{" + the rest
 * ```
 */
export class StoredObject implements Value {
  readonly object: KubeObject;
  /** A custom resource: all its keys are sorted. */
  readonly custom: boolean;
  #bytes: Buffer | undefined;
  #item: Buffer | undefined;

  constructor(object: object, custom = false) {
    this.custom = custom;
    this.object = deepFreeze(custom ? sortKeys(object) : object) as KubeObject;
  }

  /** The object as of another resource version. */
  at(resourceVersion: string | undefined): StoredObject {
    return new StoredObject(withResourceVersion(this.object as never, resourceVersion), this.custom);
  }

  encode(): Buffer {
    return (this.#bytes ??= Buffer.from(JSON.stringify(this.object)));
  }

  /** As an item of a list: without kind and apiVersion. */
  encodeItem(): Buffer {
    if (this.#item) return this.#item;
    const prefix = `{"kind":${JSON.stringify(this.object.kind)},"apiVersion":${JSON.stringify(this.object.apiVersion)},`;
    const bytes = this.encode();
    if (bytes.subarray(0, Buffer.byteLength(prefix)).toString() !== prefix) return (this.#item = bytes);
    return (this.#item = Buffer.concat([Buffer.from('{'), bytes.subarray(Buffer.byteLength(prefix))]));
  }
}

/** As Go writes a map: the keys in order, all the way down. Frozen parts are sorted already. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) sorted[key] = sortKeys(item);
  }
  return sorted;
}

const META_ORDER = [
  'name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds',
  'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields',
];

/** The object with its metadata in struct order and the resource version it gets from the store. Shares everything else. */
export function withResourceVersion(object: Readonly<Record<string, unknown>>, resourceVersion: string | undefined): Record<string, unknown> {
  const source = { ...(object['metadata'] as Record<string, unknown>), resourceVersion };
  const metadata: Record<string, unknown> = {};
  for (const key of META_ORDER) if (source[key as keyof typeof source] !== undefined) metadata[key] = source[key as keyof typeof source];
  const { kind, apiVersion, ...rest } = object;
  // Keys keep the place they have in `rest`; metadata comes first there already.
  return { kind, apiVersion, ...rest, metadata };
}
