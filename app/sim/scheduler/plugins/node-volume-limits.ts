import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import type { ClusterView, Plugin } from '../framework/types.ts';

/** No more volumes of a driver than its node can attach, as CSINode says. models plugins/nodevolumelimits: CSILimits */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  preFilter: ({ pod }) => (claimKeysOf(pod).length === 0 ? 'skip' : undefined),
  filter({ pod, cluster }, node) {
    const limits = new Map((cluster.csiNodes.get(node.name)?.spec.drivers ?? []).flatMap(({ name, allocatable }) => (allocatable?.count === undefined ? [] : [[name, allocatable.count] as const])));
    if (limits.size === 0) return undefined;
    const wanted = volumesByDriver(claimKeysOf(pod), cluster);
    const attached = volumesByDriver(node.claims.keys(), cluster);
    for (const [driver, volumes] of wanted) {
      const limit = limits.get(driver);
      if (limit === undefined) continue;
      const here = attached.get(driver) ?? new Set<string>();
      const added = [...volumes].filter((volume) => !here.has(volume)).length;
      if (added > 0 && here.size + added > limit) return { reasons: ['node(s) exceed max volume count'], unresolvable: false };
    }
    return undefined;
  },
  interests: [
    { event: 'CSINode', actions: ['add', 'update'] },
    { event: 'AssignedPod', actions: ['delete'], hint: (_, { object }) => claimKeysOf(object as never).length > 0 },
    { event: 'PersistentVolumeClaim', actions: ['add'] },
  ],
};

function volumesByDriver(claims: Iterable<string>, cluster: ClusterView): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const key of claims) {
    const claim = cluster.claims.get(key);
    const csi = claim?.spec?.volumeName ? cluster.volumes.get(claim.spec.volumeName)?.spec?.csi : undefined;
    const driver = csi?.driver ?? (claim && !claim.spec?.volumeName ? cluster.classes.get(claim.spec?.storageClassName ?? '')?.provisioner : undefined);
    if (driver === undefined) continue;
    const volumes = result.get(driver) ?? new Set<string>();
    volumes.add(csi?.volumeHandle ?? key);
    result.set(driver, volumes);
  }
  return result;
}

