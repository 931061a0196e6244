import type { OwnerReference, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { apiVersionOf, type ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { isConflict, isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { isElsewhere, isMeant, OwnerGraph, type GraphNode } from './graph.ts';
import { Monitors } from './monitors.ts';

/**
 * Deletes what lost its owners. models pkg/controller/garbagecollector
 *
 * Background: an object whose owners are all gone goes. Foreground: the owner waits, with its finalizer, until its blocking
 * dependents are gone. Orphan: the references are taken away first.
 */
export const garbageCollector: Controller = {
  name: 'garbagecollector',
  serviceAccount: 'generic-garbage-collector',
  start(context) {
    const collector = new Collector(context);
    const loop = new ControlLoop('garbagecollector', context.clock, collector, 5);
    collector.monitors = context.life.add(new Monitors(context, (type) => ({
      onAdd: (object, cause) => collector.seen(type, object, loop, cause),
      onUpdate: (object, _, cause) => collector.seen(type, object, loop, cause),
      onDelete: (object, cause) => collector.gone(object, loop, cause),
    })));
    return loop;
  },
};

type OwnerState = 'solid' | 'waiting' | 'absent';

class Collector {
  monitors!: Monitors;
  readonly #context: ControllerContext;
  readonly #graph = new OwnerGraph();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  seen(type: ResourceType<object>, object: Stored<object>, loop: ControlLoop, cause: Cause): void {
    const { uid, namespace, ownerReferences = [], finalizers = [], deletionTimestamp } = object.metadata;
    const before = this.#graph.get(uid)?.object.metadata.ownerReferences ?? [];
    this.#graph.set(type, object);
    for (const owner of ownerReferences) {
      const known = this.#graph.get(owner.uid);
      if (known && isElsewhere(known, namespace) && !before.some((candidate) => candidate.uid === owner.uid)) this.#complain(type, object, owner, cause);
      if (!known || !isMeant(owner, known, namespace)) loop.queue.add(uid, cause);
    }
    if (deletionTimestamp && finalizers.some((finalizer) => finalizer === 'orphan' || finalizer === 'foregroundDeletion')) loop.queue.add(uid, cause);
  }

  gone(object: Stored<object>, loop: ControlLoop, cause: Cause): void {
    const { uid, ownerReferences = [] } = object.metadata;
    this.#graph.delete(object);
    for (const owner of ownerReferences) if (this.#graph.get(owner.uid)?.object.metadata.deletionTimestamp) loop.queue.add(owner.uid, cause);
    for (const dependent of this.#graph.dependentUids(uid)) loop.queue.add(dependent, cause);
  }

  async reconcile(uid: string, cause: Cause): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    if (!this.monitors.synced) throw new Error('not listed yet');
    const { metadata } = node.object;
    if (metadata.deletionTimestamp) {
      if (metadata.finalizers?.includes('orphan')) return this.#orphanDependents(node, cause);
      if (metadata.finalizers?.includes('foregroundDeletion')) return this.#deleteDependentsFirst(node, cause);
      return;
    }
    const owners = metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = await Promise.all(owners.map((owner) => this.#ownerState(owner, node)));
    if (states.some((state) => state === 'solid')) return;
    const waiting = states.includes('waiting');
    // Only as it is known here: it may have been orphaned since, and that news is on its way.
    await this.#delete(node, waiting && this.#graph.dependentUids(uid).length > 0 ? 'Foreground' : 'Background', cause, metadata.resourceVersion);
  }

  /** Is the owner there? The graph may be behind, so the API is asked before anything is deleted. models isDangling */
  async #ownerState(owner: OwnerReference, { object }: GraphNode): Promise<OwnerState> {
    const known = this.#graph.get(owner.uid);
    const { namespace } = object.metadata;
    if (known && isMeant(owner, known, namespace)) return stateOf(known.object);
    const type = this.monitors.find(owner.apiVersion, owner.kind);
    if (!type) throw new Error(`no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`);
    // An owner in a namespace cannot be looked for without one: nothing is done about such an object.
    if (type.namespaced && namespace === undefined) return 'solid';
    try {
      const found = (await this.#context.client.get(type, type.namespaced ? namespace : undefined, owner.name)) as Stored<object>;
      return found.metadata.uid === owner.uid ? stateOf(found) : 'absent';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }

  /** models GraphBuilder.reportInvalidNamespaceOwnerRef */
  #complain(type: ResourceType<object>, { metadata }: Stored<object>, { apiVersion, kind, name, uid }: OwnerReference, cause: Cause): void {
    const namespace = metadata.namespace ?? '';
    this.#context.events.event({ kind: type.kind, apiVersion: apiVersionOf(type), metadata }, 'Warning', 'OwnerRefInvalidNamespace', `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace ${JSON.stringify(namespace)}`, cause);
  }

  async #delete({ type, object }: GraphNode, propagationPolicy: string, cause: Cause, resourceVersion?: string): Promise<void> {
    const { namespace, name, uid } = object.metadata;
    await this.#context.client.delete(type, namespace, name, { propagationPolicy, preconditions: { uid, ...(resourceVersion ? { resourceVersion } : {}) } }, cause).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  }

  async #deleteDependentsFirst(node: GraphNode, cause: Cause): Promise<void> {
    const { uid } = node.object.metadata;
    const dependents = this.#graph.dependents(uid);
    const blocking = dependents.filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion));
    for (const dependent of dependents) if (!dependent.object.metadata.deletionTimestamp) await this.#delete(dependent, 'Foreground', cause);
    if (blocking.length === 0) await this.#removeFinalizer(node, 'foregroundDeletion', cause);
  }

  async #orphanDependents(node: GraphNode, cause: Cause): Promise<void> {
    const { uid } = node.object.metadata;
    for (const { type, object } of this.#graph.dependents(uid)) {
      const { namespace, name, resourceVersion, ownerReferences = [] } = object.metadata;
      await this.#patch(type, namespace, name, { metadata: { ownerReferences: [{ $patch: 'delete', uid }], uid: object.metadata.uid } }, { metadata: { resourceVersion, ownerReferences: ownerReferences.filter((owner) => owner.uid !== uid) } }, cause);
    }
    await this.#removeFinalizer(node, 'orphan', cause);
  }

  async #removeFinalizer({ type, object }: GraphNode, finalizer: string, cause: Cause): Promise<void> {
    const { namespace, name, resourceVersion, finalizers = [] } = object.metadata;
    await this.#patch(type, namespace, name, { metadata: { [`$deleteFromPrimitiveList/finalizers`]: [finalizer] } }, { metadata: { resourceVersion, finalizers: finalizers.filter((one) => one !== finalizer) } }, cause);
  }

  /** The second form is for kinds that take no strategic merge: it holds only for the version that was seen. */
  async #patch(type: ResourceType<object>, namespace: string | undefined, name: string, strategic: object, merge: object, cause: Cause): Promise<void> {
    const { client } = this.#context;
    const sent = this.monitors.isCustom(type) ? client.mergePatch(type, namespace, name, merge, cause) : client.patch(type, namespace, name, strategic, cause);
    await sent.catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

function stateOf({ metadata }: Stored<object>): OwnerState {
  return metadata.deletionTimestamp && metadata.finalizers?.includes('foregroundDeletion') ? 'waiting' : 'solid';
}
