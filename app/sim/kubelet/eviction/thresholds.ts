import type { Pod } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

export type StarvedResource = 'memory' | 'ephemeral-storage';
export type PressureCondition = 'MemoryPressure' | 'DiskPressure';

export interface Observation {
  readonly capacity: number;
  readonly available: number;
}

/** What a Pod's containers use, by name, and what the Pod uses beyond them (its emptyDirs). */
export interface PodUsage {
  readonly containers: ReadonlyMap<string, Readonly<Record<StarvedResource, number>>>;
  readonly volumes: number;
}

interface Threshold {
  readonly signal: string;
  readonly resource: StarvedResource;
  readonly condition: PressureCondition;
  minimum(capacity: number): number;
}

const share = (percent: number) => (capacity: number): number => Math.floor((capacity * percent) / 100);

/** In the order in which they are dealt with. Images and everything else share one disk. models kubelet: evictionHard of its defaults, byEvictionPriority */
const THRESHOLDS: readonly Threshold[] = [
  { signal: 'memory.available', resource: 'memory', condition: 'MemoryPressure', minimum: () => 100 * 1024 * 1024 },
  { signal: 'nodefs.available', resource: 'ephemeral-storage', condition: 'DiskPressure', minimum: share(10) },
  { signal: 'imagefs.available', resource: 'ephemeral-storage', condition: 'DiskPressure', minimum: share(15) },
];

export interface ThresholdMet {
  readonly resource: StarvedResource;
  readonly condition: PressureCondition;
  readonly minimum: number;
  readonly available: number;
}

/** models eviction: thresholdsMet */
export function thresholdsMet(observations: Readonly<Record<StarvedResource, Observation>>): ThresholdMet[] {
  return THRESHOLDS.flatMap(({ resource, condition, minimum }) => {
    const { capacity, available } = observations[resource];
    return available < minimum(capacity) ? [{ resource, condition, minimum: minimum(capacity), available }] : [];
  });
}

export function usageOf({ containers, volumes }: PodUsage, resource: StarvedResource): number {
  return [...containers.values()].reduce((sum, usage) => sum + usage[resource], resource === 'memory' ? 0 : volumes);
}

/** models eviction: evictionMessage */
export function evictionMessage({ resource, minimum, available }: ThresholdMet, { spec }: Pod, { containers }: PodUsage): string {
  const exceeding = (spec?.containers ?? []).flatMap(({ name, resources }) => {
    const request = parseQuantity(resources?.requests?.[resource] ?? '0');
    const usage = containers.get(name)?.[resource] ?? 0;
    return usage > request.value() ? [`Container ${name} was using ${binary(usage)}, request is ${request.toString()}, has larger consumption of ${resource}. `] : [];
  });
  return `The node was low on resource: ${resource}. Threshold quantity: ${binary(minimum)}, available: ${binary(available)}. ${exceeding.join('')}`;
}

/** Bytes as a Quantity writes them: in the largest unit that leaves no fraction. */
function binary(bytes: number): string {
  let value = Math.max(0, Math.floor(bytes));
  let unit = 0;
  for (; value > 0 && value % 1024 === 0 && unit < 4; unit++) value /= 1024;
  return `${value}${['', 'Ki', 'Mi', 'Gi', 'Ti'][unit]}`;
}
