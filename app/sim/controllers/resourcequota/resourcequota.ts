import type { Pod, ResourceQuota, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import type { Informer } from '../../client/informer.ts';
import { resourceQuotas } from '../../client/resource-types.ts';
import { deepEqual, keyOf, splitKey } from '../../machinery/objects.ts';
import { amountsOf } from '../../machinery/pod-resources.ts';
import { amountTexts, calculateUsage } from '../../machinery/quota/quota.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

const RESYNC_MS = 5 * 60_000;

/**
 * Counts what is used, and writes it into the status of each quota. Admission charges new objects by itself; this loop is
 * for what goes away, for new quotas, and for what was charged and never stored.
 *
 * models pkg/controller/resourcequota
 */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  serviceAccount: 'resourcequota-controller',
  start(context) {
    const { client, clock, informers } = context;
    const quotas = informers.of(resourceQuotas);
    const loop: ControlLoop = new ControlLoop('resourcequota-controller', clock, {
      async reconcile(key, cause) {
        const quota = quotas.get(key);
        if (!quota || quota.metadata.deletionTimestamp) return;
        const counted = await watched.typesOf(quota);
        if (!counted.every(({ informer }) => informer.synced)) return { requeueAfterMs: 50 };
        const { namespace } = splitKey(key);
        const objects = counted.flatMap(({ type, informer }) => informer.inNamespace(namespace!).map((object) => ({ group: type.group, resource: type.resource, object })));
        const used = calculateUsage(quota, objects, counted.map(({ type }) => type));
        const hard = amountTexts(amountsOf(quota.spec?.hard));
        const status = { hard, used: Object.fromEntries(Object.entries({ ...quota.status?.used, ...amountTexts(used) }).filter(([name]) => name in hard)) };
        if (!deepEqual(status, quota.status)) await client.update(resourceQuotas, { ...quota, status } as typeof quota, cause, 'status');
        return { requeueAfterMs: RESYNC_MS };
      },
    });
    const watched = new CountedTypes(context, (namespace, cause) => {
      for (const quota of quotas.inNamespace(namespace)) loop.queue.add(keyOf(quota), cause);
    });
    quotas.handle({
      onAdd: (quota, cause) => loop.queue.add(keyOf(quota), cause),
      // Admission writes the status all the time; only another wish is news.
      onUpdate: (quota, previous, cause) => {
        if (!deepEqual(quota.spec, previous.spec)) loop.queue.add(keyOf(quota), cause);
      },
    });
    return loop;
  },
};

interface Counted {
  readonly type: ResourceType<object>;
  readonly informer: Informer<object>;
}

/** The kinds that quotas count, watched from when one first asks for them. */
class CountedTypes {
  readonly #context: ControllerContext;
  readonly #onGone: (namespace: string, cause: Cause) => void;
  readonly #known = new Map<string, Counted | undefined>();

  constructor(context: ControllerContext, onGone: (namespace: string, cause: Cause) => void) {
    this.#context = context;
    this.#onGone = onGone;
  }

  async typesOf(quota: Stored<ResourceQuota>): Promise<Counted[]> {
    const resources = new Set(Object.keys(quota.spec?.hard ?? {}).flatMap((name) => resourceOf(name) ?? []));
    const found: Counted[] = [];
    for (const resource of resources) {
      const counted = await this.#counted(resource);
      if (counted) found.push(counted);
    }
    return found;
  }

  async #counted(resource: string): Promise<Counted | undefined> {
    if (this.#known.has(resource)) return this.#known.get(resource);
    const type = await this.#discover(resource);
    if (!type) return undefined;
    const informer = this.#context.informers.of(type);
    this.#known.set(resource, { type, informer });
    informer.handle({
      onUpdate: (next, previous, cause) => {
        if (isLess(next as Stored<Pod>, previous as Stored<Pod>)) this.#onGone(next.metadata.namespace!, cause);
      },
      onDelete: ({ metadata }, cause) => this.#onGone(metadata.namespace!, cause),
    });
    return { type, informer };
  }

  /** `deployments.apps`, asked of the API server as it serves it now. */
  async #discover(text: string): Promise<ResourceType<object> | undefined> {
    const dot = text.indexOf('.');
    const [resource, group] = dot < 0 ? [text, ''] : [text.slice(0, dot), text.slice(dot + 1)];
    const read = async <T>(path: string): Promise<T> => JSON.parse((await this.#context.client.transport.send<string>({ method: 'GET', path, cause: [] })).body) as T;
    try {
      const version = group === '' ? 'v1' : (await read<{ preferredVersion: { version: string } }>(`/apis/${group}`)).preferredVersion.version;
      const { resources } = await read<{ resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[] }>(group === '' ? '/api/v1' : `/apis/${group}/${version}`);
      const found = resources.find(({ name, namespaced, verbs }) => name === resource && namespaced && verbs.includes('list'));
      return found && { group, version, resource, kind: found.kind, namespaced: true };
    } catch (error) {
      if (isNotFound(error) || !(error instanceof Error) || error.name === 'PageNotFound') return undefined;
      throw error;
    }
  }
}

/** Whose objects a name counts: `pods`, `count/deployments.apps`, `requests.storage`. */
function resourceOf(name: string): string | undefined {
  if (name.startsWith('count/')) return name.slice('count/'.length);
  if (name === 'services' || name.startsWith('services.')) return 'services';
  if (name === 'persistentvolumeclaims' || name === 'requests.storage' || name.includes('.storageclass.storage.k8s.io/')) return 'persistentvolumeclaims';
  if (['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'].includes(name)) return name;
  return 'pods';
}

/** An update after which less is used: a Pod has ended, a Service gave up its ports, a claim shrank. */
function isLess(next: Stored<Pod>, previous: Stored<Pod>): boolean {
  const hasEnded = ({ status }: Stored<Pod>): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (hasEnded(next) !== hasEnded(previous)) return true;
  const type = (object: Stored<Pod>): unknown => (object.spec as { type?: string } | undefined)?.type;
  return type(next) !== type(previous);
}
