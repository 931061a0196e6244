import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodTemplateSpec, ReplicaSetCondition, ReplicaSetStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ResourceType } from '../../client/api-client.ts';
import type { EventSubject } from '../../client/event-recorder.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { pods } from '../../client/resource-types.ts';
import { selectorFromSet, type Selector } from '../../machinery/labels.ts';
import { clone, controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { claim } from '../claim.ts';
import type { ControllerContext } from '../context.ts';
import { Expectations } from '../expectations.ts';
import { isNamespaceTerminating, PodControl, slowStartBatch } from '../pod-control.ts';
import { availableInMs, deletionOrder, isActive, isAvailable, isReady } from '../pods.ts';

/** No more than this many Pods are made or deleted in one turn. models pkg/controller/replicaset: BurstReplicas */
const BURST = 500;

/** What ReplicaSets and ReplicationControllers have in common. */
export interface Replicated {
  spec?: { replicas?: number; minReadySeconds?: number; template?: PodTemplateSpec };
  status?: Partial<ReplicaSetStatus>;
}

/** How the two differ. */
export interface ReplicaKind<T extends Replicated> {
  readonly loop: string;
  readonly type: ResourceType<T>;
  readonly apiVersion: string;
  selector(object: Stored<T>): Selector;
  /** Objects whose Pods count as neighbours when Pods to delete are chosen. */
  relatives(object: Stored<T>, context: ControllerContext): readonly string[];
  readonly countsTerminating: boolean;
}

/** The loop of one of the two. models pkg/controller/replicaset and pkg/controller/replication, which wraps it */
export function startReplicaLoop<T extends Replicated>(kind: ReplicaKind<T>, context: ControllerContext): ControlLoop {
  const worker = new ReplicaWorker(kind, context);
  const loop = new ControlLoop(kind.loop, context.clock, worker, 5);
  const sets = context.informers.of(kind.type);
  const ownerKey = (pod: Stored<Pod>): string | undefined => {
    const owner = controllerOf(pod);
    return owner?.kind === kind.type.kind ? `${pod.metadata.namespace}/${owner.name}` : undefined;
  };
  const enqueue = (pod: Stored<Pod>, cause: Cause): void => {
    const key = ownerKey(pod);
    if (key) loop.queue.add(key, cause);
    else if (!controllerOf(pod)) for (const set of sets.inNamespace(pod.metadata.namespace!)) if (kind.selector(set).matches(pod.metadata.labels)) loop.queue.add(keyOf(set), cause);
  };
  sets.handle({
    onAdd: (set, cause) => loop.queue.add(keyOf(set), cause),
    onUpdate: (set, _, cause) => loop.queue.add(keyOf(set), cause),
    onDelete: (set, cause) => (worker.expectations.forget(keyOf(set)), loop.queue.add(keyOf(set), cause)),
  });
  context.informers.of(pods).handle({
    onAdd: (pod, cause) => (worker.expectations.created(ownerKey(pod) ?? ''), enqueue(pod, cause)),
    onUpdate: (pod, previous, cause) => {
      if (pod.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid);
      // A Pod that was released is missed by its old owner.
      const before = ownerKey(previous);
      if (before && before !== ownerKey(pod)) loop.queue.add(before, cause);
      enqueue(pod, cause);
    },
    onDelete: (pod, cause) => (worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid), enqueue(pod, cause)),
  });
  return loop;
}

/** Keeps as many Pods as asked for. */
class ReplicaWorker<T extends Replicated> implements Reconciler {
  readonly expectations: Expectations;
  readonly #kind: ReplicaKind<T>;
  readonly #context: ControllerContext;
  readonly #podControl: PodControl;

  constructor(kind: ReplicaKind<T>, context: ControllerContext) {
    this.#kind = kind;
    this.#context = context;
    this.#podControl = new PodControl(context);
    this.expectations = new Expectations(context.clock);
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, clock } = this.#context;
    const { type } = this.#kind;
    const set = informers.of(type).get(key);
    if (!set) return this.expectations.forget(key);
    if (!informers.of(pods).synced) throw new Error('Pods are not listed yet');
    const selector = this.#kind.selector(set);
    // Before the Pods are listed: news that arrives while they are being claimed would satisfy what the list does not show.
    const isSatisfied = this.expectations.isSatisfied(key);
    const owned = await claim(this.#context, { type: pods, owner: this.#subject(set), ownerType: type, selects: (labels) => selector.matches(labels), isAdoptable: isActive }, cause);
    const active = owned.filter(isActive);
    let failure: Error | undefined;
    if (isSatisfied && !set.metadata.deletionTimestamp) {
      try {
        await this.#manage(set, active, cause);
      } catch (error) {
        failure = error as Error;
      }
    }
    await this.#updateStatus(set, owned, failure, active.length - (set.spec?.replicas ?? 1), cause);
    if (failure) throw failure;
    const minReadySeconds = set.spec?.minReadySeconds ?? 0;
    if (minReadySeconds === 0) return undefined;
    const waits = active.map((pod) => availableInMs(pod, minReadySeconds, clock.now())).filter((wait) => wait > 0);
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
  }

