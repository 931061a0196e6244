import type { ControllerRevision, DaemonSet, DaemonSetStatus, Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../client/resource-types.ts';
import { podTemplateHash } from '../../machinery/go-dump/hash.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { claim } from '../claim.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { Expectations } from '../expectations.ts';
import { isNamespaceTerminating, PodControl, slowStartBatch } from '../pod-control.ts';
import { availableInMs, isAvailable, isReady } from '../pods.ts';
import { createRevision, hasTemplate, patchOf, renumberRevision, sortRevisions, truncateRevisions } from '../revisions.ts';
import { FailedPodBackoff } from './failed-pod-backoff.ts';
import { pinnedTo, placement, targetNode, withDaemonTolerations } from './placement.ts';
import { allowances, GENERATION_ANNOTATION, GENERATION_LABEL, HASH_LABEL, isUpdated, oldestFirst, rollingStep, surplus, type Changes } from './rolling.ts';

/** models pkg/controller/daemon: BurstReplicas */
const BURST = 250;

/** One Pod on each node that fits. models pkg/controller/daemon */
export const daemonSetController: Controller = {
  name: 'daemonset',
  serviceAccount: 'daemon-set-controller',
  start(context) {
    const { informers } = context;
    const worker = new DaemonSetWorker(context);
    const loop = new ControlLoop('daemonset', context.clock, worker, 2);
    const sets = informers.of(daemonSets);
    const ownerKey = (pod: Stored<Pod>): string | undefined => {
      const owner = controllerOf(pod);
      return owner?.kind === 'DaemonSet' ? `${pod.metadata.namespace}/${owner.name}` : undefined;
    };
    const enqueue = (pod: Stored<Pod>, cause: Cause): void => {
      const key = ownerKey(pod);
      if (key) loop.queue.add(key, cause);
      else if (!controllerOf(pod)) for (const set of sets.inNamespace(pod.metadata.namespace!)) if (selectorFromLabelSelector(set.spec?.selector).matches(pod.metadata.labels)) loop.queue.add(keyOf(set), cause);
    };
    const enqueueAll = (cause: Cause): void => sets.list().forEach((set) => loop.queue.add(keyOf(set), cause));
    sets.handle({
      onAdd: (set, cause) => loop.queue.add(keyOf(set), cause),
      onUpdate: (set, _, cause) => loop.queue.add(keyOf(set), cause),
      onDelete: (set) => worker.expectations.forget(keyOf(set)),
    });
    informers.of(pods).handle({
      onAdd: (pod, cause) => (worker.expectations.created(ownerKey(pod) ?? ''), enqueue(pod, cause)),
      onUpdate: (pod, previous, cause) => {
        if (pod.metadata.deletionTimestamp && !previous.metadata.deletionTimestamp) worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid);
        enqueue(pod, cause);
      },
      onDelete: (pod, cause) => (worker.expectations.deleted(ownerKey(pod) ?? '', pod.metadata.uid), enqueue(pod, cause)),
    });
    informers.of(nodes).handle({
      onAdd: (_, cause) => enqueueAll(cause),
      onUpdate: (node, previous, cause) => {
        if (!deepEqual(node.metadata.labels, previous.metadata.labels) || !deepEqual(node.spec, previous.spec)) enqueueAll(cause);
      },
      onDelete: (_, cause) => enqueueAll(cause),
    });
    informers.of(controllerRevisions);
    return loop;
  },
};

