import type { Container, PodSpec, ResourceRequirements } from '../../contracts/k8s/index.ts';
import type { Quantity } from './quantity.ts';
import { parseQuantity } from './quantity.ts';

/** Amounts by resource name. */
export type Amounts = Readonly<Record<string, Quantity>>;

export function amountsOf(list: Readonly<Record<string, string | number>> | undefined): Record<string, Quantity> {
  return Object.fromEntries(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
}

export function addAmounts(a: Amounts, b: Amounts): Record<string, Quantity> {
  const sum: Record<string, Quantity> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = sum[name] ? sum[name].add(amount) : amount;
  return sum;
}

function maxAmounts(a: Amounts, b: Amounts): Record<string, Quantity> {
  const most: Record<string, Quantity> = { ...a };
  for (const [name, amount] of Object.entries(b)) if (!most[name] || most[name].cmp(amount) < 0) most[name] = amount;
  return most;
}

/**
 * What a Pod asks for (or is limited to): its containers and sidecars together, or more if an init container needs more at
 * its time; what the Pod itself says comes first; the overhead of its runtime on top.
 *
 * models component-helpers/resource: PodRequests, PodLimits
 */
export function podAmounts(spec: Readonly<PodSpec>, which: 'requests' | 'limits'): Record<string, Quantity> {
  const of = (container: Readonly<Container>): Record<string, Quantity> => amountsOf(container.resources?.[which]);
  let running = (spec.containers ?? []).reduce<Record<string, Quantity>>((sum, container) => addAmounts(sum, of(container)), {});
  let sidecars: Record<string, Quantity> = {};
  let starting: Record<string, Quantity> = {};
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      running = addAmounts(running, of(container));
      sidecars = addAmounts(sidecars, of(container));
      starting = maxAmounts(starting, sidecars);
    } else {
      starting = maxAmounts(starting, addAmounts(sidecars, of(container)));
    }
  }
  const ofPod = amountsOf((spec as { resources?: ResourceRequirements }).resources?.[which]);
  const total = { ...maxAmounts(running, starting), ...ofPod };
  const overhead = amountsOf(spec.overhead);
  if (which === 'requests') return addAmounts(total, overhead);
  for (const [name, amount] of Object.entries(overhead)) if (total[name] && !total[name].isZero) total[name] = total[name].add(amount);
  return total;
}
