import type { Plugin } from '../framework/types.ts';

/** A Pod with gates is not queued. models plugins/schedulinggates */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  preEnqueue(pod) {
    const gates = pod.spec?.schedulingGates ?? [];
    return gates.length === 0 ? undefined : `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`;
  },
  interests: [{ event: 'UnscheduledPod', actions: ['gates'], hint: (pod, { object }) => object.metadata.uid === pod.metadata.uid }],
};
