import type { ConfigMap } from '../../contracts/k8s/index.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { Informer } from '../client/informer.ts';
import { configMaps } from '../client/resource-types.ts';
import { dayOf, isDay, TRACKING_MAP } from '../machinery/legacy-tokens.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { ApiServerLoop } from './context.ts';

const NAMESPACE = 'kube-system';

/**
 * Notes since when the use of lasting tokens is written down: nobody may call a token unused for longer than that.
 *
 * models pkg/controlplane/controller/legacytokentracking
 */
export const legacyTokenTracking: ApiServerLoop = {
  name: 'legacy-token-tracking',
  start({ clock, client, life }) {
    const maps = life.add(new Informer<ConfigMap>(client, clock, configMaps, { namespace: NAMESPACE, fieldSelector: `metadata.name=${TRACKING_MAP}` }));
    const loop = new ControlLoop('legacy-token-tracking', clock, {
      async reconcile(_, cause) {
        const today = dayOf(clock.now());
        const map = maps.get(`${NAMESPACE}/${TRACKING_MAP}`);
        const since = map?.data?.['since'];
        if (map && isDay(since) && since <= today) return;
        if (map) await client.update(configMaps, { ...map, data: { ...map.data, since: today } }, cause).catch(unless(isNotFound));
        else await client.create(configMaps, NAMESPACE, { metadata: { name: TRACKING_MAP }, data: { since: today } }, cause).catch(unless(isAlreadyExists));
      },
    });
    maps.handle({ onUpdate: (_, __, cause) => loop.queue.add(TRACKING_MAP, cause), onDelete: (_, cause) => loop.queue.add(TRACKING_MAP, cause) });
    maps.whenSynced(() => loop.queue.add(TRACKING_MAP));
    maps.start();
    return loop;
  },
};

function unless(isFine: (error: unknown) => boolean): (error: unknown) => void {
  return (error) => {
    if (!isFine(error)) throw error;
  };
}
