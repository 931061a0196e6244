import type { KubeObject } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttributesClasses } from '../../client/resource-types.ts';
import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import { clone, keyOf } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** Takes the protecting finalizer from an object that is being deleted, once nothing uses it. */
async function release<T>(type: ResourceType<T>, object: KubeObject, finalizer: string, { client }: ControllerContext, cause: Cause): Promise<void> {
  const copy = clone(object) as KubeObject;
  copy.metadata.finalizers = (copy.metadata.finalizers ?? []).filter((candidate) => candidate !== finalizer);
  await client.update(type, copy, cause);
}

function isHeldOnlyBy(object: KubeObject | undefined, finalizer: string): object is KubeObject {
  return object?.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).includes(finalizer);
}

/** A claim in use by a Pod that has a node stays until the Pod is gone. models pkg/controller/volume/pvcprotection */
export const claimProtection: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  serviceAccount: 'pvc-protection-controller',
  start(context) {
    const { informers, clock } = context;
    const finalizer = 'kubernetes.io/pvc-protection';
    const claims = informers.of(persistentVolumeClaims);
    const users = informers.of(pods);
    const loop = new ControlLoop('persistentvolumeclaim-protection-controller', clock, {
      async reconcile(key, cause) {
        const claim = claims.get(key);
        if (!isHeldOnlyBy(claim, finalizer)) return;
        if (!users.synced) return { requeueAfterMs: 100 };
        if (users.by('claim', key).some((pod) => pod.spec?.nodeName)) return;
        await release(persistentVolumeClaims, claim, finalizer, context, cause);
      },
    });
    claims.handle({ onAdd: (claim, cause) => loop.queue.add(keyOf(claim), cause), onUpdate: (claim, _, cause) => loop.queue.add(keyOf(claim), cause) });
    users.handle({ onDelete: (pod, cause) => claimKeysOf(pod).forEach((key) => loop.queue.add(key, cause)) });
    return loop;
  },
};

/** A bound volume stays until its claim is gone. models pkg/controller/volume/pvprotection */
export const volumeProtection: Controller = {
  name: 'persistentvolume-protection-controller',
  serviceAccount: 'pv-protection-controller',
  start(context) {
    const { informers, clock } = context;
    const finalizer = 'kubernetes.io/pv-protection';
    const volumes = informers.of(persistentVolumes);
    const loop = new ControlLoop('persistentvolume-protection-controller', clock, {
      async reconcile(name, cause) {
        const volume = volumes.get(name);
        if (isHeldOnlyBy(volume, finalizer) && volume.status?.phase !== 'Bound') await release(persistentVolumes, volume, finalizer, context, cause);
      },
    });
    volumes.handle({ onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause) });
    return loop;
  },
};

/** A class of attributes stays while a claim or a volume names it. models pkg/controller/volume/vacprotection */
export const attributesClassProtection: Controller = {
  name: 'volumeattributesclass-protection-controller',
  serviceAccount: 'volumeattributesclass-protection-controller',
  start(context) {
    const { informers, clock } = context;
    const finalizer = 'kubernetes.io/vac-protection';
    const classes = informers.of(volumeAttributesClasses);
    const claims = informers.of(persistentVolumeClaims);
    const volumes = informers.of(persistentVolumes);
    const loop = new ControlLoop('volumeattributesclass-protection-controller', clock, {
      async reconcile(name, cause) {
        const found = classes.get(name);
        if (!isHeldOnlyBy(found, finalizer)) return;
        if (!claims.synced || !volumes.synced) return { requeueAfterMs: 100 };
        const isUsed = claims.list().some(({ spec, status }) => spec?.volumeAttributesClassName === name || status?.currentVolumeAttributesClassName === name) || volumes.list().some(({ spec }) => spec?.volumeAttributesClassName === name);
        if (!isUsed) await release(volumeAttributesClasses, found, finalizer, context, cause);
      },
    });
    const look = (name: string | undefined, cause: Cause): void => void (name && loop.queue.add(name, cause));
    classes.handle({ onAdd: ({ metadata }, cause) => look(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => look(metadata.name, cause) });
    claims.handle({ onUpdate: (_, before, cause) => look(before.spec?.volumeAttributesClassName, cause), onDelete: ({ spec }, cause) => look(spec?.volumeAttributesClassName, cause) });
    volumes.handle({ onUpdate: (_, before, cause) => look(before.spec?.volumeAttributesClassName, cause), onDelete: ({ spec }, cause) => look(spec?.volumeAttributesClassName, cause) });
    return loop;
  },
};
