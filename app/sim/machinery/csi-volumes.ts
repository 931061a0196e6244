import { createHash } from 'node:crypto';
import type { CSIDriver, Node, PersistentVolume, Stored } from '../../contracts/k8s/index.ts';

// What the attach/detach controller, the kubelet and the attachers of drivers agree on.

/** As nodes list it in volumesInUse and volumesAttached. models pkg/volume/util: GetUniqueVolumeNameFromSpec */
export function uniqueVolumeName({ driver, volumeHandle }: { readonly driver: string; readonly volumeHandle: string }): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}

/** models pkg/volume/csi: getAttachmentName */
export function attachmentName({ driver, volumeHandle }: { readonly driver: string; readonly volumeHandle: string }, node: string): string {
  return `csi-${createHash('sha256').update(`${volumeHandle}${driver}${node}`).digest('hex')}`;
}

/** A driver that nobody described has to attach. models pkg/volume/csi: skipAttach */
export function mustBeAttached(driver: CSIDriver | undefined): boolean {
  return driver?.spec.attachRequired !== false;
}

/** May it be at several nodes at once? models pkg/volume/util: IsMultiAttachAllowed */
export function mayBeAtSeveralNodes({ spec }: Stored<PersistentVolume>): boolean {
  const modes = spec?.accessModes ?? [];
  return modes.length === 0 || modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
}

export function isMountedAt(node: Readonly<Node>, volume: string): boolean {
  return node.status?.volumesInUse?.includes(volume) ?? false;
}

export function isReportedAttached(node: Readonly<Node>, volume: string): boolean {
  return node.status?.volumesAttached?.some(({ name }) => name === volume) ?? false;
}
