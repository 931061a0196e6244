import type { ObjectMeta } from './generated/index.ts';

export * from './generated/index.ts';

/** Metadata of an object that the API server has stored. Resource versions and times are strings on the wire. */
export type StoredMeta = ObjectMeta & {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
};

/** Any Kubernetes object as it comes from the API server. Never mutate one: it may be shared with the store. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: StoredMeta;
}

/** A typed object as it comes from the API server: `Stored<Pod>`. */
export type Stored<T> = Omit<T, 'metadata'> & { apiVersion: string; kind: string; metadata: StoredMeta };

/** An object's place: `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** Which REST resource: `{ group: 'apps', version: 'v1', resource: 'deployments' }`; the core group is ''. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}
