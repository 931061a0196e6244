import { ControlLoop } from '../../client/control-loop.ts';
import { nodes, pods } from '../../client/resource-types.ts';
import { keyOf, splitKey } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller } from '../context.ts';

const PERIOD_MS = 20_000;
/** A node must be away for this long before its Pods are given up. models podgc: quarantineTime */
const QUARANTINE_MS = 40_000;
const TICK = 'tick';

/** Removes Pods that nobody will ever end: on nodes that are gone, or deleted before they had one. models pkg/controller/podgc */
export const podGarbageCollector: Controller = {
  name: 'podgc',
  serviceAccount: 'pod-garbage-collector',
  start({ client, clock, informers }) {
    const missingSince = new Map<string, number>();
    const loop = new ControlLoop('podgc', clock, {
      async reconcile(key, cause) {
        if (key !== TICK) {
          const { namespace, name } = splitKey(key);
          await client.delete(pods, namespace, name, { gracePeriodSeconds: 0 }, cause).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
          return;
        }
        if (!informers.of(nodes).synced || !informers.of(pods).synced) return { requeueAfterMs: PERIOD_MS };
        for (const pod of informers.of(pods).list()) {
          const node = pod.spec?.nodeName;
          if (!node) {
            if (pod.metadata.deletionTimestamp) loop.queue.add(keyOf(pod), cause);
            continue;
          }
          if (informers.of(nodes).get(node)) missingSince.delete(node);
          else if (!missingSince.has(node)) missingSince.set(node, clock.now());
          else if (clock.now() - missingSince.get(node)! >= QUARANTINE_MS) loop.queue.add(keyOf(pod), cause);
        }
        return { requeueAfterMs: PERIOD_MS };
      },
    });
    loop.queue.addAfter(TICK, PERIOD_MS);
    return loop;
  },
};
