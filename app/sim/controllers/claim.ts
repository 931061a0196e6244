import type { Stored } from '../../contracts/k8s/index.ts';
import type { Cause } from '../../contracts/trace/index.ts';
import type { ResourceType } from '../client/api-client.ts';
import type { EventSubject } from '../client/event-recorder.ts';
import type { Labels } from '../machinery/labels.ts';
import { controllerOf } from '../machinery/objects.ts';
import { isNotFound, StatusError } from '../machinery/status.ts';
import type { ControllerContext } from './context.ts';
import { controllerReference } from './pod-control.ts';

export interface ClaimOptions<T> {
  /** What is claimed, and by whom. */
  readonly type: ResourceType<T>;
  readonly owner: EventSubject;
  readonly ownerType: ResourceType<unknown>;
  readonly selects: (labels: Labels) => boolean;
  /** Beside the selector: which may be adopted. */
  readonly isAdoptable?: (object: Stored<T>) => boolean;
  /** Put on what is adopted, taken off what is released. */
  readonly finalizers?: readonly string[];
}

/**
 * The owner's own objects: matching orphans are adopted, what no longer matches is released.
 *
 * models pkg/controller: BaseControllerRefManager.ClaimObject
 */
export async function claim<T>(context: Pick<ControllerContext, 'client' | 'informers'>, options: ClaimOptions<T>, cause: Cause): Promise<Stored<T>[]> {
  const { type, owner, selects, isAdoptable = () => true } = options;
  const informer = context.informers.of(type);
  const isGoing = owner.metadata.deletionTimestamp !== undefined;
  const claimed: Stored<T>[] = [];
  for (const object of informer.by('owner', owner.metadata.uid)) {
    if (controllerOf(object)?.uid !== owner.metadata.uid) continue;
    if (selects(object.metadata.labels)) claimed.push(object);
    else if (!isGoing) await release(context, options, object, cause);
  }
  if (isGoing) return claimed;
  let checked = false;
  for (const object of informer.by('orphans', owner.metadata.namespace ?? '')) {
    if (object.metadata.deletionTimestamp || !selects(object.metadata.labels) || !isAdoptable(object)) continue;
    if (!checked) await checkStillThere(context, options);
    checked = true;
    const adopted = await adopt(context, options, object, cause);
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

/** Before the first adoption: the copy of the owner may be stale. models RecheckDeletionTimestamp */
async function checkStillThere<T>({ client }: Pick<ControllerContext, 'client'>, { owner, ownerType }: ClaimOptions<T>): Promise<void> {
  const { namespace, name, uid } = owner.metadata;
  const fresh = await client.get(ownerType, namespace, name);
  if (fresh.metadata.uid !== uid) throw new Error(`original ${owner.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`);
  if (fresh.metadata.deletionTimestamp) throw new Error(`${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`);
}

async function adopt<T>({ client }: Pick<ControllerContext, 'client'>, { type, owner, finalizers }: ClaimOptions<T>, object: Stored<T>, cause: Cause): Promise<Stored<T> | undefined> {
  const patch = { metadata: { ownerReferences: [controllerReference(owner)], uid: object.metadata.uid, ...(finalizers ? { finalizers } : {}) } };
  try {
    return await client.patch(type, object.metadata.namespace, object.metadata.name, patch, cause);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function release<T>({ client }: Pick<ControllerContext, 'client'>, { type, owner, finalizers }: ClaimOptions<T>, object: Stored<T>, cause: Cause): Promise<void> {
  const patch = {
    metadata: { uid: object.metadata.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], ...(finalizers ? { '$deleteFromPrimitiveList/finalizers': finalizers } : {}) },
  };
  try {
    await client.patch(type, object.metadata.namespace, object.metadata.name, patch, cause);
  } catch (error) {
    // Gone, or another object by now: then it is not ours to release.
    if (!isNotFound(error) && !(error instanceof StatusError && error.reason === 'Invalid')) throw error;
  }
}
