import { podRequests } from '../cache/node-info.ts';
import type { ScorePlugin } from '../framework/types.ts';

/** Prefers nodes whose cpu and memory fill up alike. models plugins/noderesources: BalancedAllocation */
export const nodeResourcesBalancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score({ pod }, node) {
    const wanted = podRequests(pod.spec!);
    const fraction = (name: string): number => {
      const allocatable = node.allocatable[name] ?? 0;
      return allocatable === 0 ? 0 : Math.min(1, ((node.requested[name] ?? 0) + (wanted[name] ?? 0)) / allocatable);
    };
    return Math.floor((1 - Math.abs(fraction('cpu') - fraction('memory')) / 2) * 100);
  },
};
