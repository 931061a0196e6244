import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { FieldError } from '../machinery/field-error.ts';
import type { Schemas } from '../machinery/schema.ts';

export type { FieldError };

/** A column of `kubectl get`. `value` returns the cell as the real server prints it. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0: always, 1: only with `-o wide`. */
  readonly priority: number;
  value(object: Readonly<T>, context: PrintContext): string | number | boolean | null;
}

export interface PrintContext {
  /** Virtual now, for ages: milliseconds since the epoch. */
  readonly now: number;
}

/** What a strategy may know about the request it serves. */
export interface RequestInfo {
  readonly user: { readonly name: string; readonly groups: readonly string[]; readonly uid?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly now: number;
  readonly dryRun: boolean;
  readonly subresource: string | undefined;
}

/** `/scale` as paths into the object. */
export interface ScaleSubresource {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** The selector in its text form, for `status.selector`. */
  selector(object: Readonly<KubeObject>): string;
}

export interface Subresources<T> {
  /** Present: `/status` exists, writes to it change only status, and writes to the main resource never do. */
  readonly status?: {
    prepareForUpdate?(next: T, previous: Readonly<T>, request: RequestInfo): void;
    validate?(next: Readonly<T>, previous: Readonly<T>): FieldError[];
  };
  readonly scale?: ScaleSubresource;
  /**
   * The others by name (`binding`, `eviction`, `log`, `exec`, `ephemeralcontainers`, `token`, `approval` …): discovery,
   * routes and RBAC derive from this; the API server has one handler per name.
   */
  readonly others?: Readonly<Record<string, { readonly kind: string; readonly group?: string; readonly version?: string; readonly verbs: readonly string[]; readonly strategy?: SubresourceStrategy<T> }>>;
}

/** A subresource that is the object itself, of which a write may change a part only. */
export interface SubresourceStrategy<T> {
  /** May mutate `next`: puts back all but that part. */
  prepareForUpdate(next: T, previous: Readonly<T>): void;
  validate(next: Readonly<T>, previous: Readonly<T>): FieldError[];
}

/**
 * How a custom resource of one version is read, kept and shown: by its schema, not by a Go type. Objects come and go in
 * this version; the store holds them in the storage version.
 */
export interface CustomResource {
  /** Field types of this version, for managedFields and server-side apply. */
  readonly schemas: Schemas;
  /** The definition is being deleted: nothing new may be made. */
  readonly terminating: boolean;
  /** Undefined: no conversion webhook. All versions of it share one. */
  readonly conversion?: unknown;
  /** What a client sent: pruned to the schema, with defaults. `unknownFields` were dropped. @throws DecodeError */
  decode(sent: Readonly<Record<string, unknown>>): { readonly object: Record<string, unknown>; readonly unknownFields: readonly string[] };
  /** A stored object in this version, with today's defaults; the same object when nothing differs. */
  fromStored(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  toStored(object: Readonly<Record<string, unknown>>): Record<string, unknown> | Promise<Record<string, unknown>>;
  /** The OpenAPI v3 documents of the kind and its list, by their names. */
  openapi(): Readonly<Record<string, Record<string, unknown>>>;
}

/**
 * All that makes a kind, in one folder. Routes, discovery, OpenAPI, RBAC names, kubectl's columns and storage keys derive
 * from it; nothing about a kind is written anywhere else in the API server.
 *
 * models k8s.io/apiserver/pkg/registry/rest: RESTCreateStrategy, RESTUpdateStrategy, RESTDeleteStrategy
 */
export interface ResourceDefinition<T = any> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Kind of the list when it is not `${kind}List`. */
  readonly listKind?: string;
  readonly plural: string;
  readonly singular: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Name of the type in the OpenAPI documents: `io.k8s.api.core.v1.Pod`. Its fields are in the generated schemas. */
  readonly schema: string;
  /** Supported verbs when not all of create, delete, deletecollection, get, list, patch, update, watch. */
  readonly verbs?: readonly string[];
  /** Where objects are stored below `/registry/`: `pods`, `services/specs`, `apps`' `deployments` …, as in a real etcd. */
  readonly storage: string;

  /** Answered, never stored (reviews, bindings, component statuses): no registry, `storage` is empty, the API server has a handler for it. */
  readonly transient?: true;

  /** For a version that is stored in another form: how to get there and back. Values in store are in the stored form. */
  readonly storageVersion?: {
    readonly group: string;
    readonly version: string;
    readonly schema: string;
    toStored(object: Readonly<Record<string, unknown>>): Record<string, unknown>;
    fromStored(object: Readonly<Record<string, unknown>>): Record<string, unknown>;
  };

  /** Present: a custom resource. */
  readonly custom?: CustomResource;
  /** Said in a `Warning:` header with each request of a deprecated version. */
  readonly deprecation?: string;

  /** Runs on what a client sent, right after decoding. May mutate. */
  applyDefaults?(object: T): void;
  /** May mutate: clears what clients may not set, sets generation and initial status. */
  prepareForCreate?(object: T, request: RequestInfo): void;
  /** May mutate `next`: keeps status, bumps generation. */
  prepareForUpdate?(next: T, previous: Readonly<T>, request: RequestInfo): void;
  /** May mutate `next`: what a DELETE does to an object before it is marked. `now` as in timestamps. */
  prepareForDelete?(next: T, now: string): void;
  /** Must not mutate. With `previous`: the rules of an update too. */
  validate(object: Readonly<T>, previous?: Readonly<T>): FieldError[];
  warnings?(object: Readonly<T>, previous?: Readonly<T>): string[];

  readonly columns: readonly Column<T>[];
  /** Cells that a real server sends after those of its columns, and no column names; kubectl leaves them out. */
  readonly unnamedCells?: readonly Column<T>['value'][];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: Readonly<T>) => string>>;
  readonly subresources?: Subresources<T>;

  /** PUT to a missing name creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** PUT without resourceVersion is refused with 422 when false. Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** DELETE answers with the object (default) or with a Status. */
  readonly deleteReturns?: 'object' | 'status';
  /** Propagation when a DELETE names none. */
  readonly defaultPropagation?: 'background' | 'orphan';
  /** Said when a DELETE names no propagation (Jobs). */
  readonly deletionWarning?: string;
  /** Objects have a grace period before they go (pods). Seconds. */
  gracePeriod?(object: Readonly<T>): number;
  /** Validation of names; the default is a DNS subdomain. */
  readonly nameRule?: 'dns-subdomain' | 'dns-label' | 'dns1035-label' | 'path-segment';
  /** Why an object may not be deleted at all; undefined: it may. */
  refuseDeletion?(object: Readonly<T>): string | undefined;
  /** Top fields whose writers are not recorded on the main resource. Default: status, where it is a subresource. */
  readonly resetFields?: readonly string[];
  /** A Table without rows has `rows: null` instead of `[]` (limitranges, csistoragecapacities). */
  readonly emptyTableRowsNull?: boolean;
}

/** Helps inference: `export const pod = defineResource<Pod>({ … })`. */
export function defineResource<T>(definition: ResourceDefinition<T>): ResourceDefinition<T> {
  return definition;
}
