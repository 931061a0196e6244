import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { csiDrivers, persistentVolumeClaims, persistentVolumes, pods } from '../../client/resource-types.ts';
import { attachmentName, mayBeAtSeveralNodes, mustBeAttached, uniqueVolumeName } from '../../machinery/csi-volumes.ts';
import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import type { SharedInformers } from '../context.ts';

/** A volume that Pods of a node need there. */
export interface WantedVolume {
  /** `kubernetes.io/csi/driver^handle` */
  readonly name: string;
  readonly attachment: string;
  readonly persistentVolume: string;
  readonly driver: string;
  readonly handle: string;
  readonly isShared: boolean;
  readonly pods: Stored<Pod>[];
}

/**
 * What must be attached to a node, by the name of its VolumeAttachment: the volumes of all Pods that are there and not over.
 *
 * models pkg/controller/volume/attachdetach: desiredStateOfWorld, util.ProcessPodVolumes
 */
export function wantedAt(node: string, informers: SharedInformers): Map<string, WantedVolume> {
  const wanted = new Map<string, WantedVolume>();
  for (const pod of informers.of(pods).by('node', node)) {
    if (isOver(pod)) continue;
    for (const volume of volumesOf(pod, informers)) {
      const known = wanted.get(volume.attachment);
      if (known) known.pods.push(pod);
      else wanted.set(volume.attachment, volume);
    }
  }
  return wanted;
}

/** The Pods at other nodes that use a volume. models GetVolumePodsOnNodes */
export function podsElsewhere({ persistentVolume }: WantedVolume, nodes: ReadonlySet<string>, informers: SharedInformers): Stored<Pod>[] {
  const claim = informers.of(persistentVolumes).get(persistentVolume)?.spec?.claimRef;
  return claim ? informers.of(pods).by('claim', `${claim.namespace}/${claim.name}`).filter((pod) => nodes.has(pod.spec?.nodeName ?? '') && !isOver(pod)) : [];
}

function isOver({ status }: Stored<Pod>): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function volumesOf(pod: Stored<Pod>, informers: SharedInformers): WantedVolume[] {
  return claimKeysOf(pod).flatMap((key) => {
    const claim = informers.of(persistentVolumeClaims).get(key);
    const volume = claim?.status?.phase === 'Bound' && claim.spec?.volumeName ? informers.of(persistentVolumes).get(claim.spec.volumeName) : undefined;
    const csi = volume?.spec?.csi;
    if (!volume || !csi || volume.spec!.claimRef?.uid !== claim!.metadata.uid || !mustBeAttached(informers.of(csiDrivers).get(csi.driver))) return [];
    const name = volume.metadata.name;
    return [{ name: uniqueVolumeName(csi), attachment: attachmentName(csi, pod.spec!.nodeName!), persistentVolume: name, driver: csi.driver, handle: csi.volumeHandle, isShared: mayBeAtSeveralNodes(volume), pods: [pod] }];
  });
}
