import type { KubeObject } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { ResourceType } from '../client/api-client.ts';
import { ControlLoop } from '../client/control-loop.ts';
import { deepEqual } from '../machinery/objects.ts';
import { isConflict, isNotFound } from '../machinery/status.ts';
import { CLEANUP_FINALIZER, isConditionTrue, type Condition } from '../resources/apiextensions/customresourcedefinition/types.ts';
import type { ApiServerLoop, LoopContext } from './context.ts';
import { startInformer } from './context.ts';
import { crds, withCondition, type Crd } from './crds.ts';

const POLL_MS = 5_000;
const PATIENCE_MS = 60_000;

/**
 * Deletes the instances of a definition that is being deleted, then lets it go.
 *
 * models apiextensions-apiserver/pkg/controller/finalizer: CRDFinalizer
 */
export const crdFinalizer: ApiServerLoop = {
  name: 'crd-finalizer',
  start(context) {
    const loop = new ControlLoop('crd-finalizer', context.clock, new FinalizerWorker(context), 5);
    const enqueue = (crd: Crd, cause: Cause): void => {
      if (isWaiting(crd)) loop.queue.add(crd.metadata.name, cause);
    };
    startInformer(context, crds).handle({
      onAdd: enqueue,
      // Only the condition changed: that was this loop itself, most likely.
      onUpdate: (crd, previous, cause) => void (deepEqual(withoutCondition(crd), withoutCondition(previous)) || enqueue(crd, cause)),
    });
    return loop;
  },
};

function isWaiting({ metadata }: Crd): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(CLEANUP_FINALIZER);
}

function withoutCondition({ metadata, spec, status }: Crd): unknown {
  const { resourceVersion: _, managedFields: __, ...meta } = metadata;
  return { meta, spec, status: { ...status, conditions: status?.conditions?.filter(({ type }) => type !== 'Terminating') } };
}

const terminating = (status: 'True' | 'False', reason: string, message: string): Omit<Condition, 'lastTransitionTime'> => ({ type: 'Terminating', status, reason, message });

class FinalizerWorker {
  readonly #context: LoopContext;
  /** Until when an instance may still go before that is written down as a failure, by the name of the definition. */
  readonly #deadlines = new Map<string, number>();

  constructor(context: LoopContext) {
    this.#context = context;
  }

  async reconcile(name: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { client, clock } = this.#context;
    const found = await client.get(crds, undefined, name, cause).catch(absent);
    if (!found || !isWaiting(found)) return void this.#deadlines.delete(name);
    const isEstablished = isConditionTrue(found, 'Established');
    if (isEstablished && !(await this.#areGone(found, cause))) return { requeueAfterMs: POLL_MS };
    this.#deadlines.delete(name);
    const done = isEstablished ? terminating('False', 'InstanceDeletionCompleted', 'removed all instances') : terminating('False', 'NeverEstablished', 'resource was never established');
    const fresh = await client.get(crds, undefined, name, cause).catch(absent);
    const written = fresh && (await this.#write(withCondition(fresh, done, clock), cause));
    if (!written) return { requeueAfterMs: 0 };
    const finalizers = (written.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
    await client.update(crds, { ...written, metadata: { ...written.metadata, finalizers } }, cause);
  }

  /** The first time: deletes all. Afterwards looks every few seconds whether they have gone, and begins again after a minute. */
  async #areGone(crd: Crd, cause: Cause): Promise<boolean> {
    const { client, clock } = this.#context;
    const { name } = crd.metadata;
    const type = instancesOf(crd);
    if (!type) return true;
    if (!this.#deadlines.has(name)) {
      this.#deadlines.set(name, clock.now() + PATIENCE_MS);
      await this.#write(withCondition(crd, terminating('True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress'), clock), cause);
      const { items } = await client.list(type, undefined, {}, cause);
      for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace))) await client.delete(type, namespace, '', undefined, cause);
    }
    if ((await client.list(type, undefined, {}, cause)).items.length === 0) return true;
    if (clock.now() < this.#deadlines.get(name)!) return false;
    this.#deadlines.delete(name);
    const message = 'could not confirm zero CustomResources remaining: timed out waiting for the condition';
    const fresh = await client.get(crds, undefined, name, cause);
    await this.#write(withCondition(fresh, terminating('True', 'InstanceDeletionCheck', message), clock), cause);
    return false;
  }

  async #write(crd: Crd, cause: Cause): Promise<Crd | undefined> {
    return this.#context.client.update(crds, crd, cause, 'status').catch(absent);
  }
}

/** Gone or changed meanwhile: it will be seen again. */
function absent(error: unknown): undefined {
  if (!isNotFound(error) && !isConflict(error)) throw error;
}

function instancesOf({ spec, status }: Crd): ResourceType<KubeObject> | undefined {
  const version = spec.versions.find(({ served }) => served);
  if (!version) return undefined;
  const { plural, kind } = status?.acceptedNames ?? spec.names;
  return { group: spec.group, version: version.name, resource: plural, kind, namespaced: spec.scope === 'Namespaced' };
}