  async #manage(set: Stored<T>, active: readonly Stored<Pod>[], cause: Cause): Promise<void> {
    const difference = active.length - (set.spec?.replicas ?? 1);
    if (difference < 0) await this.#createPods(set, Math.min(-difference, BURST), cause);
    else if (difference > 0) await this.#deletePods(set, active, Math.min(difference, BURST), cause);
  }

  async #createPods(set: Stored<T>, count: number, cause: Cause): Promise<void> {
    const key = keyOf(set);
    this.expectations.expect(key, count);
    const { started, failed, error } = await slowStartBatch(count, async () => {
      try {
        await this.#podControl.create(this.#subject(set), set.spec!.template, cause);
      } catch (refusal) {
        // All goes with the namespace: no use in trying again.
        if (!isNamespaceTerminating(refusal)) throw refusal;
      }
    });
    this.expectations.created(key, failed + (count - started));
    if (error) throw error;
  }

  async #deletePods(set: Stored<T>, active: readonly Stored<Pod>[], count: number, cause: Cause): Promise<void> {
    const { informers, clock } = this.#context;
    const sameNode = new Map<string, number>();
    for (const uid of this.#kind.relatives(set, this.#context)) {
      for (const pod of informers.of(pods).by('owner', uid)) if (isActive(pod)) sameNode.set(pod.spec?.nodeName ?? '', (sameNode.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
    }
    const chosen = deletionOrder(active, sameNode, clock.now()).slice(0, count);
    const key = keyOf(set);
    this.expectations.expect(key, 0, chosen.map((pod) => pod.metadata.uid));
    let failure: unknown;
    for (const pod of chosen) {
      try {
        if (!(await this.#podControl.delete(this.#subject(set), pod, cause))) this.expectations.deleted(key, pod.metadata.uid);
      } catch (error) {
        this.expectations.deleted(key, pod.metadata.uid);
        failure ??= error;
      }
    }
    if (failure) throw failure;
  }

  /** models calculateStatus */
  async #updateStatus(set: Stored<T>, owned: readonly Stored<Pod>[], failure: Error | undefined, difference: number, cause: Cause): Promise<void> {
    const now = this.#context.clock.now();
    const templateLabels = selectorFromSet(set.spec!.template?.metadata?.labels);
    const count = { active: 0, labelled: 0, ready: 0, available: 0, terminating: 0 };
    for (const pod of owned) {
      if (pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') count.terminating++;
      if (!isActive(pod)) continue;
      count.active++;
      if (templateLabels.matches(pod.metadata.labels)) count.labelled++;
      if (!isReady(pod)) continue;
      count.ready++;
      if (isAvailable(pod, set.spec!.minReadySeconds ?? 0, now)) count.available++;
    }
    const status = {
      replicas: count.active,
      ...nonZero('fullyLabeledReplicas', count.labelled),
      ...nonZero('readyReplicas', count.ready),
      ...nonZero('availableReplicas', count.available),
      ...(this.#kind.countsTerminating ? { terminatingReplicas: count.terminating } : {}),
      observedGeneration: set.metadata.generation,
      ...conditions(set.status?.conditions ?? [], failure, difference, rfc3339(now)),
    };
    if (deepEqual(status, set.status ?? {})) return;
    await this.#context.client.update(this.#kind.type, { ...clone(set), status }, cause, 'status');
  }

  #subject(set: Stored<T>): EventSubject {
    return { kind: this.#kind.type.kind, apiVersion: this.#kind.apiVersion, metadata: set.metadata };
  }
}

function nonZero(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}

function conditions(known: readonly ReplicaSetCondition[], failure: Error | undefined, difference: number, now: string): { conditions?: ReplicaSetCondition[] } {
  const others = known.filter((condition) => condition.type !== 'ReplicaFailure');
  if (!failure) return others.length > 0 ? { conditions: others } : {};
  // The first refusal stays: a new text for each try would make each try the cause of the next.
  const first = known.find((condition) => condition.type === 'ReplicaFailure');
  return { conditions: [...others, first ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime: now, reason: difference < 0 ? 'FailedCreate' : 'FailedDelete', message: failure.message }] };
}
