import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

const NAME = 'VolumeRestrictions';

/** A claim that only one Pod may use keeps the second one out everywhere. models plugins/volumerestrictions */
export const volumeRestrictions: Plugin = {
  name: NAME,
  preFilter(state) {
    const exclusive = claimKeysOf(state.pod).filter((key) => (state.cluster.claims.get(key)?.spec?.accessModes ?? []).includes('ReadWriteOncePod'));
    if (exclusive.length === 0) return 'skip';
    const users = new Map(exclusive.map((key) => [key, state.nodes.reduce((sum, node) => sum + (node.claims.get(key) ?? 0), 0)]));
    state.scratch.set(NAME, new Users(users));
    return undefined;
  },
  addPod: (state, pod) => adjust(state, claimKeysOf(pod), 1),
  removePod: (state, pod) => adjust(state, claimKeysOf(pod), -1),
  filter(state) {
    const taken = [...(state.scratch.get(NAME) as Users).counts.values()].some((count) => count > 0);
    return taken ? { reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'], unresolvable: false } : undefined;
  },
  interests: [
    { event: 'AssignedPod', actions: ['delete'], hint: (pod, { object }) => claimKeysOf(object as never).some((key) => claimKeysOf(pod).includes(key)) },
    { event: 'PersistentVolumeClaim', actions: ['add', 'update'] },
  ],
};

class Users {
  readonly counts: Map<string, number>;

  constructor(counts: Map<string, number>) {
    this.counts = counts;
  }

  clone(): Users {
    return new Users(new Map(this.counts));
  }
}

function adjust(state: CycleState, keys: readonly string[], by: number): void {
  const users = state.scratch.get(NAME) as Users | undefined;
  for (const key of keys) if (users?.counts.has(key)) users.counts.set(key, users.counts.get(key)! + by);
}
