import type { Cause } from '../../../contracts/trace/index.ts';
import { BOUND_BY_CONTROLLER, PROVISIONED_BY } from '../../machinery/persistent-volumes.ts';
import type { BinderState, PV } from './binder-state.ts';
import { reclaim } from './reclaim.ts';

/** Returns the key of a claim that should be looked at next. models pv_controller: syncVolume */
export async function syncVolume(volume: PV, state: BinderState, cause: Cause): Promise<string | undefined> {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) {
    await state.setVolumePhase(volume, 'Available', '', cause);
    return reference ? `${reference.namespace}/${reference.name}` : undefined;
  }
  const key = `${reference.namespace}/${reference.name}`;
  const found = state.claims.get(key);
  const claim = found?.metadata.uid === reference.uid ? found : undefined;
  if (!claim) {
    const isReleased = volume.status?.phase === 'Released' || volume.status?.phase === 'Failed';
    return void (await reclaim(isReleased ? volume : await state.setVolumePhase(volume, 'Released', '', cause), state, cause));
  }
  if (!claim.spec?.volumeName) {
    if ((claim.spec?.volumeMode ?? 'Filesystem') === (volume.spec?.volumeMode ?? 'Filesystem')) return key;
    state.volumeEvent(volume, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${JSON.stringify(claim.metadata.name)} due to incompatible volumeMode.`, cause);
    state.claimEvent(claim, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume ${JSON.stringify(volume.metadata.name)} to requested PersistentVolumeClaim due to incompatible volumeMode.`, cause);
    return undefined;
  }
  if (claim.spec.volumeName === volume.metadata.name) return void (await state.setVolumePhase(volume, 'Bound', '', cause));
  await giveBack(volume, state, cause);
  return undefined;
}

/** The claim went with another volume. */
async function giveBack(volume: PV, state: BinderState, cause: Cause): Promise<void> {
  if (volume.metadata.annotations?.[PROVISIONED_BY] !== undefined && volume.spec?.persistentVolumeReclaimPolicy === 'Delete') {
    return reclaim(await state.setVolumePhase(volume, 'Released', '', cause), state, cause);
  }
  const isOurs = volume.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined;
  const freed = await state.updateVolume(volume, (copy) => {
    if (!isOurs) return void delete copy.spec!.claimRef!.uid;
    delete copy.spec!.claimRef;
    delete copy.metadata.annotations![BOUND_BY_CONTROLLER];
  }, cause);
  await state.setVolumePhase(freed, 'Available', '', cause);
}
