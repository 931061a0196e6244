import { normalizeTo100, type FilterPlugin, type ScorePlugin } from '../framework/types.ts';
import { tolerates } from './tolerations.ts';

/** models plugins/tainttoleration */
export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  filter({ pod }, { node }) {
    const refused = (node.spec?.taints ?? []).some((taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod.spec!, taint));
    return refused ? { reasons: ['node(s) had untolerated taint(s)'], unresolvable: true } : undefined;
  },
  score: ({ pod }, { node }) => (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec!, taint)).length,
  normalize: (scores) => normalizeTo100(scores, true),
};
