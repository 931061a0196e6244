import { findCandidate } from '../preemption/candidates.ts';
import { fitMessage } from '../framework/fit-error.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

const PREFIX = 'preemption: ';

/** Makes room by evicting less important Pods. models plugins/defaultpreemption and framework/preemption */
export const defaultPreemption: Plugin = {
  name: 'DefaultPreemption',
  postFilter(state, diagnosis, filter) {
    const refusal = ineligible(state);
    if (refusal) return { message: `${PREFIX}${refusal}` };
    const { candidate, refusals } = findCandidate(state, diagnosis, filter);
    if (candidate) return { message: '', nominated: { node: candidate.node, victims: candidate.victims } };
    return { withdraws: true, message: `${PREFIX}${fitMessage({ total: diagnosis.total, refusals, preFilter: undefined }, '')}` };
  },
  interests: [{ event: 'AssignedPod', actions: ['delete'] }],
};

/** models PodEligibleToPreemptOthers */
function ineligible({ pod, cluster }: CycleState): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const promised = pod.status?.nominatedNodeName ? cluster.cache.node(pod.status.nominatedNodeName) : undefined;
  for (const other of promised?.pods.values() ?? []) {
    const isVictim = other.metadata.deletionTimestamp && other.status?.conditions?.some(({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler');
    if (isVictim && (other.spec?.priority ?? 0) < (pod.spec?.priority ?? 0)) return 'not eligible due to a terminating pod on the nominated node.';
  }
  return undefined;
}
