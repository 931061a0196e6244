import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { persistentVolumeClaims, pods } from '../../client/resource-types.ts';
import { isAlreadyExists, isNotFound } from '../../machinery/status.ts';
import type { ControllerContext } from '../context.ts';
import { claimOwners, claimsOf, makePod, missingIdentity, ordinalOf } from './identity.ts';

/** Makes, mends and deletes the Pods of a StatefulSet, each with its claims. models statefulset/stateful_pod_control.go */
export class StatefulPodControl {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** False: a claim of a Pod that was there before must go first. */
  async create(set: Stored<StatefulSet>, template: Readonly<PodTemplateSpec>, revision: string, ordinal: number, cause: Cause): Promise<boolean> {
    const { informers, client } = this.#context;
    const name = `${set.metadata.name}-${ordinal}`;
    const claims = informers.of(persistentVolumeClaims);
    const owned = claimsOf(set, ordinal).map((claim) => claims.get(`${set.metadata.namespace}/${claim.name}`));
    if (owned.some((claim) => claim?.metadata.ownerReferences?.some((owner) => owner.kind === 'Pod' && owner.name === name))) return false;
    const fresh = await this.createClaims(set, ordinal, cause);
    try {
      const pod = await client.create(pods, set.metadata.namespace, makePod(set, template, revision, ordinal), cause);
      this.#event(set, 'Create', name, undefined, cause);
      await this.adjustClaims(set, pod, cause, fresh);
    } catch (error) {
      if (!isAlreadyExists(error)) this.#event(set, 'Create', name, error, cause);
      throw error;
    }
    return true;
  }

  /** Returns those it made, by name: the watch has not told of them yet. */
  async createClaims(set: Stored<StatefulSet>, ordinal: number, cause: Cause): Promise<ReadonlyMap<string, Stored<PersistentVolumeClaim>>> {
    const { informers, client, events } = this.#context;
    const made = new Map<string, Stored<PersistentVolumeClaim>>();
    for (const { name, body } of claimsOf(set, ordinal)) {
      const existing = informers.of(persistentVolumeClaims).get(`${set.metadata.namespace}/${name}`);
      if (existing?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
      if (existing) continue;
      const what = `Create Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`;
      try {
        made.set(name, await client.create(persistentVolumeClaims, set.metadata.namespace, body, cause));
        events.event(subject(set), 'Normal', 'SuccessfulCreate', `${what} success`, cause);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        events.event(subject(set), 'Warning', 'FailedCreate', `Create Claim ${name} for Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name} failed error: ${(error as Error).message}`, cause);
        throw error;
      }
    }
    return made;
  }

  /** Puts back what makes a Pod a member: its labels, its claims, who owns them. models UpdateStatefulPod */
  async mend(set: Stored<StatefulSet>, pod: Stored<Pod>, cause: Cause): Promise<void> {
    const labels = missingIdentity(pod);
    if (labels) await this.#context.client.update(pods, { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } } }, cause);
    await this.adjustClaims(set, pod, cause, await this.createClaims(set, ordinalOf(pod), cause));
  }

  /** models UpdatePodClaimForRetentionPolicy */
  async adjustClaims(set: Stored<StatefulSet>, pod: Stored<Pod>, cause: Cause, fresh?: ReadonlyMap<string, Stored<PersistentVolumeClaim>>): Promise<void> {
    const { informers, client } = this.#context;
    for (const { name } of claimsOf(set, ordinalOf(pod))) {
      const claim = informers.of(persistentVolumeClaims).get(`${set.metadata.namespace}/${name}`) ?? fresh?.get(name);
      const owners = claim && claimOwners(set, pod, claim);
      if (claim && owners) await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ownerReferences: owners } } as typeof claim, cause);
    }
  }

  async delete(set: Stored<StatefulSet>, pod: Stored<Pod>, cause: Cause): Promise<void> {
    try {
      await this.#context.client.delete(pods, pod.metadata.namespace, pod.metadata.name, undefined, cause);
      this.#event(set, 'Delete', pod.metadata.name, undefined, cause);
    } catch (error) {
      if (isNotFound(error)) return;
      this.#event(set, 'Delete', pod.metadata.name, error, cause);
      throw error;
    }
  }

  #event(set: Stored<StatefulSet>, verb: 'Create' | 'Delete', name: string, error: unknown, cause: Cause): void {
    const what = `${verb} Pod ${name} in StatefulSet ${set.metadata.name}`;
    if (error === undefined) this.#context.events.event(subject(set), 'Normal', `Successful${verb}`, `${what} successful`, cause);
    else this.#context.events.event(subject(set), 'Warning', `Failed${verb}`, `${what} failed error: ${(error as Error).message}`, cause);
  }
}

export const subject = (set: Stored<StatefulSet>): { kind: string; apiVersion: string; metadata: Stored<StatefulSet>['metadata'] } => ({ kind: 'StatefulSet', apiVersion: 'apps/v1', metadata: set.metadata });
