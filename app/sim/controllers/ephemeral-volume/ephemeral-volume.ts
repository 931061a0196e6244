import type { PersistentVolumeClaim, Pod, Stored, Volume } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { persistentVolumeClaims, pods } from '../../client/resource-types.ts';
import { controllerOf, keyOf } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** Makes the claims of generic ephemeral volumes; they go with their Pod. models pkg/controller/volume/ephemeral */
export const ephemeralVolumeController: Controller = {
  name: 'ephemeral-volume-controller',
  serviceAccount: 'ephemeral-volume-controller',
  start(context) {
    const { clock, informers, events } = context;
    const claims = informers.of(persistentVolumeClaims);
    const users = informers.of(pods);
    const loop = new ControlLoop('ephemeral-volume-controller', clock, {
      async reconcile(key, cause) {
        const pod = users.get(key);
        if (!pod || pod.metadata.deletionTimestamp) return;
        if (!claims.synced) return { requeueAfterMs: 100 };
        for (const volume of pod.spec?.volumes ?? []) {
          try {
            if (volume.ephemeral) await ensureClaim(pod, volume, context, cause);
          } catch (error) {
            const message = `ephemeral volume ${volume.name}: ${(error as Error).message}`;
            events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'FailedBinding', message, cause);
            throw new Error(message);
          }
        }
      },
    });
    const look = (pod: Stored<Pod>, cause: Cause): void => void (pod.spec?.volumes?.some(({ ephemeral }) => ephemeral) && loop.queue.add(keyOf(pod), cause));
    users.handle({ onAdd: look });
    claims.handle({ onDelete: (claim, cause) => users.by('claim', keyOf(claim)).forEach((pod) => look(pod, cause)) });
    return loop;
  },
};

/** models handleVolume */
async function ensureClaim(pod: Stored<Pod>, volume: Volume, { client, informers }: ControllerContext, cause: Cause): Promise<void> {
  const { namespace, name: podName, uid } = pod.metadata;
  const name = `${podName}-${volume.name}`;
  const existing = informers.of(persistentVolumeClaims).get(`${namespace}/${name}`);
  if (existing) {
    if (controllerOf(existing)?.uid !== uid) throw new Error(`PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`);
    return;
  }
  const { metadata, spec } = volume.ephemeral!.volumeClaimTemplate!;
  const claim = {
    metadata: {
      name, ...(metadata?.labels ? { labels: metadata.labels } : {}), ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: podName, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec,
  };
  await client.create<PersistentVolumeClaim>(persistentVolumeClaims, namespace, claim, cause).catch((error: Error) => {
    throw new Error(`create PVC ${name}: ${error.message}`);
  });
}
