import type { OwnerReference, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import {
  configMaps, controllerRevisions, cronJobs, daemonSets, deployments, endpoints, endpointSlices, horizontalPodAutoscalers, jobs, leases, nodes, persistentVolumeClaims, podDisruptionBudgets, pods, replicaSets,
  replicationControllers, secrets, serviceAccounts, services, statefulSets,
} from '../../client/resource-types.ts';
import { isConflict, isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** Kinds whose objects own or are owned. */
const WATCHED: readonly ResourceType<unknown>[] = [
  pods, replicaSets, deployments, services, endpointSlices, endpoints, configMaps, secrets, serviceAccounts, leases, nodes,
  persistentVolumeClaims, statefulSets, daemonSets, controllerRevisions, jobs, cronJobs, replicationControllers, horizontalPodAutoscalers, podDisruptionBudgets,
];

interface GraphNode {
  readonly type: ResourceType<unknown>;
  readonly object: Stored<object>;
}

/**
 * Deletes what lost its owners. models pkg/controller/garbagecollector
 *
 * ```
 *   Deployment ◀─ owner ─ ReplicaSet ◀─ owner ─ Pod        the graph: uid ─▶ object, owner uid ─▶ dependents
 * ```
 * Background: an object whose owners are all gone goes. Foreground: the owner waits, with its finalizer, until its blocking
 * dependents are gone. Orphan: the references are taken away first.
 */
export const garbageCollector: Controller = {
  name: 'garbagecollector',
  serviceAccount: 'generic-garbage-collector',
  start(context) {
    const collector = new Collector(context);
    const loop = new ControlLoop('garbagecollector', context.clock, collector, 5);
    for (const type of WATCHED) {
      context.informers.of(type as ResourceType<object>).handle({
        onAdd: (object, cause) => collector.seen(type, object, loop, cause),
        onUpdate: (object, _, cause) => collector.seen(type, object, loop, cause),
        onDelete: (object, cause) => collector.gone(object, loop, cause),
      });
    }
    return loop;
  },
};

class Collector {
  readonly #context: ControllerContext;
  readonly #graph = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  seen(type: ResourceType<unknown>, object: Stored<object>, loop: ControlLoop, cause: Cause): void {
    const { uid, ownerReferences = [], finalizers = [], deletionTimestamp } = object.metadata;
    const before = this.#graph.get(uid)?.object.metadata.ownerReferences ?? [];
    for (const owner of before) if (!ownerReferences.some((candidate) => candidate.uid === owner.uid)) this.#dependents.get(owner.uid)?.delete(uid);
    for (const owner of ownerReferences) {
      const group = this.#dependents.get(owner.uid) ?? new Set<string>();
      group.add(uid);
      this.#dependents.set(owner.uid, group);
    }
    this.#graph.set(uid, { type, object });
    if (ownerReferences.length > 0 && ownerReferences.some((owner) => !this.#graph.has(owner.uid))) loop.queue.add(uid, cause);
    if (deletionTimestamp && finalizers.some((finalizer) => finalizer === 'orphan' || finalizer === 'foregroundDeletion')) loop.queue.add(uid, cause);
  }

  gone({ metadata }: Stored<object>, loop: ControlLoop, cause: Cause): void {
    this.#graph.delete(metadata.uid);
    for (const owner of metadata.ownerReferences ?? []) {
      this.#dependents.get(owner.uid)?.delete(metadata.uid);
      if (this.#graph.get(owner.uid)?.object.metadata.deletionTimestamp) loop.queue.add(owner.uid, cause);
    }
    for (const dependent of this.#dependents.get(metadata.uid) ?? []) loop.queue.add(dependent, cause);
  }

  async reconcile(uid: string, cause: Cause): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    if (!this.#allSynced()) throw new Error('not listed yet');
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
    await this.#delete(node, waiting && (this.#dependents.get(uid)?.size ?? 0) > 0 ? 'Foreground' : 'Background', cause, metadata.resourceVersion);
  }

  #allSynced(): boolean {
    return WATCHED.every((type) => this.#context.informers.of(type as ResourceType<object>).synced);
  }

  /** Is the owner there? The graph may be behind, so the API is asked before anything is deleted. */
  async #ownerState(owner: OwnerReference, { object }: GraphNode): Promise<'solid' | 'waiting' | 'absent'> {
    const known = this.#graph.get(owner.uid);
    const state = (found: Stored<object>): 'solid' | 'waiting' =>
      found.metadata.deletionTimestamp && found.metadata.finalizers?.includes('foregroundDeletion') ? 'waiting' : 'solid';
    if (known) return state(known.object);
    const type = WATCHED.find((candidate) => candidate.kind === owner.kind && (candidate.group ? `${candidate.group}/${candidate.version}` : candidate.version) === owner.apiVersion);
    if (!type) return 'solid';
    try {
      const found = (await this.#context.client.get(type as ResourceType<object>, type.namespaced ? object.metadata.namespace : undefined, owner.name)) as Stored<object>;
      return found.metadata.uid === owner.uid ? state(found) : 'absent';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }

  async #delete({ type, object }: GraphNode, propagationPolicy: string, cause: Cause, resourceVersion?: string): Promise<void> {
    const { namespace, name, uid } = object.metadata;
    await this.#context.client.delete(type, namespace, name, { propagationPolicy, preconditions: { uid, ...(resourceVersion ? { resourceVersion } : {}) } }, cause).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    });
  }

  async #deleteDependentsFirst(node: GraphNode, cause: Cause): Promise<void> {
    const dependents = [...(this.#dependents.get(node.object.metadata.uid) ?? [])].map((uid) => this.#graph.get(uid)).filter((item) => item !== undefined);
    const blocking = dependents.filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === node.object.metadata.uid && owner.blockOwnerDeletion));
    for (const dependent of dependents) if (!dependent.object.metadata.deletionTimestamp) await this.#delete(dependent, 'Foreground', cause);
    if (blocking.length === 0) await this.#removeFinalizer(node, 'foregroundDeletion', cause);
  }

  async #orphanDependents(node: GraphNode, cause: Cause): Promise<void> {
    const { uid } = node.object.metadata;
    for (const dependentUid of this.#dependents.get(uid) ?? []) {
      const dependent = this.#graph.get(dependentUid);
      if (!dependent) continue;
      const { namespace, name } = dependent.object.metadata;
      await this.#context.client.patch(dependent.type as ResourceType<object>, namespace, name, { metadata: { ownerReferences: [{ $patch: 'delete', uid }], uid: dependentUid } }, cause).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
    await this.#removeFinalizer(node, 'orphan', cause);
  }

  async #removeFinalizer({ type, object }: GraphNode, finalizer: string, cause: Cause): Promise<void> {
    const { namespace, name } = object.metadata;
    const patch = { metadata: { [`$deleteFromPrimitiveList/finalizers`]: [finalizer] } };
    await this.#context.client.patch(type as ResourceType<object>, namespace, name, patch, cause).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

