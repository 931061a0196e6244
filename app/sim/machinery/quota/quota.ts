import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../contracts/k8s/index.ts';
import { addAmounts, type Amounts } from '../pod-resources.ts';
import { Quantity } from '../quantity.ts';
import { claimEvaluator } from './claims.ts';
import { countEvaluator } from './counts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { podEvaluator } from './pods.ts';
import { serviceEvaluator } from './services.ts';

type Json = Record<string, any>;

/** The evaluator of a resource. Events are never counted. models pkg/quota/v1/install */
export function evaluatorOf(group: string, resource: string): QuotaEvaluator | undefined {
  if (resource === 'events') return undefined;
  const own = group === '' ? { pods: podEvaluator, services: serviceEvaluator, persistentvolumeclaims: claimEvaluator }[resource] : undefined;
  return own ?? countEvaluator(group, resource);
}

/** `scopes` and `scopeSelector` together. */
export function scopesOf({ spec }: Readonly<ResourceQuota>): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** models quota/v1/generic: Matches, without its look at the status */
export function quotaMatches(quota: Readonly<ResourceQuota>, hard: Readonly<Record<string, unknown>>, evaluator: QuotaEvaluator, object: Readonly<Json>): boolean {
  return evaluator.matching(Object.keys(hard)).length > 0 && scopesOf(quota).every((scope) => evaluator.inScope(scope, object));
}

/** Only these names. */
export function mask(amounts: Amounts, names: readonly string[]): Record<string, Quantity> {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)));
}

/** What a quota's hard limits count of these objects, zero where nothing is used. models quota/v1: CalculateUsage */
export function calculateUsage(quota: Readonly<ResourceQuota>, objects: Iterable<{ readonly group: string; readonly resource: string; readonly object: Readonly<Json> }>, resources: readonly { readonly group: string; readonly resource: string }[]): Record<string, Quantity> {
  const hard = Object.keys(quota.spec?.hard ?? {});
  const known = new Set(resources.flatMap(({ group, resource }) => evaluatorOf(group, resource)?.matching(hard) ?? []));
  let used: Record<string, Quantity> = Object.fromEntries([...known].map((name) => [name, Quantity.ZERO]));
  for (const { group, resource, object } of objects) {
    const evaluator = evaluatorOf(group, resource);
    if (!evaluator || !quotaMatches(quota, quota.spec?.hard ?? {}, evaluator, object)) continue;
    used = addAmounts(used, mask(evaluator.usage(object), [...known]));
  }
  return used;
}

export function amountTexts(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, amount]) => [name, amount.toString()]));
}
