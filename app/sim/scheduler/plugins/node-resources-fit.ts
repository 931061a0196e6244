import { podRequests } from '../cache/node-info.ts';
import type { FilterPlugin, ScorePlugin } from '../framework/types.ts';

/** Requests of zero count as this much in scores, so that Pods spread. models schedutil: DefaultMilliCPURequest, DefaultMemoryRequest */
const DEFAULT_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** models plugins/noderesources: Fit with LeastAllocated */
export const nodeResourcesFit: FilterPlugin & ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  filter({ pod }, node) {
    const reasons: string[] = [];
    let unresolvable = false;
    const allowed = node.allocatable['pods'] ?? 0;
    if (node.pods.size + 1 > allowed) reasons.push('Too many pods');
    for (const [name, amount] of Object.entries(podRequests(pod.spec!))) {
      if (amount === 0) continue;
      const allocatable = node.allocatable[name] ?? 0;
      if (amount <= allocatable - (node.requested[name] ?? 0)) continue;
      reasons.push(`Insufficient ${name}`);
      if (amount > allocatable) unresolvable = true;
    }
    return reasons.length > 0 ? { reasons, unresolvable } : undefined;
  },
  score({ pod }, node) {
    const wanted = podRequests(pod.spec!);
    const free = (name: 'cpu' | 'memory', fallback: number): number => {
      const allocatable = node.allocatable[name] ?? 0;
      if (allocatable === 0) return 0;
      const used = usedWithDefaults(node.pods.size, node.requested[name] ?? 0, fallback) + (wanted[name] || fallback);
      return used > allocatable ? 0 : Math.floor(((allocatable - used) * 100) / allocatable);
    };
    return Math.floor((free('cpu', DEFAULT_CPU) + free('memory', DEFAULT_MEMORY)) / 2);
  },
};

/** At least the default for each Pod. Exact sums per Pod would cost a walk over them for every score. */
function usedWithDefaults(pods: number, requested: number, fallback: number): number {
  return Math.max(requested, pods * fallback);
}
