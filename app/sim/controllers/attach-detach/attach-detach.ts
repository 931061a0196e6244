import { ControlLoop } from '../../client/control-loop.ts';
import { csiDrivers, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../client/resource-types.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import { claimKeysOf } from '../../machinery/persistent-volumes.ts';
import type { Controller } from '../context.ts';
import { NodeAttachments } from './node-attachments.ts';

/**
 * Brings volumes to the nodes whose Pods need them and takes them away afterwards. All it does is to write down its wishes
 * as VolumeAttachments; the attacher of the volume's driver acts on them and says when it is done. Volumes of drivers that
 * need no attaching, and such that are no driver's, are none of its business.
 *
 * models pkg/controller/volume/attachdetach
 */
export const attachDetachController: Controller = {
  name: 'persistentvolume-attach-detach-controller',
  serviceAccount: 'attachdetach-controller',
  start(context) {
    const { informers, clock } = context;
    const worker = new NodeAttachments(context);
    const loop = new ControlLoop('persistentvolume-attach-detach-controller', clock, worker);
    const at = (pod: Stored<Pod>, cause: Cause): void => void (pod.spec?.nodeName && claimKeysOf(pod).length > 0 && loop.queue.add(pod.spec.nodeName, cause));
    const usersOf = (claim: string, cause: Cause): void => informers.of(pods).by('claim', claim).forEach((pod) => at(pod, cause));
    const everyNode = (cause: Cause): void => informers.of(nodes).list().forEach(({ metadata }) => loop.queue.add(metadata.name, cause));
    informers.of(pods).handle({ onAdd: at, onUpdate: (pod, _, cause) => at(pod, cause), onDelete: at });
    informers.of(persistentVolumeClaims).handle({ onAdd: (claim, cause) => usersOf(keyOf(claim), cause), onUpdate: (claim, _, cause) => usersOf(keyOf(claim), cause) });
    informers.of(persistentVolumes).handle({ onAdd: ({ spec }, cause) => void (spec?.csi && spec.claimRef && usersOf(`${spec.claimRef.namespace}/${spec.claimRef.name}`, cause)) });
    informers.of(csiDrivers).handle({ onAdd: (_, cause) => everyNode(cause), onUpdate: (_, __, cause) => everyNode(cause), onDelete: (_, cause) => everyNode(cause) });
    informers.of(nodes).handle({
      onAdd: (node, cause) => loop.queue.add(node.metadata.name, cause),
      onUpdate: (node, before, cause) => void ((worker.concerns(node.metadata.name) || !deepEqual(node.status?.volumesInUse, before.status?.volumesInUse)) && loop.queue.add(node.metadata.name, cause)),
      onDelete: (node, cause) => {
        worker.remember(node);
        loop.queue.add(node.metadata.name, cause);
      },
    });
    informers.of(volumeAttachments).handle({
      onAdd: ({ spec }, cause) => loop.queue.add(spec.nodeName, cause),
      onUpdate: ({ spec }, _, cause) => loop.queue.add(spec.nodeName, cause),
      // It is free now: who waited for it?
      onDelete: ({ spec }, cause) => {
        loop.queue.add(spec.nodeName, cause);
        const claim = informers.of(persistentVolumes).get(spec.source.persistentVolumeName ?? '')?.spec?.claimRef;
        if (claim) usersOf(`${claim.namespace}/${claim.name}`, cause);
      },
    });
    return loop;
  },
};
