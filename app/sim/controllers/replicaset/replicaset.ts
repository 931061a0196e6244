import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, ReplicaSet, ReplicaSetCondition, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { pods, replicaSets } from '../../client/resource-types.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { clone, controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { deletionOrder, isActive, isAvailable, isReady } from '../pods.ts';

/** No more than this many Pods are made or deleted in one turn. models pkg/controller/replicaset: BurstReplicas */
const BURST = 500;
/** Creations and deletions that were asked for but not seen yet expire after this. models controller: ExpectationsTimeout */
const EXPECTATIONS_MS = 5 * 60_000;

/**
 * Keeps as many Pods as a ReplicaSet asks for. models pkg/controller/replicaset
 *
 * Invariant: while creations or deletions of the last turn are not seen in the informer, no others are made: the copy is
 * behind, and counting on it would overshoot.
 */
export const replicaSetController: Controller = {
  name: 'replicaset',
  serviceAccount: 'replicaset-controller',
  start(context) {
    const worker = new ReplicaSetWorker(context);
    const loop = new ControlLoop('replicaset', context.clock, worker, 5);
    const { informers } = context;
    const enqueueOwner = (pod: Stored<Pod>, cause: Cause): void => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'ReplicaSet') loop.queue.add(`${pod.metadata.namespace}/${owner.name}`, cause);
      else if (!owner) for (const set of informers.of(replicaSets).inNamespace(pod.metadata.namespace!)) if (selectorFromLabelSelector(set.spec?.selector).matches(pod.metadata.labels)) loop.queue.add(keyOf(set), cause);
    };
    informers.of(replicaSets).handle({
      onAdd: (set, cause) => loop.queue.add(keyOf(set), cause),
      onUpdate: (set, _, cause) => loop.queue.add(keyOf(set), cause),
      onDelete: (set, cause) => loop.queue.add(keyOf(set), cause),
    });
    informers.of(pods).handle({
      onAdd: (pod, cause) => (worker.seenCreation(pod), enqueueOwner(pod, cause)),
      onUpdate: (pod, previous, cause) => {
        if (pod.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) worker.seenDeletion(pod);
        enqueueOwner(pod, cause);
        const minReady = informers.of(replicaSets).get(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`)?.spec?.minReadySeconds ?? 0;
        if (minReady > 0 && isReady(pod) && !isReady(previous)) loop.queue.addAfter(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`, minReady * 1000 + 1, cause);
      },
      onDelete: (pod, cause) => (worker.seenDeletion(pod), enqueueOwner(pod, cause)),
    });
    return loop;
  },
};

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly at: number;
}

