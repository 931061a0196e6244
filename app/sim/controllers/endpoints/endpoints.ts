import type { Endpoints, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { endpoints, pods, services } from '../../client/resource-types.ts';
import { deepEqual, keyOf, splitKey } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { isHeadless, podsBehind, startServiceLoop, TriggerTimes, withTriggerTime } from '../service-pods.ts';
import { MOST_ADDRESSES, subsetsOf, truncate } from './subsets.ts';

const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS = 'service.kubernetes.io/headless';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** The older, flat list of which Pods stand behind a Service. models pkg/controller/endpoint */
export const endpointsController: Controller = {
  name: 'endpoints',
  serviceAccount: 'endpoint-controller',
  start(context) {
    const loop = startServiceLoop('endpoints', context, new EndpointsWorker(context));
    const own = context.informers.of(endpoints);
    own.handle({ onDelete: (object, cause) => loop.queue.add(keyOf(object), cause) });
    // Services may have gone while nobody looked. models checkLeftoverEndpoints
    own.whenSynced(() => {
      for (const object of own.list()) if (!object.metadata.annotations?.[LEADER]) loop.queue.add(keyOf(object), []);
    });
    return loop;
  },
};

class EndpointsWorker {
  readonly #context: ControllerContext;
  readonly #triggers = new TriggerTimes();
  /** Versions that are known to be overwritten: the copy lags. models staleEndpointsTracker */
  readonly #stale = new Map<string, string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers, client } = this.#context;
    const { namespace, name } = splitKey(key);
    if (![services, endpoints, pods].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    const service = informers.of(services).get(key);
    if (!service) {
      this.#triggers.forget(key);
      this.#stale.delete(key);
      await client.delete(endpoints, namespace, name, undefined, cause).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
      return;
    }
    if (!service.spec?.selector || service.spec.type === 'ExternalName') return;
    const behind = podsBehind(this.#context, service, service.spec.publishNotReadyAddresses === true);
    const trigger = this.#triggers.next(service, behind);
    const all = subsetsOf(service, behind);
    const existing = informers.of(endpoints).get(key);
    if (existing && this.#stale.get(key) === existing.metadata.resourceVersion) throw new Error('endpoints informer cache is out of date');
    const labels = { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller', ...(isHeadless(service) ? { [HEADLESS]: '' } : {}) };
    const isOver = all.reduce((sum, subset) => sum + (subset.addresses ?? []).length + (subset.notReadyAddresses ?? []).length, 0) > MOST_ADDRESSES;
    const subsets = isOver ? truncate(all) : all;
    if (existing && deepEqual(existing.subsets ?? [], subsets) && deepEqual(existing.metadata.labels, labels) && isOver === (OVER_CAPACITY in (existing.metadata.annotations ?? {}))) return;
    const { [OVER_CAPACITY]: _, ...annotations } = withTriggerTime(existing?.metadata.annotations, trigger);
    const metadata = { ...(existing?.metadata ?? { name }), labels, annotations: { ...annotations, ...(isOver ? { [OVER_CAPACITY]: 'truncated' } : {}) } };
    await this.#write(key, namespace!, existing, { metadata, ...(subsets.length > 0 ? { subsets } : {}) }, cause);
  }

  async #write(key: string, namespace: string, existing: Stored<Endpoints> | undefined, body: Endpoints, cause: Cause): Promise<void> {
    const { client, events } = this.#context;
    const name = key.slice(namespace.length + 1);
    try {
      if (!existing) {
        await client.create(endpoints, namespace, body, cause);
        return;
      }
      const updated = await client.update(endpoints, body as Stored<Endpoints>, cause);
      if (updated.metadata.resourceVersion !== existing.metadata.resourceVersion) this.#stale.set(key, existing.metadata.resourceVersion!);
    } catch (error) {
      if (!existing && isNamespaceTerminating(error)) return;
      const subject = { kind: 'Endpoints', apiVersion: 'v1', metadata: (existing ?? { metadata: { name, namespace } }).metadata as Stored<Endpoints>['metadata'] };
      const { message } = error as Error;
      if (existing) events.event(subject, 'Warning', 'FailedToUpdateEndpoint', `Failed to update endpoint ${key}: ${message}`, cause);
      else events.event(subject, 'Warning', 'FailedToCreateEndpoint', `Failed to create endpoint for service ${key}: ${message}`, cause);
      throw error;
    }
  }
}
