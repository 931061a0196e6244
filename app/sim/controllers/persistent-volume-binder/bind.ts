import type { Cause } from '../../../contracts/trace/index.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER } from '../../machinery/persistent-volumes.ts';
import type { BinderState, Claim, PV } from './binder-state.ts';

/**
 * Four writes, each of which can be the last before a crash: the volume's reference, its phase, the claim's reference, its
 * status. What is done already is not done again. models pv_controller: bind
 */
export async function bind(volume: PV, claim: Claim, state: BinderState, cause: Cause): Promise<void> {
  const reserved = await reserve(volume, claim, state, cause);
  const bound = await state.setVolumePhase(reserved, 'Bound', '', cause);
  const named = await nameVolume(claim, bound.metadata.name, state, cause);
  await updateClaimStatus(named, 'Bound', bound, state, cause);
}

/** models bindVolumeToClaim */
async function reserve(volume: PV, claim: Claim, state: BinderState, cause: Cause): Promise<PV> {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const known = volume.spec?.claimRef;
  if (known?.uid === uid) return volume;
  return state.updateVolume(volume, (copy) => {
    copy.spec!.claimRef = { ...known, kind: 'PersistentVolumeClaim', namespace: namespace!, name, uid, apiVersion: 'v1', resourceVersion };
    if (!known) copy.metadata.annotations = { ...copy.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
  }, cause);
}

/** models bindClaimToVolume */
async function nameVolume(claim: Claim, volumeName: string, state: BinderState, cause: Cause): Promise<Claim> {
  const annotations = claim.metadata.annotations ?? {};
  const isNew = claim.spec?.volumeName !== volumeName;
  if (!isNew && annotations[BIND_COMPLETED] !== undefined) return claim;
  return state.updateClaim(claim, (copy) => {
    copy.metadata.annotations = { ...annotations, [BIND_COMPLETED]: 'yes', ...(isNew ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}) };
    copy.spec!.volumeName = volumeName;
  }, cause);
}

/** models pv_controller: updateClaimStatus. A claim that is bound keeps its capacity: resizing has another owner. */
export async function updateClaimStatus(claim: Claim, phase: string, volume: PV | undefined, state: BinderState, cause: Cause): Promise<void> {
  const next: NonNullable<Claim['status']> = { ...claim.status, phase };
  if (!volume) {
    delete next.accessModes;
    delete next.capacity;
  } else {
    next.accessModes = volume.spec?.accessModes ?? [];
    if (claim.status?.phase !== 'Bound') next.capacity = { storage: volume.spec?.capacity?.['storage'] ?? '0' };
    const attributes = volume.spec?.volumeAttributesClassName;
    if (attributes && next.currentVolumeAttributesClassName !== attributes) next.currentVolumeAttributesClassName = attributes;
  }
  if (deepEqual(next, claim.status)) return;
  await state.updateClaim(claim, (copy) => { copy.status = next; }, cause, 'status');
}
