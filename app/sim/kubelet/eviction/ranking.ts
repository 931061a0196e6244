import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import { usageOf, type PodUsage, type StarvedResource } from './thresholds.ts';

const SYSTEM_CRITICAL = 2_000_000_000;

/** Such Pods are never ended for want of something. models kubelet/types: IsCriticalPod */
export function isCritical({ metadata, spec }: Stored<Pod>): boolean {
  const source = metadata.annotations?.['kubernetes.io/config.source'];
  return (source !== undefined && source !== 'api') || (spec?.priority ?? 0) >= SYSTEM_CRITICAL;
}

/** Who goes first: above its request, then of low priority, then furthest above its request. models eviction: rankMemoryPressure, rankDiskPressureFunc */
export function ranked<T extends { readonly pod: Stored<Pod> }>(all: readonly T[], resource: StarvedResource, usage: (one: T) => PodUsage | undefined): T[] {
  const above = new Map(all.map((one) => {
    const used = usage(one);
    return [one, (used ? usageOf(used, resource) : 0) - requestOf(one.pod, resource)] as const;
  }));
  const isAbove = (one: T): number => (above.get(one)! > 0 ? 0 : 1);
  return [...all].sort((a, b) => isAbove(a) - isAbove(b) || (a.pod.spec?.priority ?? 0) - (b.pod.spec?.priority ?? 0) || above.get(b)! - above.get(a)!);
}

function requestOf({ spec }: Pod, resource: StarvedResource): number {
  return (spec?.containers ?? []).reduce((sum, { resources }) => sum + parseQuantity(resources?.requests?.[resource] ?? '0').value(), 0);
}
