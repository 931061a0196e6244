import type { Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { nodeOf } from '../framework/cluster-events.ts';
import { normalizeTo100, type Plugin } from '../framework/types.ts';
import { tolerates } from './tolerations.ts';

/** models plugins/tainttoleration */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  filter: ({ pod }, { node }) => (isRefused(pod, node) ? { reasons: ['node(s) had untolerated taint(s)'], unresolvable: true } : undefined),
  score: ({ pod }, { node }) => (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec!, taint)).length,
  normalize: (scores) => normalizeTo100(scores, true),
  interests: [
    {
      event: 'Node', actions: ['add', 'taints'],
      hint: (pod, event) => !isRefused(pod, nodeOf(event)) && (!event.previous || isRefused(pod, event.previous as Stored<Node>)),
    },
    { event: 'UnscheduledPod', actions: ['tolerations'], hint: (pod, { object }) => object.metadata.uid === pod.metadata.uid },
  ],
};

function isRefused(pod: Stored<Pod>, node: Stored<Node>): boolean {
  return (node.spec?.taints ?? []).some((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod.spec!, taint));
}
