import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { Namespace, NamespaceCondition, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { discoverTypes } from '../../client/discovery.ts';
import { namespaces } from '../../client/resource-types.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** News are looked at a while later: the last objects made in the namespace must have been seen. */
const NEWS_DELAY_MS = 5_000;
/** How long garbage collection may take for what is held by finalizers. */
const FINALIZER_ESTIMATE_SECONDS = 15;

/** Empties a namespace that is being deleted, then lets it go. models pkg/controller/namespace: namespacedResourcesDeleter */
export const namespaceController: Controller = {
  name: 'namespace',
  serviceAccount: 'namespace-controller',
  start(context) {
    const loop = new ControlLoop('namespace', context.clock, new NamespaceWorker(context), 5);
    const enqueue = (namespace: Stored<Namespace>, cause: Cause): void => {
      if (namespace.metadata.deletionTimestamp) loop.queue.addAfter(namespace.metadata.name, NEWS_DELAY_MS, cause);
    };
    context.informers.of(namespaces).handle({ onAdd: enqueue, onUpdate: (namespace, _, cause) => enqueue(namespace, cause) });
    return loop;
  },
};

class NamespaceWorker {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(name: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, client } = this.#context;
    const namespace = informers.of(namespaces).get(name);
    if (!namespace?.metadata.deletionTimestamp) return;
    if ((namespace.spec?.finalizers ?? []).length === 0) return;
    const remaining = new Map<string, number>();
    const finalizers = new Map<string, number>();
    let estimate = 0;
    const { types, failed } = await this.#types();
    for (const type of types) {
      estimate = Math.max(estimate, await this.#empty(type, namespace, remaining, finalizers, cause));
      // Pods go before all else: their network policies and secrets outlive them. Nothing is counted yet then.
      if (type.resource !== 'pods' || remaining.size === 0) continue;
      await this.#setConditions(namespace, new Map(), new Map(), failed, cause);
      return { requeueAfterMs: retryAfter(estimate) };
    }
    await this.#setConditions(namespace, remaining, finalizers, failed, cause);
    // What cannot be seen may still hold something: the namespace stays.
    if (failed.length > 0) throw new Error(discoveryFailure(failed));
    if (remaining.size > 0) return { requeueAfterMs: retryAfter(estimate) };
    const fresh = await client.get(namespaces, undefined, name);
    const spec = { ...fresh.spec, finalizers: (fresh.spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes') };
    await client.update(namespaces, { ...fresh, spec } as Stored<Namespace>, cause, 'finalize').catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  /** Every namespaced kind that can be listed and deleted, found through discovery. Pods first. */
  async #types(): Promise<{ readonly types: readonly ResourceType<unknown>[]; readonly failed: readonly string[] }> {
    const { types, failed } = await discoverTypes(this.#context.client);
    const content = types.filter(({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'));
    return { types: content.filter(({ resource }) => resource === 'pods').concat(content.filter(({ resource }) => resource !== 'pods')), failed };
  }

  /** @returns how many seconds what is left may take. models deleteAllContentForGroupVersionResource */
  async #empty(type: ResourceType<unknown>, { metadata: { name: namespace, deletionTimestamp } }: Stored<Namespace>, remaining: Map<string, number>, finalizers: Map<string, number>, cause: Cause): Promise<number> {
    const { client, clock } = this.#context;
    const before = await client.list(type, namespace, {}, cause);
    if (before.items.length === 0) return 0;
    const grace = type.resource === 'pods' ? gracefulSeconds(before.items as readonly Stored<Pod>[]) : 0;
    for (const { metadata } of before.items) {
      if (metadata.deletionTimestamp) continue;
      await client.delete(type, namespace, metadata.name, { propagationPolicy: 'Background' }, cause).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
    const left = (await client.list(type, namespace, {}, cause)).items;
    if (left.length > 0) remaining.set(type.group ? `${type.resource}.${type.group}` : `${type.resource}.`, left.length);
    for (const { metadata } of left) for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    if (left.length === 0) return 0;
    const isOverdue = clock.now() - parseTime(deletionTimestamp!) >= grace * 1000;
    if (grace > 0 && !isOverdue) return grace;
    return left.some(({ metadata }) => (metadata.finalizers ?? []).length > 0) ? FINALIZER_ESTIMATE_SECONDS : 0;
  }

  async #setConditions(namespace: Stored<Namespace>, remaining: ReadonlyMap<string, number>, finalizers: ReadonlyMap<string, number>, failed: readonly string[], cause: Cause): Promise<void> {
    const now = rfc3339(this.#context.clock.now());
    const known = namespace.status?.conditions ?? [];
    const make = (type: string, isTrue: boolean, reason: string, message: string): NamespaceCondition => {
      const before = known.find((condition) => condition.type === type);
      const status = isTrue ? 'True' : 'False';
      return { type, status, lastTransitionTime: before?.status === status ? before.lastTransitionTime! : now, reason, message };
    };
    const list = (counts: ReadonlyMap<string, number>, item: (name: string, count: number) => string): string => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => item(name, count)).join(', ');
    const conditions = [
      failed.length > 0 ? make('NamespaceDeletionDiscoveryFailure', true, 'DiscoveryFailed', discoveryFailure(failed)) : make('NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'),
      make('NamespaceDeletionGroupVersionParsingFailure', false, 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
      make('NamespaceDeletionContentFailure', false, 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'),
      remaining.size > 0
        ? make('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${list(remaining, (name, count) => `${name} has ${count} resource instances`)}`)
        : make('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
      finalizers.size > 0
        ? make('NamespaceFinalizersRemaining', true, 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${list(finalizers, (name, count) => `${name} in ${count} resource instances`)}`)
        : make('NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
    ];
    if (deepEqual(conditions, known)) return;
    const fresh = await this.#context.client.get(namespaces, undefined, namespace.metadata.name);
    await this.#context.client.update(namespaces, { ...fresh, status: { ...fresh.status, conditions } } as Stored<Namespace>, cause, 'status').catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

/** models ProcessDiscoverResourcesErr and discovery.ErrGroupDiscoveryFailed */
function discoveryFailure(failed: readonly string[]): string {
  return `Discovery failed for some groups, ${failed.length} failing: unable to retrieve the complete list of server APIs: ${failed.map((group) => `${group}: stale GroupVersion discovery: ${group}`).join(', ')}`;
}

/** The longest grace period of the Pods that still run. models estimateGracefulTerminationForPods */
function gracefulSeconds(pods: readonly Stored<Pod>[]): number {
  return Math.max(0, ...pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed').map(({ spec }) => spec?.terminationGracePeriodSeconds ?? 0));
}

const retryAfter = (estimateSeconds: number): number => (Math.floor(estimateSeconds / 2) + 1) * 1000;
