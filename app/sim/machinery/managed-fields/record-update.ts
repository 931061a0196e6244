import type { ManagedFieldsEntry } from '../../../contracts/k8s/index.ts';
import type { Schemas } from '../schema.ts';
import { FieldSet } from './field-set.ts';
import { decodeManagers, encodeManagers, identityOf, ownable, type Manager } from './managers.ts';
import { compareFields, emptyObject } from './walk.ts';

type Json = Record<string, unknown>;

export interface RecordUpdate {
  /** The stored object; undefined when `after` is being created. */
  readonly before: Readonly<Json> | undefined;
  /** The object about to be stored, defaulted and admitted. Its own managedFields count, as a client may edit them. */
  readonly after: Readonly<Json>;
  readonly typeName: string;
  readonly schemas: Schemas;
  readonly manager: string;
  readonly apiVersion: string;
  /** `status`, `scale`, …; '' for the object itself. */
  readonly subresource: string;
  /** Milliseconds since the epoch; undefined leaves the entry without a time, as /scale does. */
  readonly now: number | undefined;
  /** Fields that this request cannot change (status in a write to the main resource). */
  readonly reset?: FieldSet;
}

/**
 * The managedFields after a create, update or patch.
 *
 * models k8s.io/apimachinery/pkg/util/managedfields: FieldManager.Update with all its wrappers. What changed is owned by the
 * writer and taken from everyone else; what vanished is owned by nobody. An unchanged object keeps its entries and times.
 */
export function recordUpdate(update: RecordUpdate): ManagedFieldsEntry[] | undefined {
  const managers = startingManagers(update);
  const { added, modified, removed } = compareFields(
    update.before ?? emptyObject(update.schemas.get(update.typeName), update.schemas),
    update.after,
    update.typeName,
    update.schemas,
  );
  const reset = update.reset ?? FieldSet.EMPTY;
  // What this write cannot change is nobody's news: its owners keep it.
  const changed = added.union(modified).recursiveDifference(reset);
  for (const [identity, manager] of managers) {
    managers.set(identity, { ...manager, fields: manager.fields.difference(changed).difference(removed.recursiveDifference(reset)) });
  }
  const taken = ownable(changed, reset);
  if (!taken.empty) own(managers, update, taken);
  return encodeManagers(managers.values());
}

/** A client may send edited managedFields, or `[{}]` to drop them; a subresource's write keeps the stored ones. */
function startingManagers({ before, after, subresource }: RecordUpdate): Map<string, Manager> {
  const stored = (before?.['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields;
  const sent = (after['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields;
  if (subresource !== '' || !sent || sent.length === 0) return decodeManagers(stored);
  if (isReset(sent)) return new Map();
  const decoded = decodeManagers(sent);
  return decoded.size > 0 ? decoded : decodeManagers(stored);
}

/** `metadata.managedFields: [{}]` asks to forget all owners. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  return entries?.length === 1 && Object.keys(entries[0]!).length === 0;
}

function own(managers: Map<string, Manager>, update: RecordUpdate, taken: FieldSet): void {
  const writer = { manager: update.manager, operation: 'Update' as const, apiVersion: update.apiVersion, subresource: update.subresource };
  const identity = identityOf(writer);
  const previous = managers.get(identity)?.fields ?? FieldSet.EMPTY;
  managers.set(identity, { ...writer, time: update.now, fields: previous.union(taken) });
}
