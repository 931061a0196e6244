import type { PersistentVolume, Stored } from '../../../contracts/k8s/index.ts';
import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import type { CycleState, Plugin } from '../framework/types.ts';

const NAME = 'VolumeZone';
/** Volumes and nodes may use the old names for the same thing. */
const KEYS: readonly (readonly [string, string])[] = [
  ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'], ['topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/region'],
];

interface Place { readonly keys: readonly [string, string]; readonly values: ReadonlySet<string> }

/** A bound volume's zone labels bind the Pod to nodes there. models plugins/volumezone */
export const volumeZone: Plugin = {
  name: NAME,
  preFilter(state) {
    const places = claimKeysOf(state.pod).flatMap((key) => placesOf(state, state.cluster.claims.get(key)?.spec?.volumeName));
    if (places.length === 0) return 'skip';
    state.scratch.set(NAME, places);
    return undefined;
  },
  filter(state, node) {
    for (const { keys, values } of state.scratch.get(NAME) as readonly Place[]) {
      const here = node.labels[keys[0]] ?? node.labels[keys[1]];
      if (here === undefined || !values.has(here)) return { reasons: ['node(s) had no available volume zone'], unresolvable: true };
    }
    return undefined;
  },
  interests: [
    { event: 'Node', actions: ['add', 'labels'] },
    { event: 'PersistentVolumeClaim', actions: ['add', 'update'] },
    { event: 'PersistentVolume', actions: ['add', 'update'] },
    { event: 'StorageClass', actions: ['add'] },
  ],
};

function placesOf(state: CycleState, volumeName: string | undefined): Place[] {
  const volume: Stored<PersistentVolume> | undefined = volumeName ? state.cluster.volumes.get(volumeName) : undefined;
  return KEYS.flatMap((keys) => {
    const value = volume?.metadata.labels?.[keys[0]] ?? volume?.metadata.labels?.[keys[1]];
    return value === undefined ? [] : [{ keys: [keys[0], keys[1]] as const, values: new Set(value.split('__')) }];
  });
}
