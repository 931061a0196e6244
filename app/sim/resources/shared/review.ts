import { defineResource, type FieldError, type ResourceDefinition } from '../definition.ts';

/** A kind that is posted to be answered and never stored. */
export function defineReview<T>(review: { readonly group: string; readonly kind: string; readonly scope?: 'Namespaced'; validate?(object: Readonly<T>): FieldError[] }): ResourceDefinition<T> {
  const { group, kind, scope = 'Cluster', validate = () => [] } = review;
  const singular = kind.toLowerCase();
  return defineResource<T>({
    group, version: 'v1', kind, plural: `${singular}s`, singular, scope, schema: `io.k8s.api.${(group || "core").split('.')[0]}.v1.${kind}`,
    storage: '', transient: true, verbs: ['create'], columns: [], validate,
  });
}
