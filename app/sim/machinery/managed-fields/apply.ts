import type { ManagedFieldsEntry, StatusCause } from '../../../contracts/k8s/index.ts';
import { newUnknownError } from '../errors.ts';
import { clone, deepEqual, isRecord } from '../objects.ts';
import type { Schemas } from '../schema.ts';
import { StatusError } from '../status.ts';
import { FieldSet, fieldSetOf, pathText } from './field-set.ts';
import { decodeManagers, encodeManagers, identityOf, ownable, type Manager } from './managers.ts';
import { mergeConfiguration, prune } from './merge.ts';
import { joinProblems, typeProblems } from './type-check.ts';
import { compareFields, namedFields } from './walk.ts';

type Json = Record<string, unknown>;

export interface ServerSideApply {
  /** The stored object; undefined when there is none yet. */
  readonly live: Readonly<Json> | undefined;
  /** What the client sent. */
  readonly configuration: Readonly<Json>;
  readonly typeName: string;
  readonly schemas: Schemas;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** Take fields from other managers instead of refusing with a conflict. */
  readonly force: boolean;
  readonly now: number;
  readonly reset?: FieldSet;
}

export interface ApplyResult {
  readonly object: Json;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Server-side apply: lays the configuration over the live object, removes what this manager no longer names and nobody
 * else owns, and refuses to change what others own.
 *
 * models k8s.io/apimachinery/pkg/util/managedfields: FieldManager.Apply and sigs.k8s.io/structured-merge-diff/merge: Updater.Apply.
 * Throws a 409 StatusError that names each conflict, or a 500 when the configuration does not fit its type.
 */
export function applyServerSide(apply: ServerSideApply): ApplyResult {
  return withLastApplied(apply, laidOver(apply));
}

function laidOver(apply: ServerSideApply): ApplyResult {
  const problems = typeProblems(apply.configuration, apply.typeName, apply.schemas);
  if (problems.length > 0) throw newUnknownError(`failed to create typed patch object (${describeTarget(apply)}): ${joinProblems(problems)}`);
  const outcome = attempt(apply, apply.force);
  if ('result' in outcome) return outcome.result;
  const real = apply.manager === 'kubectl' ? outcome.conflicts.filter((conflict) => !isFromClientSideApply(apply, conflict.path)) : outcome.conflicts;
  if (real.length > 0) throw conflictError(real);
  const forced = attempt(apply, true);
  if ('result' in forced) return forced.result;
  throw conflictError(forced.conflicts);
}

/**
 * kubectl's record of client-side applies follows its server-side ones, where there is one.
 *
 * models managedfields: lastAppliedUpdater.Apply
 */
function withLastApplied({ manager, live, configuration }: ServerSideApply, result: ApplyResult): ApplyResult {
  const annotationsOf = (object: Readonly<Record<string, unknown>> | undefined): Record<string, string> | undefined => (object?.['metadata'] as { annotations?: Record<string, string> } | undefined)?.annotations;
  if (manager !== 'kubectl' || annotationsOf(live)?.[LAST_APPLIED] === undefined) return result;
  const { managedFields: _, annotations, ...metadata } = configuration['metadata'] as Record<string, unknown>;
  const { [LAST_APPLIED]: __, ...others } = (annotations ?? {}) as Record<string, unknown>;
  const applied = sorted({ ...configuration, metadata: { ...metadata, ...(Object.keys(others).length > 0 ? { annotations: others } : {}) } });
  const object = clone(result.object) as Record<string, any>;
  object['metadata'].annotations = { ...object['metadata'].annotations, [LAST_APPLIED]: `${JSON.stringify(applied)}\n` };
  return { ...result, object };
}

/** Go writes maps with sorted keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return isRecord(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
}

/** `namespace/name; apps/v1, Kind=Deployment` */
function describeTarget({ configuration }: ServerSideApply): string {
  const metadata = (configuration['metadata'] ?? {}) as { namespace?: string; name?: string };
  const apiVersion = String(configuration['apiVersion'] ?? '');
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}; ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${String(configuration['kind'] ?? '')}`;
}

interface FieldConflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

function attempt(apply: ServerSideApply, force: boolean): { result: ApplyResult } | { conflicts: FieldConflict[] } {
  const { configuration, typeName, schemas } = apply;
  const live = withoutManagedFields(apply.live ?? {});
  const managers = decodeManagers((apply.live?.['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields);
  const applier = { manager: apply.manager, operation: 'Apply' as const, apiVersion: apply.apiVersion, subresource: apply.subresource };
  const identity = identityOf(applier);
  const previous = managers.get(identity);
  const named = ownable(namedFields(configuration, typeName, schemas), apply.reset ?? FieldSet.EMPTY);
  const applierNow: Manager = { ...applier, time: apply.now, fields: named };
  managers.set(identity, applierNow);

  const merged = mergeConfiguration(live, configuration, typeName, schemas);
  const owned = [...managers.values()].reduce((all, { fields }) => all.union(fields), FieldSet.EMPTY);
  const object = previous ? prune(merged, previous.fields, owned, typeName, schemas) : merged;

  const comparison = compareFields(live, object, typeName, schemas);
  const changed = comparison.added.union(comparison.modified);
  const conflicts = conflictsWith(managers, identity, changed);
  if (conflicts.length > 0 && !force) return { conflicts };
  for (const [other, manager] of managers) {
    if (other === identity) continue;
    managers.set(other, { ...manager, fields: manager.fields.difference(changed).difference(comparison.removed) });
  }
  const isUnchanged = previous?.fields.equals(named) === true && deepEqual(live, object);
  if (isUnchanged && previous) managers.set(identity, previous);
  return { result: { object, managedFields: encodeManagers(managers.values()) } };
}

function conflictsWith(managers: ReadonlyMap<string, Manager>, applier: string, changed: FieldSet): FieldConflict[] {
  const conflicts: FieldConflict[] = [];
  for (const [identity, manager] of managers) {
    if (identity === applier) continue;
    for (const path of manager.fields.intersection(changed).paths()) conflicts.push({ manager, path });
  }
  return conflicts;
}

/**
 * Whoever moves from client-side to server-side apply owns, as `kubectl-client-side-apply`, what the last-applied annotation
 * says. models managedfields: lastAppliedManager.allowedConflictsFromLastApplied
 */
function isFromClientSideApply({ live, typeName, schemas }: ServerSideApply, path: readonly string[]): boolean {
  const annotation = (live?.['metadata'] as { annotations?: Record<string, string> } | undefined)?.annotations?.[LAST_APPLIED];
  if (!annotation || !live) return false;
  let lastApplied: unknown;
  try {
    lastApplied = JSON.parse(annotation);
  } catch {
    return false;
  }
  if (!isRecord(lastApplied)) return false;
  const { modified } = compareFields(lastApplied, live, typeName, schemas);
  const allowed = namedFields(lastApplied, typeName, schemas).difference(modified);
  return path.reduce((at, element) => at.child(element), allowed).member;
}

function withoutManagedFields(object: Readonly<Json>): Json {
  const copy = clone(object) as Json;
  if (isRecord(copy['metadata'])) delete copy['metadata']['managedFields'];
  return copy;
}

/** models managedfields: NewConflictError */
function conflictError(conflicts: readonly FieldConflict[]): StatusError {
  const causes: StatusCause[] = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${managerText(manager)}`,
    field: pathText(path),
  }));
  return new StatusError({ message: conflictMessage(conflicts), reason: 'Conflict', details: { causes }, code: 409 });
}

function conflictMessage(conflicts: readonly FieldConflict[]): string {
  const [first] = conflicts;
  if (conflicts.length === 1 && first) return `Apply failed with 1 conflict: conflict with ${managerText(first.manager)}: ${pathText(first.path)}`;
  const byManager = new Map<string, string[]>();
  for (const { manager, path } of conflicts) {
    const text = managerText(manager);
    byManager.set(text, [...(byManager.get(text) ?? []), `- ${pathText(path)}`]);
  }
  const lines = [...byManager].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([manager, paths]) => [`conflicts with ${manager}:`, ...paths]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** Fields that writes to the main resource of a kind with `/status` leave alone. */
export const STATUS_FIELDS = fieldSetOf(['status']);
