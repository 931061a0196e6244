import { Quantity } from '../quantity.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const ONE = Quantity.fromNumber(1);
/** Kinds whose plain name counts them too, from before there was `count/`. */
const LEGACY = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

export function countName(group: string, resource: string): string {
  return `count/${group === '' ? resource : `${resource}.${group}`}`;
}

const evaluators = new Map<string, QuotaEvaluator>();

/** Counts objects of a kind. models quota/v1/generic: objectCountEvaluator */
export function countEvaluator(group: string, resource: string): QuotaEvaluator {
  const name = countName(group, resource);
  let evaluator = evaluators.get(name);
  if (!evaluator) {
    const names = [name, ...(group === '' && LEGACY.has(resource) ? [resource] : [])];
    const usage = Object.fromEntries(names.map((item) => [item, ONE]));
    evaluator = {
      handles: (operation, subresource) => operation === 'CREATE' && subresource === '',
      matching: (all) => all.filter((item) => names.includes(item)),
      usage: () => usage,
      inScope: () => false,
    };
    evaluators.set(name, evaluator);
  }
  return evaluator;
}
