import type { ControllerRevision, Pod, StatefulSet, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../client/resource-types.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { claim } from '../claim.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { availableInMs } from '../pods.ts';
import { createRevision, hasTemplate, patchOf, renumberRevision, revisionHash, sortRevisions, truncateRevisions } from '../revisions.ts';
import { isMember, revisionOf } from './identity.ts';
import { StatefulPodControl, subject } from './pod-control.ts';
import { countStatus, type Revisions } from './status.ts';
import { updateMembers } from './update.ts';

/** Keeps numbered Pods, each with a name and claims of its own, in order. models pkg/controller/statefulset */
export const statefulSetController: Controller = {
  name: 'statefulset',
  serviceAccount: 'statefulset-controller',
  start(context) {
    const { informers } = context;
    const loop = new ControlLoop('statefulset', context.clock, new StatefulSetWorker(context), 5);
    const sets = informers.of(statefulSets);
    const enqueue = (pod: Stored<Pod>, cause: Cause): void => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'StatefulSet') loop.queue.add(`${pod.metadata.namespace}/${owner.name}`, cause);
      else if (!owner) for (const set of sets.inNamespace(pod.metadata.namespace!)) if (selectorFromLabelSelector(set.spec?.selector).matches(pod.metadata.labels)) loop.queue.add(keyOf(set), cause);
    };
    sets.handle({ onAdd: (set, cause) => loop.queue.add(keyOf(set), cause), onUpdate: (set, _, cause) => loop.queue.add(keyOf(set), cause) });
    informers.of(pods).handle({ onAdd: enqueue, onUpdate: (pod, _, cause) => enqueue(pod, cause), onDelete: enqueue });
    informers.of(controllerRevisions);
    // A stale claim holds its Pod's successor up until it is gone.
    informers.of(persistentVolumeClaims).handle({
      onDelete(gone, cause) {
        for (const set of sets.inNamespace(gone.metadata.namespace!)) if ((set.spec?.volumeClaimTemplates ?? []).some(({ metadata }) => gone.metadata.name.startsWith(`${metadata?.name}-${set.metadata.name}-`))) loop.queue.add(keyOf(set), cause);
      },
    });
    return loop;
  },
};

class StatefulSetWorker implements Reconciler {
  readonly #context: ControllerContext;
  readonly #podControl: StatefulPodControl;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#podControl = new StatefulPodControl(context);
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, clock } = this.#context;
    const set = informers.of(statefulSets).get(key);
    if (!set) return;
    if (![pods, controllerRevisions, persistentVolumeClaims].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    const selector = selectorFromLabelSelector(set.spec?.selector);
    const owner = { owner: subject(set), ownerType: statefulSets, selects: (labels: Readonly<Record<string, string>> | undefined) => selector.matches(labels) };
    const history = sortRevisions(await claim(this.#context, { ...owner, type: controllerRevisions }, cause));
    const members = await claim(this.#context, { ...owner, type: pods, isAdoptable: (pod) => isMember(set, pod) }, cause);
    // On its way out it makes nothing new, least of all what would hold it.
    if (set.metadata.deletionTimestamp && !history.some((revision) => hasTemplate(revision, set.spec!.template))) return;
    const { current, update, collisionCount, all } = await this.#revisions(set, history, cause);
    const names: Revisions = { current: current.metadata.name, update: update.metadata.name, collisionCount };
    const result = await updateMembers({ set, members, current, update, podControl: this.#podControl, now: clock.now(), cause });
    await this.#writeStatus(set, members, names, result.deleted, cause);
    if (result.error) throw result.error;
    const running = new Set([...members.map(revisionOf), names.current, names.update]);
    await truncateRevisions(this.#context, all, ({ metadata }) => running.has(metadata.name), set.spec?.revisionHistoryLimit ?? 10, cause);
    const waits = members.map((pod) => availableInMs(pod, set.spec?.minReadySeconds ?? 0, clock.now())).filter((wait) => wait > 0);
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined;
  }

  /** The version that is wished for, made or found again, and the one that Pods come from. models getStatefulSetRevisions */
  async #revisions(set: Stored<StatefulSet>, history: readonly Stored<ControllerRevision>[], cause: Cause): Promise<{ current: Stored<ControllerRevision>; update: Stored<ControllerRevision>; collisionCount: number; all: readonly Stored<ControllerRevision>[] }> {
    let collisionCount = set.status?.collisionCount ?? 0;
    const template = set.spec!.template;
    const newest = history.at(-1);
    const equal = history.filter((revision) => hasTemplate(revision, template)).at(-1);
    const next = (newest?.revision ?? 0) + 1;
    let update = equal;
    if (!update) {
      const data = patchOf(template);
      const made = { owner: subject(set), data, revision: next, labels: template.metadata?.labels ?? {}, annotations: set.metadata.annotations };
      const created = await createRevision(this.#context, made, (collisions) => revisionHash(data, collisions), 'controller.kubernetes.io/hash', collisionCount, cause);
      update = created.revision;
      collisionCount = created.collisionCount;
    } else if (update !== newest) update = await renumberRevision(this.#context, update, next, cause);
    const chosen = update;
    const all = [...history.filter(({ metadata }) => metadata.uid !== chosen.metadata.uid), chosen];
    const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? chosen;
    return { current, update: chosen, collisionCount, all };
  }

  async #writeStatus(set: Stored<StatefulSet>, members: readonly Stored<Pod>[], revisions: Revisions, deleted: number, cause: Cause): Promise<void> {
    const { client, clock } = this.#context;
    const status = countStatus(set, members, revisions, clock.now(), deleted);
    if (deepEqual(status, set.status)) return;
    await client.update(statefulSets, { ...set, status }, cause, 'status');
  }
}
