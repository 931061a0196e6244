import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Stored, Volume } from '../../contracts/k8s/index.ts';
import { selectorFromLabelSelector } from './labels.ts';
import { matchesNodeSelector } from './node-selector.ts';
import { parseQuantity, type Quantity } from './quantity.ts';

// models component-helpers/storage/volume: what the binder, the scheduler and the provisioners agree on.

export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

type Claim = Stored<PersistentVolumeClaim>;
type PV = Stored<PersistentVolume>;

/** The class of a claim or a volume; '' for none. */
export function classOf(object: { readonly metadata: { annotations?: Record<string, string> }; readonly spec?: { storageClassName?: string } }): string {
  return object.metadata.annotations?.[BETA_CLASS] ?? object.spec?.storageClassName ?? '';
}

export function requestOf(claim: Claim): Quantity {
  return parseQuantity(claim.spec?.resources?.requests?.['storage'] ?? '0');
}

export function capacityOf(volume: PV): Quantity {
  return parseQuantity(volume.spec?.capacity?.['storage'] ?? '0');
}

export function isFullyBound(claim: Claim): boolean {
  return Boolean(claim.spec?.volumeName) && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** The volume is reserved for this claim, by name and, where set, by uid. models IsVolumeBoundToClaim */
export function isReservedFor(volume: PV, claim: Claim): boolean {
  const reference = volume.spec?.claimRef;
  if (!reference || reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
}

export function isReachableFrom(volume: PV, node: Stored<Node>): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || matchesNodeSelector(required, node);
}

/**
 * The smallest free volume that satisfies a claim; one that is reserved for it comes first.
 *
 * models component-helpers/storage/volume: FindMatchingVolume
 * @param node where the volume must be reachable, when the scheduler asks
 * @param delayed a class that binds with its first consumer: without a node only a reserved volume counts
 */
export function findMatchingVolume(claim: Claim, volumes: Iterable<PV>, options: { readonly node?: Stored<Node>; readonly excluded?: ReadonlySet<string>; readonly delayed: boolean }): PV | undefined {
  const { node, excluded, delayed } = options;
  const request = requestOf(claim);
  const selector = claim.spec?.selector ? selectorFromLabelSelector(claim.spec.selector) : undefined;
  let best: PV | undefined;
  for (const volume of volumes) {
    const spec = volume.spec ?? {};
    if (excluded?.has(volume.metadata.name) || volume.metadata.deletionTimestamp) continue;
    if ((claim.spec?.volumeMode ?? 'Filesystem') !== (spec.volumeMode ?? 'Filesystem') || (claim.spec?.volumeAttributesClassName ?? '') !== (spec.volumeAttributesClassName ?? '')) continue;
    if ((claim.spec?.accessModes ?? []).some((mode) => !(spec.accessModes ?? []).includes(mode))) continue;
    const fits = capacityOf(volume).cmp(request) >= 0;
    const reachable = !node || isReachableFrom(volume, node);
    if (isReservedFor(volume, claim)) {
      if (!fits) continue;
      return reachable ? volume : undefined;
    }
    if ((!node && delayed) || spec.claimRef || volume.status?.phase !== 'Available' || !fits || !reachable) continue;
    if (selector && !selector.matches(volume.metadata.labels)) continue;
    if (classOf(volume) !== classOf(claim)) continue;
    if (!best || capacityOf(volume).cmp(capacityOf(best)) < 0) best = volume;
  }
  return best;
}

/** Why a claim cannot have the volume that it names. models checkVolumeSatisfyClaim; undefined: it can. */
export function mismatch(volume: PV, claim: Claim): string | undefined {
  if (capacityOf(volume).cmp(requestOf(claim)) < 0) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if ((claim.spec?.volumeMode ?? 'Filesystem') !== (volume.spec?.volumeMode ?? 'Filesystem')) return 'incompatible volumeMode';
  if ((claim.spec?.accessModes ?? []).some((mode) => !(volume.spec?.accessModes ?? []).includes(mode))) return 'incompatible accessMode';
  return undefined;
}

/** The claim that a Pod's volume stands for: named, or made for the Pod (`pod-volume`). models ephemeral: VolumeClaimName */
export function claimNameOf(pod: { readonly metadata: { name: string } }, volume: Readonly<Volume>): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined;
}

/** `namespace/name` of every claim that a Pod uses. */
export function claimKeysOf(pod: Stored<Pod>): string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume);
    return name === undefined ? [] : [`${pod.metadata.namespace}/${name}`];
  });
}
