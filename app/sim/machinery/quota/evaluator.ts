import type { ScopedResourceSelectorRequirement } from '../../../contracts/k8s/index.ts';
import type { Amounts } from '../pod-resources.ts';

type Json = Record<string, any>;

/** How one kind of object counts against quotas. models apiserver/pkg/quota/v1: Evaluator */
export interface QuotaEvaluator {
  /** Writes that are charged. */
  handles(operation: string, subresource: string): boolean;
  /** Of these names, those that this kind uses. */
  matching(names: readonly string[]): string[];
  usage(object: Readonly<Json>): Amounts;
  /** The scope applies to the object. */
  inScope(scope: ScopedResourceSelectorRequirement, object: Readonly<Json>): boolean;
  /** What the object fails to say although these resources are limited; undefined: nothing. */
  missing?(required: readonly string[], object: Readonly<Json>): string | undefined;
}
