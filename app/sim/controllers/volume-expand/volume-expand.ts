import { ControlLoop } from '../../client/control-loop.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resource-types.ts';
import { keyOf } from '../../machinery/objects.ts';
import { requestOf } from '../../machinery/persistent-volumes.ts';
import { parseQuantity } from '../../machinery/quantity.ts';
import type { Controller } from '../context.ts';

/**
 * Looks at bound claims that ask for more than they have. No plug-in inside the manager can grow a volume any more, so all
 * it does is to say who is waited for: the resizer of the volume's driver.
 *
 * models pkg/controller/volume/expand: syncHandler
 */
export const volumeExpandController: Controller = {
  name: 'persistentvolume-expander-controller',
  serviceAccount: 'expand-controller',
  start({ client, clock, informers, events }) {
    const claims = informers.of(persistentVolumeClaims);
    const loop = new ControlLoop('persistentvolume-expander-controller', clock, {
      async reconcile(key, cause) {
        const claim = claims.get(key);
        if (!claim?.spec?.volumeName) return;
        const volume = await client.get(persistentVolumes, undefined, claim.spec.volumeName, cause);
        if (volume.spec?.claimRef?.uid !== claim.metadata.uid) throw new Error(`persistent Volume is not bound to PVC being updated : ${key}`);
        if (requestOf(claim).cmp(parseQuantity(claim.status?.capacity?.['storage'] ?? '0')) <= 0) return;
        events.event({ kind: 'PersistentVolumeClaim', apiVersion: 'v1', metadata: claim.metadata }, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC', cause);
      },
    });
    claims.handle({
      onAdd: (claim, cause) => void (claim.status?.phase === 'Bound' && loop.queue.add(keyOf(claim), cause)),
      onUpdate: (claim, before, cause) => void (claim.status?.phase === 'Bound' && requestOf(claim).cmp(requestOf(before)) > 0 && loop.queue.add(keyOf(claim), cause)),
    });
    return loop;
  },
};