class DaemonSetWorker implements Reconciler {
  readonly expectations: Expectations;
  readonly #context: ControllerContext;
  readonly #podControl: PodControl;
  readonly #backoff: FailedPodBackoff;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#podControl = new PodControl(context);
    this.expectations = new Expectations(context.clock);
    this.#backoff = new FailedPodBackoff(context.clock);
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, events, clock } = this.#context;
    const set = informers.of(daemonSets).get(key);
    if (!set) return this.expectations.forget(key);
    if (![pods, nodes, controllerRevisions].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    const selector = selectorFromLabelSelector(set.spec?.selector);
    if (selector.empty) return events.event(subject(set), 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.', cause);
    if (set.metadata.deletionTimestamp) return;
    const owner = { owner: subject(set), ownerType: daemonSets, selects: (labels: Readonly<Record<string, string>> | undefined) => selector.matches(labels) };
    const history = sortRevisions(await claim(this.#context, { ...owner, type: controllerRevisions }, cause));
    const { current, all, collisionCount } = await this.#revisions(set, history, cause);
    const hash = current.metadata.labels?.[HASH_LABEL] ?? '';
    // Before the Pods are listed: news that arrives while they are being claimed would satisfy what the list does not show.
    const isSatisfied = this.expectations.isSatisfied(key);
    const owned = await claim(this.#context, { ...owner, type: pods }, cause);
    const waits: number[] = [];
    let failure: unknown;
    if (isSatisfied) {
      try {
        waits.push(...(await this.#manage(set, owned, hash, cause)));
        if (this.expectations.isSatisfied(key) && set.spec?.updateStrategy?.type === 'RollingUpdate') await this.#roll(set, owned, hash, cause);
        await this.#cleanUp(set, all, current, owned, cause);
      } catch (error) {
        failure = error;
      }
    }
    await this.#writeStatus(set, owned, hash, collisionCount, isSatisfied, cause);
    if (failure) throw failure;
    waits.push(...owned.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, clock.now())).filter((wait) => wait > 0));
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
  }

  /** models daemon/update.go: constructHistory */
  async #revisions(set: Stored<DaemonSet>, history: readonly Stored<ControllerRevision>[], cause: Cause): Promise<{ current: Stored<ControllerRevision>; all: readonly Stored<ControllerRevision>[]; collisionCount: number | undefined }> {
    const template = set.spec!.template;
    const known = set.status?.collisionCount;
    const equal = history.filter((revision) => hasTemplate(revision, template)).at(-1);
    const others = history.filter((revision) => revision !== equal);
    const number = Math.max(0, ...others.map(({ revision }) => revision)) + 1;
    if (!equal) {
      const made = { owner: subject(set), data: patchOf(template), revision: number, labels: template.metadata?.labels ?? {}, annotations: set.metadata.annotations };
      const hashOf = (collisions: number): string => podTemplateHash(template, collisions === 0 && known === undefined ? undefined : collisions);
      const { revision, collisionCount } = await createRevision(this.#context, made, hashOf, HASH_LABEL, known ?? 0, cause);
      return { current: revision, all: [...history, revision], collisionCount: collisionCount === (known ?? 0) ? known : collisionCount };
    }
    const current = equal.revision < number ? await renumberRevision(this.#context, equal, number, cause) : equal;
    return { current, all: [...others, current], collisionCount: known };
  }

  #byNode(owned: readonly Stored<Pod>[]): Map<string, Stored<Pod>[]> {
    const byNode = new Map<string, Stored<Pod>[]>();
    for (const pod of owned) {
      const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
      const node = isOver && pod.metadata.deletionTimestamp ? undefined : targetNode(pod);
      if (node === undefined) continue;
      const group = byNode.get(node);
      if (group) group.push(pod);
      else byNode.set(node, [pod]);
    }
    return byNode;
  }

  /** Pods where they are missing, none where they should not be. Returns when to look again. models manage */
  async #manage(set: Stored<DaemonSet>, owned: readonly Stored<Pod>[], hash: string, cause: Cause): Promise<number[]> {
    const byNode = this.#byNode(owned);
    const create: string[] = [];
    const remove: Stored<Pod>[] = [];
    const waits: number[] = [];
    const known = this.#context.informers.of(nodes).list();
    for (const node of known) {
      const here = byNode.get(node.metadata.name) ?? [];
      const { start, stay } = placement(set, node);
      if (start && here.length === 0) create.push(node.metadata.name);
      else if (stay) this.#judge(set, node, here, { start, hash }, { create, remove, waits }, cause);
      else remove.push(...here.filter((pod) => !pod.metadata.deletionTimestamp));
    }
    const names = new Set(known.map(({ metadata }) => metadata.name));
    for (const [node, here] of byNode) if (!names.has(node)) remove.push(...here.filter((pod) => !pod.spec?.nodeName && !pod.metadata.deletionTimestamp));
    await this.#apply(set, { create, remove }, hash, cause);
    return waits;
  }

  /** One node that may keep its Pods: ended ones go, and surplus ones. models podsShouldBeOnNode */
  #judge(set: Stored<DaemonSet>, node: Stored<Node>, here: readonly Stored<Pod>[], { start, hash }: { start: boolean; hash: string }, into: { create: string[]; remove: Stored<Pod>[]; waits: number[] }, cause: Cause): void {
    const { events, clock } = this.#context;
    const running: Stored<Pod>[] = [];
    for (const pod of here.filter(({ metadata }) => !metadata.deletionTimestamp)) {
      const where = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node.metadata.name}`;
      if (pod.status?.phase === 'Failed') {
        // The kubelet may refuse the next one just as well: wait longer each time.
        const wait = this.#backoff.waitMs(`${keyOf(set)}/${set.metadata.generation}/${node.metadata.name}`);
        if (wait > 0) {
          into.waits.push(wait);
          continue;
        }
        events.event(subject(set), 'Warning', 'FailedDaemonPod', `Found failed ${where}, will try to kill it`, cause);
        into.remove.push(pod);
      } else if (pod.status?.phase === 'Succeeded') {
        events.event(subject(set), 'Normal', 'SucceededDaemonPod', `Found succeeded ${where}, will try to delete it`, cause);
        into.remove.push(pod);
      } else running.push(pod);
    }
    const allowsSurge = set.spec?.updateStrategy?.type === 'RollingUpdate' && allowances(set, 100).surge > 0;
    into.remove.push(...surplus(set, running, hash, allowsSurge, clock.now()));
    if (allowsSurge && running.length === 0 && start) into.create.push(node.metadata.name);
  }

  async #roll(set: Stored<DaemonSet>, owned: readonly Stored<Pod>[], hash: string, cause: Cause): Promise<void> {
    const byNode = this.#byNode(owned);
    const wanted = this.#context.informers.of(nodes).list().filter((node) => placement(set, node).start);
    for (const { metadata } of wanted) if (!byNode.has(metadata.name)) byNode.set(metadata.name, []);
    await this.#apply(set, rollingStep(set, byNode, hash, wanted.length, this.#context.clock.now()), hash, cause);
  }

  /** models syncNodes */
  async #apply(set: Stored<DaemonSet>, { create, remove }: Changes, hash: string, cause: Cause): Promise<void> {
    const key = keyOf(set);
    const nodesNow = create.slice(0, BURST);
    const podsNow = remove.slice(0, BURST);
    if (nodesNow.length + podsNow.length === 0) return;
    this.expectations.expect(key, nodesNow.length, podsNow.map(({ metadata }) => metadata.uid));
    const { template } = set.spec!;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash, ...generationLabel(set) };
    const { started, failed, error } = await slowStartBatch(nodesNow.length, async (index) => {
      const spec = { affinity: pinnedTo(nodesNow[index]!, template.spec?.affinity), tolerations: withDaemonTolerations(template.spec!) };
      try {
        await this.#podControl.create(subject(set), template, cause, { metadata: { labels }, spec });
      } catch (refusal) {
        if (!isNamespaceTerminating(refusal)) throw refusal;
      }
    });
    this.expectations.created(key, failed + nodesNow.length - started);
    let failure = error;
    for (const pod of podsNow) {
      try {
        if (!(await this.#podControl.delete(subject(set), pod, cause))) this.expectations.deleted(key, pod.metadata.uid);
      } catch (refusal) {
        this.expectations.deleted(key, pod.metadata.uid);
        failure ??= refusal;
      }
    }
    if (failure) throw failure;
  }

  async #cleanUp(set: Stored<DaemonSet>, all: readonly Stored<ControllerRevision>[], current: Stored<ControllerRevision>, owned: readonly Stored<Pod>[], cause: Cause): Promise<void> {
    const hashes = new Set(owned.map((pod) => pod.metadata.labels?.[HASH_LABEL]));
    const old = sortRevisions(all.filter((revision) => revision !== current));
    const isLive = (revision: Stored<ControllerRevision>): boolean => hashes.has(revision.metadata.labels?.[HASH_LABEL]);
    await truncateRevisions(this.#context, old, isLive, Math.max(0, (set.spec?.revisionHistoryLimit ?? 10) - old.filter(isLive).length), cause);
  }

  /** models updateDaemonSetStatus */
  async #writeStatus(set: Stored<DaemonSet>, owned: readonly Stored<Pod>[], hash: string, collisionCount: number | undefined, isCurrent: boolean, cause: Cause): Promise<void> {
    const { informers, clock, client } = this.#context;
    const byNode = this.#byNode(owned);
    const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
    for (const node of informers.of(nodes).list()) {
      const [pod] = oldestFirst(byNode.get(node.metadata.name) ?? []);
      if (!placement(set, node).start) {
        if (pod) counts.misscheduled++;
        continue;
      }
      counts.desired++;
      if (!pod) continue;
      counts.current++;
      if (isReady(pod)) counts.ready++;
      if (isAvailable(pod, set.spec?.minReadySeconds ?? 0, clock.now())) counts.available++;
      if (isUpdated(set, pod, hash)) counts.updated++;
    }
    const observed = isCurrent ? set.metadata.generation : set.status?.observedGeneration;
    const unavailable = counts.desired - counts.available;
    const status: DaemonSetStatus = {
      currentNumberScheduled: counts.current, numberMisscheduled: counts.misscheduled, desiredNumberScheduled: counts.desired, numberReady: counts.ready,
      ...(observed === undefined ? {} : { observedGeneration: observed }),
      ...(counts.updated ? { updatedNumberScheduled: counts.updated } : {}),
      ...(counts.available ? { numberAvailable: counts.available } : {}),
      ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
      ...(collisionCount === undefined ? {} : { collisionCount }),
      ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
    };
    if (deepEqual(status, set.status)) return;
    await client.update(daemonSets, { ...set, status }, cause, 'status');
  }
}

function generationLabel(set: Stored<DaemonSet>): Record<string, string> {
  const generation = set.metadata.annotations?.[GENERATION_ANNOTATION];
  return generation === undefined ? {} : { [GENERATION_LABEL]: generation };
}

const subject = (set: Stored<DaemonSet>): { kind: string; apiVersion: string; metadata: Stored<DaemonSet>['metadata'] } => ({ kind: 'DaemonSet', apiVersion: 'apps/v1', metadata: set.metadata });
