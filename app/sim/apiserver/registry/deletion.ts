import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { ObjectMeta } from '../../../contracts/k8s/index.ts';
import { newConflict } from '../../machinery/errors.ts';
import { clone } from '../../machinery/objects.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';

type Json = Record<string, any>;

/** metav1.DeleteOptions, as far as the server acts on them. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly orphanDependents?: boolean;
  readonly dryRun?: readonly string[];
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export function checkPreconditions(object: Readonly<Json>, options: DeleteOptions, definition: ResourceDefinition): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const meta = object['metadata'] as ObjectMeta;
  const refuse = (what: string, wanted: string, found: string | undefined): never => {
    const happened = what === 'UID' ? 'deleted and then recreated' : 'modified';
    throw newConflict({ group: '', resource: definition.kind }, meta.name ?? '', `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${happened}`);
  };
  if (uid !== undefined && uid !== meta.uid) refuse('UID', uid, meta.uid);
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) refuse('ResourceVersion', resourceVersion, meta.resourceVersion);
}

/**
 * What a DELETE makes of an object that does not go at once; undefined: remove it now.
 *
 * models apiserver/pkg/registry/rest: BeforeDelete and registry/generic: Store.Delete. A grace period may be shortened by a
 * second DELETE, never lengthened; finalizers hold the object with a deletionTimestamp.
 */
export function markDeleted(object: Readonly<Json>, options: DeleteOptions, definition: ResourceDefinition, now: number): { next: Json | undefined; changed: boolean } {
  const next = clone(object) as Json;
  const meta = next['metadata'] as ObjectMeta;
  const finalizers = deletionFinalizers(meta.finalizers ?? [], options, definition);
  const defaultGrace = definition.gracePeriod?.(object) ?? 0;
  const wanted = definition.gracePeriod ? (defaultGrace === 0 ? 0 : (options.gracePeriodSeconds ?? defaultGrace)) : 0;
  const held = finalizers.length > 0 || ((next['spec']?.['finalizers'] as string[] | undefined)?.length ?? 0) > 0;
  if (meta.deletionTimestamp) {
    const left = meta.deletionGracePeriodSeconds ?? 0;
    const isShorter = options.gracePeriodSeconds !== undefined && wanted < left;
    if (!isShorter) {
      const changed = JSON.stringify(finalizers) !== JSON.stringify(meta.finalizers ?? []);
      setFinalizers(meta, finalizers);
      return { next, changed };
    }
    if (wanted === 0 && !held) return { next: undefined, changed: true };
    meta.deletionTimestamp = rfc3339(parseTime(meta.deletionTimestamp) - left * 1000 + wanted * 1000);
    meta.deletionGracePeriodSeconds = wanted;
    return { next, changed: true };
  }
  if (wanted === 0 && !held) return { next: undefined, changed: true };
  meta.deletionTimestamp = rfc3339(now + wanted * 1000);
  meta.deletionGracePeriodSeconds = wanted;
  if (meta.generation !== undefined) meta.generation++;
  setFinalizers(meta, finalizers);
  return { next, changed: true };
}

function setFinalizers(meta: ObjectMeta, finalizers: readonly string[]): void {
  if (finalizers.length > 0) meta.finalizers = [...finalizers];
  else delete meta.finalizers;
}

/** models registry/generic: deletionFinalizersForGarbageCollection */
function deletionFinalizers(existing: readonly string[], options: DeleteOptions, definition: ResourceDefinition): string[] {
  const policy = options.propagationPolicy ?? (options.orphanDependents === undefined ? undefined : options.orphanDependents ? 'Orphan' : 'Background');
  const kept = existing.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  const orphan = policy === undefined ? existing.includes('orphan') || definition.defaultPropagation === 'orphan' : policy === 'Orphan';
  const foreground = policy === undefined ? existing.includes('foregroundDeletion') : policy === 'Foreground';
  return [...kept, ...(orphan ? ['orphan'] : []), ...(foreground ? ['foregroundDeletion'] : [])];
}

/** An object under deletion whose last finalizer is gone goes with the update that took it. */
export function isFinishedDeletion(object: Readonly<Json>): boolean {
  const meta = object['metadata'] as ObjectMeta;
  const held = (meta.finalizers?.length ?? 0) > 0 || ((object['spec']?.['finalizers'] as string[] | undefined)?.length ?? 0) > 0;
  return meta.deletionTimestamp !== undefined && (meta.deletionGracePeriodSeconds ?? 0) === 0 && !held;
}
