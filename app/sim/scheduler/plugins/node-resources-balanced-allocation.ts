import { podRequests } from '../cache/node-info.ts';
import type { Plugin } from '../framework/types.ts';

/** Prefers nodes whose cpu and memory fill up alike. models plugins/noderesources: BalancedAllocation */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  /** A Pod that asks for nothing changes no balance. */
  preScore: ({ pod }) => (Object.values(podRequests(pod.spec!)).every((amount) => amount === 0) ? 'skip' : undefined),
  score({ pod }, node) {
    const wanted = podRequests(pod.spec!);
    const fraction = (name: string): number | undefined => {
      const allocatable = node.allocatable[name] ?? 0;
      return allocatable === 0 ? undefined : Math.min(1, ((node.requested[name] ?? 0) + (wanted[name] ?? 0)) / allocatable);
    };
    const cpu = fraction('cpu');
    const memory = fraction('memory');
    const deviation = cpu === undefined || memory === undefined ? 0 : Math.abs(cpu - memory) / 2;
    return Math.floor((1 - deviation) * 100);
  },
};
