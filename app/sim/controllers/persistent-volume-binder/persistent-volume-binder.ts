import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../client/resource-types.ts';
import { keyOf } from '../../machinery/objects.ts';
import type { Controller } from '../context.ts';
import { BinderState } from './binder-state.ts';
import { syncClaim } from './claim.ts';
import { syncVolume } from './volume.ts';

/** Everything is looked at again this often. models kube-controller-manager: --pvclaimbinder-sync-period */
const RESYNC_MS = 15_000;
const RESYNC = 'resync';

/**
 * Brings claims and volumes together, gives the rest to provisioners, and reclaims what is released.
 *
 * models pkg/controller/volume/persistentvolume: PersistentVolumeController. One worker: a volume must not be given twice.
 */
export const persistentVolumeBinder: Controller = {
  name: 'persistentvolume-binder-controller',
  serviceAccount: 'persistent-volume-binder',
  start(context) {
    const { informers, clock } = context;
    const claims = informers.of(persistentVolumeClaims);
    const volumes = informers.of(persistentVolumes);
    informers.of(storageClasses);
    informers.of(pods);
    const state = new BinderState(context);
    const loop: ControlLoop = new ControlLoop('persistentvolume-binder-controller', clock, {
      async reconcile(key, cause): Promise<{ requeueAfterMs: number } | void> {
        if (!claims.synced || !volumes.synced || !informers.of(storageClasses).synced || !informers.of(pods).synced) return { requeueAfterMs: 100 };
        if (key === RESYNC) {
          for (const volume of volumes.list()) loop.queue.add(`volume:${keyOf(volume)}`, cause);
          for (const claim of claims.list()) loop.queue.add(`claim:${keyOf(claim)}`, cause);
          return { requeueAfterMs: RESYNC_MS };
        }
        return reconcileOne(key, state, loop, cause);
      },
    });
    claims.handle({
      onAdd: (claim, cause) => loop.queue.add(`claim:${keyOf(claim)}`, cause),
      onUpdate: (claim, _, cause) => loop.queue.add(`claim:${keyOf(claim)}`, cause),
      onDelete: (claim, cause) => claim.spec?.volumeName && loop.queue.add(`volume:${claim.spec.volumeName}`, cause),
    });
    volumes.handle({
      onAdd: (volume, cause) => loop.queue.add(`volume:${volume.metadata.name}`, cause),
      onUpdate: (volume, _, cause) => loop.queue.add(`volume:${volume.metadata.name}`, cause),
      onDelete(volume, cause) {
        const { namespace, name } = volume.spec?.claimRef ?? {};
        if (name) loop.queue.add(`claim:${namespace}/${name}`, cause);
      },
    });
    loop.queue.addAfter(RESYNC, RESYNC_MS);
    return loop;
  },
};

async function reconcileOne(key: string, state: BinderState, loop: ControlLoop, cause: Cause): Promise<void> {
  const name = key.slice(key.indexOf(':') + 1);
  if (key.startsWith('claim:')) {
    const claim = state.claims.get(name);
    if (claim) await syncClaim(claim, state, cause);
    return;
  }
  const volume = state.volumes.get(name);
  const claimKey = volume && (await syncVolume(volume, state, cause));
  if (claimKey) loop.queue.add(`claim:${claimKey}`, cause);
}
