import type { Deployment, DeploymentStatus, PodTemplateSpec, ReplicaSet, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { deployments, pods, replicaSets } from '../../client/resource-types.ts';
import { podTemplateHash } from '../../machinery/go-dump/hash.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { clone, controllerOf, deepEqual, keyOf } from '../../machinery/objects.ts';
import { isAlreadyExists } from '../../machinery/status.ts';
import { claim } from '../claim.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { isActive } from '../pods.ts';
import { DESIRED_REPLICAS, fenceposts, HASH_LABEL, MAX_REPLICAS, newReplicas, oldScaleDowns, proportionalScale, REVISION, REVISION_HISTORY, type ScaleStep } from './rolling.ts';
import { calculateStatus, condition, find, setCondition, trackProgress } from './status.ts';
import { sameTemplate } from './template.ts';

/** Rolls a Deployment's template out over ReplicaSets, one for each version. models pkg/controller/deployment */
export const deploymentController: Controller = {
  name: 'deployment',
  serviceAccount: 'deployment-controller',
  start(context) {
    const { informers } = context;
    const loop = new ControlLoop('deployment', context.clock, new DeploymentWorker(context), 5);
    const enqueueOwner = (set: Stored<ReplicaSet>, cause: Cause): void => {
      const owner = controllerOf(set);
      if (owner?.kind === 'Deployment') loop.queue.add(`${set.metadata.namespace}/${owner.name}`, cause);
      else if (!owner) for (const deployment of informers.of(deployments).inNamespace(set.metadata.namespace!)) if (selectorFromLabelSelector(deployment.spec?.selector).matches(set.metadata.labels)) loop.queue.add(keyOf(deployment), cause);
    };
    informers.of(deployments).handle({
      onAdd: (deployment, cause) => loop.queue.add(keyOf(deployment), cause),
      onUpdate: (deployment, _, cause) => loop.queue.add(keyOf(deployment), cause),
      onDelete: (deployment, cause) => loop.queue.add(keyOf(deployment), cause),
    });
    informers.of(replicaSets).handle({ onAdd: enqueueOwner, onUpdate: (set, _, cause) => enqueueOwner(set, cause), onDelete: enqueueOwner });
    // Recreate waits until the last old Pod is gone.
    informers.of(pods).handle({
      onDelete(pod, cause) {
        const set = informers.of(replicaSets).get(`${pod.metadata.namespace}/${controllerOf(pod)?.name}`);
        if (set) enqueueOwner(set, cause);
      },
    });
    return loop;
  },
};

class DeploymentWorker {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers } = this.#context;
    const deployment = informers.of(deployments).get(key);
    if (!deployment) return;
    if (!informers.of(replicaSets).synced || !informers.of(pods).synced) throw new Error('not listed yet');
    const owned = await this.#owned(deployment, cause);
    if (deployment.metadata.deletionTimestamp) return this.#syncStatus(deployment, owned, this.#findNew(deployment, owned), cause, false);
    const pausedChanged = await this.#checkPaused(deployment, cause);
    if (pausedChanged) return;
    if (deployment.spec?.paused || this.#isScalingEvent(deployment, owned)) return this.#scaleOnly(deployment, owned, cause);
    return deployment.spec?.strategy?.type === 'Recreate' ? this.#recreate(deployment, owned, cause) : this.#roll(deployment, owned, cause);
  }

  /** Its ReplicaSets; orphans that match are adopted. models getReplicaSetsForDeployment */
  #owned(deployment: Stored<Deployment>, cause: Cause): Promise<Stored<ReplicaSet>[]> {
    const selector = selectorFromLabelSelector(deployment.spec?.selector);
    const owner = { kind: 'Deployment', apiVersion: 'apps/v1', metadata: deployment.metadata };
    return claim(this.#context, { type: replicaSets, owner, ownerType: deployments, selects: (labels) => selector.matches(labels) }, cause);
  }

  /** The ReplicaSet of the present template; the oldest if there are several. */
  #findNew(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[]): Stored<ReplicaSet> | undefined {
    return owned
      .filter((set) => sameTemplate(set.spec?.template, deployment.spec?.template))
      .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))[0];
  }

  /** The Progressing condition says when a roll-out was paused and resumed. models checkPausedConditions */
  async #checkPaused(deployment: Stored<Deployment>, cause: Cause): Promise<boolean> {
    if (deployment.spec?.progressDeadlineSeconds === undefined) return false;
    const current = find(deployment.status, 'Progressing');
    if (current?.reason === 'ProgressDeadlineExceeded') return false;
    const isMarked = current?.reason === 'DeploymentPaused';
    const now = this.#context.clock.now();
    const next = deployment.spec.paused && !isMarked
      ? condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now)
      : !deployment.spec.paused && isMarked ? condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now) : undefined;
    if (!next) return false;
    const status = clone(deployment.status ?? {}) as DeploymentStatus;
    setCondition(status, next);
    await this.#context.client.update(deployments, { ...deployment, status } as Stored<Deployment>, cause, 'status');
    return true;
  }

  #isScalingEvent(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[]): boolean {
    return owned.some((set) => (set.spec?.replicas ?? 0) > 0 && set.metadata.annotations?.[DESIRED_REPLICAS] !== undefined && Number(set.metadata.annotations[DESIRED_REPLICAS]) !== (deployment.spec?.replicas ?? 1));
  }

  async #roll(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[], cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const next = await this.#ensureNew(deployment, owned, true, cause);
    if (!next) return;
    const all = [...owned.filter((set) => set.metadata.uid !== next.metadata.uid), next];
    const old = all.filter((set) => set !== next && (set.spec?.replicas ?? 0) > 0);
    const desired = deployment.spec?.replicas ?? 1;
    const wanted = (next.spec?.replicas ?? 0) > desired ? desired : newReplicas(deployment, all, next);
    if (wanted !== (next.spec?.replicas ?? 0)) {
      await this.#scale(deployment, { set: next, to: wanted }, cause);
      return this.#syncStatus(deployment, all, next, cause);
    }
    const steps = oldScaleDowns(deployment, all, next, old);
    for (const step of steps) await this.#scale(deployment, step, cause);
    if (steps.length === 0 && this.#isComplete(deployment)) await this.#cleanUp(deployment, all, next, cause);
    return this.#syncStatus(deployment, all, next, cause);
  }

  async #recreate(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[], cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const existing = this.#findNew(deployment, owned);
    const old = owned.filter((set) => set.metadata.uid !== existing?.metadata.uid);
    let stopped = false;
    for (const set of old) {
      if ((set.spec?.replicas ?? 0) === 0) continue;
      await this.#scale(deployment, { set, to: 0 }, cause);
      stopped = true;
    }
    const leftovers = old.some((set) => this.#context.informers.of(pods).by('owner', set.metadata.uid).some((pod) => isActive(pod) || (pod.metadata.deletionTimestamp && pod.status?.phase === 'Running') || pod.status?.phase === 'Pending'));
    if (stopped || leftovers) return this.#syncStatus(deployment, owned, existing, cause);
    const next = await this.#ensureNew(deployment, owned, true, cause);
    if (!next) return;
    const all = [...old, next];
    if ((next.spec?.replicas ?? 0) !== (deployment.spec?.replicas ?? 1)) await this.#scale(deployment, { set: next, to: deployment.spec?.replicas ?? 1 }, cause);
    if (this.#isComplete(deployment)) await this.#cleanUp(deployment, all, next, cause);
    return this.#syncStatus(deployment, all, next, cause);
  }

  /** Paused, or scaled: only counts change, no version. models deployment/sync.go: sync, scale */
  async #scaleOnly(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[], cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const next = await this.#ensureNew(deployment, owned, false, cause);
    const active = owned.filter((set) => (set.spec?.replicas ?? 0) > 0);
    const only = active.length <= 1 ? (active[0] ?? next ?? newest(owned)) : undefined;
    if (only) {
      if ((only.spec?.replicas ?? 0) !== (deployment.spec?.replicas ?? 1)) await this.#scale(deployment, { set: only, to: deployment.spec?.replicas ?? 1 }, cause);
      else await this.#annotateReplicas(deployment, only, cause);
    } else if (next && (next.status?.availableReplicas ?? 0) === (deployment.spec?.replicas ?? 1) && (next.spec?.replicas ?? 0) === (deployment.spec?.replicas ?? 1)) {
      for (const set of active) if (set !== next) await this.#scale(deployment, { set, to: 0 }, cause);
    } else if (deployment.spec?.strategy?.type === 'RollingUpdate') {
      for (const step of proportionalScale(deployment, active)) {
        if (step.to !== (step.set.spec?.replicas ?? 0)) await this.#scale(deployment, step, cause);
        else await this.#annotateReplicas(deployment, step.set, cause);
      }
    }
    return this.#syncStatus(deployment, owned, next, cause);
  }

  #isComplete(deployment: Stored<Deployment>): boolean {
    const wanted = deployment.spec?.replicas ?? 1;
    const status = deployment.status ?? {};
    return (status.updatedReplicas ?? 0) === wanted && (status.replicas ?? 0) === wanted && (status.availableReplicas ?? 0) === wanted && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
  }

  /** The new ReplicaSet, made if it must be; its revision is one more than the highest old one. models getNewReplicaSet */
  async #ensureNew(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[], create: boolean, cause: Cause): Promise<Stored<ReplicaSet> | undefined> {
    const existing = this.#findNew(deployment, owned);
    const highestOld = Math.max(0, ...owned.filter((set) => set !== existing).map((set) => Number(set.metadata.annotations?.[REVISION] ?? 0)));
    const revision = String(highestOld + 1);
    if (existing) {
      const annotations = this.#annotations(deployment, existing, revision);
      const updated = deepEqual(annotations, existing.metadata.annotations ?? {}) && existing.spec?.minReadySeconds === deployment.spec?.minReadySeconds
        ? existing
        : await this.#context.client.update(replicaSets, withSpec(existing, annotations, deployment.spec?.minReadySeconds), cause);
      await this.#setRevision(deployment, updated.metadata.annotations?.[REVISION] ?? revision, cause);
      return updated;
    }
    return create ? this.#createNew(deployment, owned, revision, cause) : undefined;
  }

  async #createNew(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[], revision: string, cause: Cause): Promise<Stored<ReplicaSet> | undefined> {
    const template = clone(deployment.spec!.template) as PodTemplateSpec;
    const hash = podTemplateHash(template, deployment.status?.collisionCount);
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash } };
    const name = `${deployment.metadata.name}-${hash}`;
    const body = {
      metadata: {
        name, labels: template.metadata.labels, annotations: this.#annotations(deployment, undefined, revision),
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment.metadata.name, uid: deployment.metadata.uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: {
        replicas: this.#initialReplicas(deployment, owned),
        ...(deployment.spec?.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
        selector: { ...deployment.spec!.selector, matchLabels: { ...deployment.spec!.selector?.matchLabels, [HASH_LABEL]: hash } },
        template,
      },
    };
    try {
      const made = await this.#context.client.create(replicaSets, deployment.metadata.namespace, body, cause);
      const replicas = made.spec?.replicas ?? 0;
      if (replicas > 0) this.#event(deployment, 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`, cause);
      await this.#setRevision(deployment, revision, cause, condition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set ${JSON.stringify(name)}`, this.#context.clock.now()));
      return made;
    } catch (error) {
      if (!isAlreadyExists(error)) return this.#failedCreate(deployment, name, error as Error, cause);
      const taken = this.#context.informers.of(replicaSets).get(`${deployment.metadata.namespace}/${name}`);
      if (taken && controllerOf(taken)?.uid === deployment.metadata.uid && sameTemplate(taken.spec?.template, deployment.spec?.template)) return taken;
      const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
      await this.#context.client.update(deployments, { ...deployment, status } as Stored<Deployment>, cause, 'status');
      return undefined;
    }
  }

  /** Says that not even the ReplicaSet could be made, and throws. */
  async #failedCreate(deployment: Stored<Deployment>, name: string, error: Error, cause: Cause): Promise<never> {
    if (isNamespaceTerminating(error)) throw error;
    const message = `Failed to create new replica set ${JSON.stringify(name)}: ${error.message}`;
    if (deployment.spec?.progressDeadlineSeconds !== undefined) {
      await this.#updateLatest(deployment, (copy) => setCondition((copy.status ??= {}), condition('Progressing', 'False', 'ReplicaSetCreateError', message, this.#context.clock.now())), cause, 'status');
    }
    this.#context.events.event({ kind: 'Deployment', apiVersion: 'apps/v1', metadata: deployment.metadata }, 'Warning', 'ReplicaSetCreateError', message, cause);
    throw error;
  }

  #initialReplicas(deployment: Stored<Deployment>, owned: readonly Stored<ReplicaSet>[]): number {
    const desired = deployment.spec?.replicas ?? 1;
    if (deployment.spec?.strategy?.type !== 'RollingUpdate') return desired;
    const current = owned.reduce((total, set) => total + (set.spec?.replicas ?? 0), 0);
    const allowed = desired + fenceposts(deployment).surge;
    return Math.max(0, Math.min(allowed - current, desired));
  }

  /** models deploymentutil: SetNewReplicaSetAnnotations, SetReplicasAnnotations */
  #annotations(deployment: Stored<Deployment>, existing: Stored<ReplicaSet> | undefined, revision: string): Record<string, string> {
    const skipped = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, 'deprecated.deployment.rollback.to']);
    const copied = Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !skipped.has(key)));
    const before = existing?.metadata.annotations ?? {};
    const oldRevision = before[REVISION];
    const isRaised = oldRevision !== undefined && Number(oldRevision) < Number(revision);
    const history = isRaised ? [...(before[REVISION_HISTORY] ? [before[REVISION_HISTORY]] : []), oldRevision].join(',') : before[REVISION_HISTORY];
    const desired = deployment.spec?.replicas ?? 1;
    return {
      ...before,
      ...copied,
      [DESIRED_REPLICAS]: before[DESIRED_REPLICAS] ?? String(desired),
      [MAX_REPLICAS]: before[MAX_REPLICAS] ?? String(desired + fenceposts(deployment).surge),
      [REVISION]: oldRevision !== undefined && !isRaised ? oldRevision : revision,
      ...(history ? { [REVISION_HISTORY]: history } : {}),
    };
  }

  /** The Deployment as it is now, changed: this loop may update Deployments, not patch them. */
  async #updateLatest(deployment: Stored<Deployment>, change: (copy: Stored<Deployment>) => void, cause: Cause, subresource?: string): Promise<void> {
    const { client } = this.#context;
    const copy = clone(await client.get(deployments, deployment.metadata.namespace, deployment.metadata.name)) as Stored<Deployment>;
    change(copy);
    await client.update(deployments, copy, cause, subresource);
  }

  async #setRevision(deployment: Stored<Deployment>, revision: string, cause: Cause, progress?: ReturnType<typeof condition>): Promise<void> {
    const isCurrent = deployment.metadata.annotations?.[REVISION] === revision;
    if (isCurrent && !progress && find(deployment.status, 'Progressing')) return;
    const found = condition('Progressing', 'True', 'FoundNewReplicaSet', 'Found new replica set', this.#context.clock.now());
    // Through the status, as upstream does: so the annotation does not raise the generation.
    await this.#updateLatest(
      deployment,
      (copy) => {
        copy.metadata.annotations = { ...copy.metadata.annotations, [REVISION]: revision };
        if (progress) setCondition((copy.status ??= {}), progress);
        else if (!find(copy.status, 'Progressing')) setCondition((copy.status ??= {}), found);
      },
      cause,
      'status',
    );
  }

  async #scale(deployment: Stored<Deployment>, { set, to }: ScaleStep, cause: Cause): Promise<void> {
    const from = set.spec?.replicas ?? 0;
    await this.#write(deployment, set, to, cause);
    this.#event(deployment, 'ScalingReplicaSet', `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`, cause);
  }

  async #annotateReplicas(deployment: Stored<Deployment>, set: Stored<ReplicaSet>, cause: Cause): Promise<void> {
    const desired = deployment.spec?.replicas ?? 1;
    if (set.metadata.annotations?.[DESIRED_REPLICAS] === String(desired)) return;
    await this.#write(deployment, set, set.spec?.replicas ?? 0, cause);
  }

  async #write(deployment: Stored<Deployment>, set: Stored<ReplicaSet>, replicas: number, cause: Cause): Promise<void> {
    const desired = deployment.spec?.replicas ?? 1;
    const annotations = { ...set.metadata.annotations, [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + fenceposts(deployment).surge) };
    // Of the version that was looked at: whoever looked too early is refused, and looks again.
    await this.#context.client.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } } as Stored<ReplicaSet>, cause);
  }

  /** Deletes the oldest versions beyond revisionHistoryLimit. models cleanupDeployment */
  async #cleanUp(deployment: Stored<Deployment>, all: readonly Stored<ReplicaSet>[], next: Stored<ReplicaSet>, cause: Cause): Promise<void> {
    const limit = deployment.spec?.revisionHistoryLimit ?? 10;
    const unused = all.filter((set) => set !== next && !set.metadata.deletionTimestamp && (set.spec?.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0);
    const byRevision = unused.sort((a, b) => Number(a.metadata.annotations?.[REVISION] ?? 0) - Number(b.metadata.annotations?.[REVISION] ?? 0));
    for (const set of byRevision.slice(0, Math.max(0, unused.length - limit))) {
      await this.#context.client.delete(replicaSets, set.metadata.namespace, set.metadata.name, undefined, cause);
    }
  }

  async #syncStatus(deployment: Stored<Deployment>, all: readonly Stored<ReplicaSet>[], next: Stored<ReplicaSet> | undefined, cause: Cause, track = true): Promise<{ requeueAfterMs?: number } | void> {
    const { clock, client, informers } = this.#context;
    const current = informers.of(deployments).get(keyOf(deployment)) ?? deployment;
    if (current.metadata.generation !== deployment.metadata.generation) return;
    const fresh = all.map((set) => informers.of(replicaSets).get(keyOf(set)) ?? set);
    const status = calculateStatus(current, fresh, next && (informers.of(replicaSets).get(keyOf(next)) ?? next), clock.now());
    if (track && !deployment.spec?.paused) trackProgress(current, status, next, clock.now());
    if (!deepEqual(status, current.status ?? {})) await client.update(deployments, { ...current, status } as Stored<Deployment>, cause, 'status');
    const deadline = deployment.spec?.progressDeadlineSeconds;
    const progressing = find(status, 'Progressing');
    const isOpen = progressing && progressing.status === 'True' && progressing.reason !== 'NewReplicaSetAvailable' && !deployment.spec?.paused;
    return isOpen && deadline !== undefined ? { requeueAfterMs: deadline * 1000 + 1_000 } : undefined;
  }

  #event(deployment: Stored<Deployment>, reason: string, message: string, cause: Cause): void {
    this.#context.events.event({ kind: 'Deployment', apiVersion: 'apps/v1', metadata: deployment.metadata }, 'Normal', reason, message, cause);
  }
}

function newest(sets: readonly Stored<ReplicaSet>[]): Stored<ReplicaSet> | undefined {
  return [...sets].sort((a, b) => Number(b.metadata.annotations?.[REVISION] ?? 0) - Number(a.metadata.annotations?.[REVISION] ?? 0))[0];
}

function withSpec(set: Stored<ReplicaSet>, annotations: Record<string, string>, minReadySeconds: number | undefined): Stored<ReplicaSet> {
  const copy = clone(set) as Stored<ReplicaSet>;
  copy.metadata.annotations = annotations;
  if (minReadySeconds === undefined) delete copy.spec!.minReadySeconds;
  else copy.spec!.minReadySeconds = minReadySeconds;
  return copy;
}
