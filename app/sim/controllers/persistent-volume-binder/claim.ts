import type { StorageClass, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods, storageClasses } from '../../client/resource-types.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import {
  BETA_STORAGE_PROVISIONER, BIND_COMPLETED, BOUND_BY_CONTROLLER, classOf, findMatchingVolume, isReservedFor, mismatch, SELECTED_NODE, STORAGE_PROVISIONER,
} from '../../machinery/persistent-volumes.ts';
import { bind, updateClaimStatus } from './bind.ts';
import type { BinderState, Claim } from './binder-state.ts';

/** Provisioners of old trees that drivers outside have taken over. models csi-translation-lib */
const MIGRATED: Readonly<Record<string, string>> = {
  'kubernetes.io/aws-ebs': 'ebs.csi.aws.com', 'kubernetes.io/gce-pd': 'pd.csi.storage.gke.io', 'kubernetes.io/azure-disk': 'disk.csi.azure.com',
  'kubernetes.io/azure-file': 'file.csi.azure.com', 'kubernetes.io/cinder': 'cinder.csi.openstack.org', 'kubernetes.io/vsphere-volume': 'csi.vsphere.vmware.com',
  'kubernetes.io/portworx-volume': 'pxd.portworx.com',
};

/** models pv_controller: syncClaim */
export async function syncClaim(claim: Claim, state: BinderState, cause: Cause): Promise<void> {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return syncBoundClaim(claim, state, cause);
  return claim.spec?.volumeName ? syncClaimThatNamesVolume(claim, claim.spec.volumeName, state, cause) : syncFreeClaim(claim, state, cause);
}

async function syncFreeClaim(claim: Claim, state: BinderState, cause: Cause): Promise<void> {
  const className = classOf(claim);
  const found = className ? state.context.informers.of(storageClasses).get(className) : undefined;
  const delayed = found?.volumeBindingMode === 'WaitForFirstConsumer';
  const isPlaced = claim.metadata.annotations?.[SELECTED_NODE] !== undefined;
  const volume = findMatchingVolume(claim, state.volumes.list(), { delayed });
  if (volume) return bind(volume, claim, state, cause);
  if (claim.metadata.deletionTimestamp) return;
  if (delayed && !isPlaced) waitForConsumer(claim, state, cause);
  else if (className) return provision(claim, className, found, state, cause);
  else state.claimEvent(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set', cause);
  await updateClaimStatus(claim, 'Pending', undefined, state, cause);
}

/** models emitEventForUnboundDelayBindingClaim */
function waitForConsumer(claim: Claim, state: BinderState, cause: Cause): void {
  const users = state.context.informers.of(pods).by('claim', keyOf(claim)).filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && !pod.metadata.deletionTimestamp);
  const names = users.map((pod) => pod.metadata.name);
  if (names.length === 0) return state.claimEvent(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', cause);
  const message = names.length > 1 ? `waiting for pods ${names.join(',')} to be scheduled` : `waiting for pod ${names[0]} to be scheduled`;
  state.claimEvent(claim, 'Normal', 'WaitForPodScheduled', message, cause);
}

/** Asks an external provisioner by annotation; it makes the volume. models provisionClaim */
async function provision(claim: Claim, className: string, found: Stored<StorageClass> | undefined, state: BinderState, cause: Cause): Promise<void> {
  const fail = (message: string): void => state.claimEvent(claim, 'Warning', 'ProvisioningFailed', message, cause);
  if (!found) return fail(`storageclass.storage.k8s.io ${JSON.stringify(className)} not found`);
  const provisioner = MIGRATED[found.provisioner] ?? found.provisioner;
  if (provisioner.startsWith('kubernetes.io/')) return fail(`no volume plugin matched name: ${provisioner}`);
  let current = claim;
  if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== provisioner) {
    current = await state.updateClaim(claim, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, [BETA_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner };
    }, cause);
  }
  state.claimEvent(current, 'Normal', 'ExternalProvisioning', `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`, cause);
}

async function syncClaimThatNamesVolume(claim: Claim, volumeName: string, state: BinderState, cause: Cause): Promise<void> {
  const volume = state.volumes.get(volumeName);
  if (!volume) return updateClaimStatus(claim, 'Pending', undefined, state, cause);
  if (!volume.spec?.claimRef) {
    const problem = mismatch(volume, claim);
    if (!problem) return bind(volume, claim, state, cause);
    state.claimEvent(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume ${JSON.stringify(volumeName)}: ${problem}`, cause);
    return updateClaimStatus(claim, 'Pending', undefined, state, cause);
  }
  if (isReservedFor(volume, claim)) return bind(volume, claim, state, cause);
  if (claim.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined) return;
  state.claimEvent(claim, 'Warning', 'FailedBinding', `volume ${JSON.stringify(volumeName)} already bound to a different claim.`, cause);
  await updateClaimStatus(claim, 'Pending', undefined, state, cause);
}

async function syncBoundClaim(claim: Claim, state: BinderState, cause: Cause): Promise<void> {
  const lose = async (reason: string, message: string): Promise<void> => {
    if (claim.status?.phase !== 'Lost') state.claimEvent(claim, 'Warning', reason, message, cause);
    await updateClaimStatus(claim, 'Lost', undefined, state, cause);
  };
  if (!claim.spec?.volumeName) return lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
  const volume = state.volumes.get(claim.spec.volumeName);
  if (!volume) return lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  const reference = volume.spec?.claimRef;
  if (!reference || deepEqual(reference.uid, claim.metadata.uid)) return bind(volume, claim, state, cause);
  return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
}