class ReplicaSetWorker {
  readonly #context: ControllerContext;
  readonly #expectations = new Map<string, Expectation>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  seenCreation(pod: Stored<Pod>): void {
    const expectation = this.#expectations.get(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`);
    if (expectation && expectation.creations > 0) expectation.creations--;
  }

  seenDeletion(pod: Stored<Pod>): void {
    this.#expectations.get(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`)?.deletions.delete(pod.metadata.uid);
  }

  async reconcile(key: string, cause: Cause): Promise<void> {
    const { informers } = this.#context;
    const set = informers.of(replicaSets).get(key);
    if (!set) {
      this.#expectations.delete(key);
      return;
    }
    if (!informers.of(pods).synced) throw new Error('Pods are not listed yet');
    const owned = await this.#claim(set, cause);
    const active = owned.filter(isActive);
    let failure: Error | undefined;
    if (this.#isSatisfied(key) && !set.metadata.deletionTimestamp) {
      try {
        await this.#manage(set, active, cause);
      } catch (error) {
        failure = error as Error;
      }
    }
    await this.#updateStatus(set, owned, failure, cause);
    if (failure) throw failure;
  }

  #isSatisfied(key: string): boolean {
    const expectation = this.#expectations.get(key);
    if (!expectation) return true;
    return (expectation.creations <= 0 && expectation.deletions.size === 0) || this.#context.clock.now() - expectation.at > EXPECTATIONS_MS;
  }

  /** Adopts matching orphans, releases Pods that no longer match. models controller: PodControllerRefManager.ClaimPods */
  async #claim(set: Stored<ReplicaSet>, cause: Cause): Promise<Stored<Pod>[]> {
    const selector = selectorFromLabelSelector(set.spec!.selector);
    const claimed: Stored<Pod>[] = [];
    for (const pod of this.#context.informers.of(pods).inNamespace(set.metadata.namespace!)) {
      const owner = controllerOf(pod);
      const matches = selector.matches(pod.metadata.labels);
      if (owner) {
        if (owner.uid !== set.metadata.uid) continue;
        if (matches) claimed.push(pod);
        else if (!set.metadata.deletionTimestamp) await this.#release(pod, set, cause);
      } else if (matches && !pod.metadata.deletionTimestamp && !set.metadata.deletionTimestamp && isActive(pod)) {
        await this.#adopt(pod, set, cause);
        claimed.push(pod);
      }
    }
    return claimed;
  }

  async #adopt(pod: Stored<Pod>, set: Stored<ReplicaSet>, cause: Cause): Promise<void> {
    const patch = { metadata: { ownerReferences: [ownerOf(set)], uid: pod.metadata.uid } };
    await this.#context.client.patch(pods, pod.metadata.namespace, pod.metadata.name, patch, cause);
  }

  async #release(pod: Stored<Pod>, set: Stored<ReplicaSet>, cause: Cause): Promise<void> {
    const patch = { metadata: { ownerReferences: [{ $patch: 'delete', uid: set.metadata.uid }], uid: pod.metadata.uid } };
    await this.#context.client.patch(pods, pod.metadata.namespace, pod.metadata.name, patch, cause);
  }

  async #manage(set: Stored<ReplicaSet>, active: readonly Stored<Pod>[], cause: Cause): Promise<void> {
    const difference = active.length - (set.spec?.replicas ?? 1);
    if (difference < 0) await this.#createPods(set, Math.min(-difference, BURST), cause);
    else if (difference > 0) await this.#deletePods(set, active, Math.min(difference, BURST), cause);
  }

  /** In batches of 1, 2, 4 …: when the API refuses, only few refusals are made. models replicaset: slowStartBatch */
  async #createPods(set: Stored<ReplicaSet>, count: number, cause: Cause): Promise<void> {
    const expectation: Expectation = { creations: count, deletions: new Set(), at: this.#context.clock.now() };
    this.#expectations.set(keyOf(set), expectation);
    let left = count;
    for (let batch = 1; left > 0; batch = Math.min(2 * batch, left)) {
      const results = await Promise.allSettled(Array.from({ length: Math.min(batch, left) }, () => this.#createPod(set, cause)));
      left -= results.length;
      const failed = results.find((result) => result.status === 'rejected');
      if (!failed) continue;
      expectation.creations -= left + results.filter((result) => result.status === 'rejected').length;
      throw failed.reason;
    }
  }

  async #createPod(set: Stored<ReplicaSet>, cause: Cause): Promise<void> {
    const { client, events } = this.#context;
    const template = set.spec!.template!;
    const body = {
      metadata: {
        generateName: `${set.metadata.name}-`,
        ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
        ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
        ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
        ownerReferences: [ownerOf(set)],
      },
      spec: template.spec,
    };
    try {
      const pod = await client.create(pods, set.metadata.namespace, body, cause);
      events.event(subject(set), 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, cause);
    } catch (error) {
      events.event(subject(set), 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`, cause);
      throw error;
    }
  }

  async #deletePods(set: Stored<ReplicaSet>, active: readonly Stored<Pod>[], count: number, cause: Cause): Promise<void> {
    const { client, events } = this.#context;
    const sameNode = new Map<string, number>();
    for (const pod of active) sameNode.set(pod.spec?.nodeName ?? '', (sameNode.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
    const chosen = deletionOrder(active, sameNode).slice(0, count);
    const expectation: Expectation = { creations: 0, deletions: new Set(chosen.map((pod) => pod.metadata.uid)), at: this.#context.clock.now() };
    this.#expectations.set(keyOf(set), expectation);
    for (const pod of chosen) {
      try {
        await client.delete(pods, pod.metadata.namespace, pod.metadata.name, undefined, cause);
        events.event(subject(set), 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, cause);
      } catch (error) {
        expectation.deletions.delete(pod.metadata.uid);
        if (isNotFound(error)) continue;
        events.event(subject(set), 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`, cause);
        throw error;
      }
    }
  }

  async #updateStatus(set: Stored<ReplicaSet>, owned: readonly Stored<Pod>[], failure: Error | undefined, cause: Cause): Promise<void> {
    const now = this.#context.clock.now();
    const active = owned.filter(isActive);
    const templateLabels = selectorFromLabelSelector({ matchLabels: set.spec!.template?.metadata?.labels ?? {} });
    const terminating = owned.filter((pod) => pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed').length;
    const status = {
      replicas: active.length,
      ...nonZero('fullyLabeledReplicas', active.filter((pod) => templateLabels.matches(pod.metadata.labels)).length),
      ...nonZero('readyReplicas', active.filter(isReady).length),
      ...nonZero('availableReplicas', active.filter((pod) => isAvailable(pod, set.spec!.minReadySeconds ?? 0, now)).length),
      ...(terminating > 0 || set.status?.terminatingReplicas !== undefined ? { terminatingReplicas: terminating } : { terminatingReplicas: 0 }),
      observedGeneration: set.metadata.generation,
      ...conditions(set, failure, rfc3339(now)),
    };
    if (deepEqual(status, set.status ?? {})) return;
    await this.#context.client.update(replicaSets, { ...clone(set), status } as Stored<ReplicaSet>, cause, 'status');
  }
}

function nonZero(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}

function conditions(set: Stored<ReplicaSet>, failure: Error | undefined, now: string): { conditions?: ReplicaSetCondition[] } {
  const others = (set.status?.conditions ?? []).filter((condition) => condition.type !== 'ReplicaFailure');
  if (!failure) return others.length > 0 ? { conditions: others } : {};
  const known = set.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  // The first refusal stays: a new text for each try would make each try the cause of the next.
  const condition: ReplicaSetCondition = known ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, reason: 'FailedCreate', message: failure.message };
  return { conditions: [...others, condition] };
}

function ownerOf(set: Stored<ReplicaSet>): object {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set.metadata.name, uid: set.metadata.uid, controller: true, blockOwnerDeletion: true };
}

function subject(set: Stored<ReplicaSet>): { kind: string; apiVersion: string; metadata: Stored<ReplicaSet>['metadata'] } {
  return { kind: 'ReplicaSet', apiVersion: 'apps/v1', metadata: set.metadata };
}

