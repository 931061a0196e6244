/**
 * Types of the Kubernetes API as data. Generated from the models of `@kubernetes/client-node` plus the project's table of
 * merge keys (`app/sim/resources/schemas`); custom resources make their own from their CRD. One description serves patches,
 * server-side apply, field validation, OpenAPI and `kubectl explain`.
 */
export interface FieldSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'map' | 'ref' | 'any' | 'quantity' | 'int-or-string' | 'time' | 'micro-time' | 'bytes';
  /** `int32`, `int64`, `double`, `byte`, `date-time`. */
  readonly format?: string;
  /** For `ref`: the type's name, `io.k8s.api.core.v1.PodSpec`. */
  readonly ref?: string;
  /** For `array`: its elements; for `map`: its values. */
  readonly items?: FieldSchema;
  readonly description?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  /** `merge`, `replace`, `retainKeys`, or `merge,retainKeys`. */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  /** Written even when empty: `resources: {}`, `containers: null` (no omitempty in Go). Matters for ownership on create. */
  readonly always?: boolean;
  /** A pointer in Go: written as null, not as the type's zero, when always written and not set. */
  readonly pointer?: boolean;
}

export interface TypeSchema {
  /** `io.k8s.api.core.v1.Pod` */
  readonly name: string;
  readonly description?: string;
  readonly fields: Readonly<Record<string, FieldSchema>>;
  readonly required: readonly string[];
  /** The whole struct is replaced, never merged. */
  readonly mapType?: 'atomic' | 'granular';
  /** Unknown fields are kept (RawExtension, JSON). */
  readonly preserveUnknown?: boolean;
}

export interface Schemas {
  get(name: string): TypeSchema | undefined;
  readonly names: readonly string[];
}
