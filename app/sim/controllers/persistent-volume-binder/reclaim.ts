import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { persistentVolumes, pods } from '../../client/resource-types.ts';
import { BOUND_BY_CONTROLLER, PROVISIONED_BY } from '../../machinery/persistent-volumes.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { BinderState, PV } from './binder-state.ts';

/** What is to become of a released volume. models pv_controller: reclaimVolume */
export async function reclaim(volume: PV, state: BinderState, cause: Cause): Promise<void> {
  switch (volume.spec?.persistentVolumeReclaimPolicy) {
    case 'Delete':
      return remove(volume, state, cause);
    case 'Recycle':
      return recycle(volume, state, cause);
  }
}

/** models deleteVolumeOperation: what an external provisioner made, it also removes. */
async function remove(volume: PV, state: BinderState, cause: Cause): Promise<void> {
  if (volume.metadata.deletionTimestamp || volume.metadata.annotations?.[PROVISIONED_BY] !== undefined || volume.spec?.csi) return;
  const path = volume.spec?.hostPath?.path;
  const problem = path === undefined
    ? `error getting deleter volume plugin for volume ${JSON.stringify(volume.metadata.name)}: no deletable volume plugin matched`
    : /^\/tmp\/.+/.test(path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
  if (problem) return fail(volume, 'VolumeFailedDelete', problem, state, cause);
  await state.context.client.delete(persistentVolumes, undefined, volume.metadata.name, undefined, cause).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

async function fail(volume: PV, reason: string, message: string, state: BinderState, cause: Cause): Promise<void> {
  if (volume.status?.phase === 'Failed' && volume.status.message === message) return;
  state.volumeEvent(volume, 'Warning', reason, message, cause);
  await state.setVolumePhase(volume, 'Failed', message, cause);
}

/** A Pod wipes the volume; then it is free again. models recycleVolumeOperation and volume/util/recyclerclient */
async function recycle(volume: PV, state: BinderState, cause: Cause): Promise<void> {
  const { client, informers } = state.context;
  const source = volume.spec?.hostPath ? { hostPath: volume.spec.hostPath } : volume.spec?.nfs ? { nfs: volume.spec.nfs } : undefined;
  if (!source) return fail(volume, 'VolumeFailedRecycle', 'no volume plugin found for recycling', state, cause);
  const user = informers.of(pods).by('claim', `${volume.spec!.claimRef!.namespace}/${volume.spec!.claimRef!.name}`)[0];
  if (user) return state.volumeEvent(volume, 'Normal', 'VolumeFailedRecycle', `Volume is used by pods: ${user.metadata.namespace}/${user.metadata.name}`, cause);
  const name = `recycler-for-${volume.metadata.name}`;
  const scrubber = informers.of(pods).get(`default/${name}`);
  if (!scrubber) {
    await client.create<Pod>(pods, 'default', scrubberPod(name, source), cause);
    return;
  }
  if (scrubber.metadata.deletionTimestamp || !isFinished(scrubber)) return;
  const failed = scrubber.status?.phase === 'Failed';
  await client.delete(pods, 'default', name, undefined, cause);
  if (failed) return fail(volume, 'VolumeFailedRecycle', `Recycle failed: ${scrubber.status?.message ?? 'pod failed, pod.Status.Message unknown'}`, state, cause);
  state.volumeEvent(volume, 'Normal', 'VolumeRecycled', 'Volume recycled', cause);
  await state.updateVolume(volume, (copy) => {
    delete copy.spec!.claimRef;
    delete copy.metadata.annotations?.[BOUND_BY_CONTROLLER];
  }, cause);
}

function isFinished(pod: Stored<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function scrubberPod(name: string, source: object): object {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      restartPolicy: 'Never', activeDeadlineSeconds: 60, volumes: [{ name: 'vol', ...source }],
      containers: [{
        name: 'pv-recycler', image: 'busybox:1.36', imagePullPolicy: 'IfNotPresent',
        command: ['/bin/sh', '-c', 'test -e /scrub && rm -rf /scrub/..?* /scrub/.[!.]* /scrub/*  && test -z "$(ls -A /scrub)" || exit 1'],
        volumeMounts: [{ name: 'vol', mountPath: '/scrub' }],
      }],
    },
  };
}
