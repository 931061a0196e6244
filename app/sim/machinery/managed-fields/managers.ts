import { rfc3339, parseTime } from '../../../base/clock/index.ts';
import type { ManagedFieldsEntry } from '../../../contracts/k8s/index.ts';
import { FieldSet, fieldSetOf, fromFieldsV1, toFieldsV1, type FieldsV1 } from './field-set.ts';

/** One manager of an object's fields. Update managers count once per apiVersion and subresource, appliers per subresource. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** When it last took fields: milliseconds since the epoch; absent for entries that never had a time (scale). */
  readonly time: number | undefined;
  readonly fields: FieldSet;
}

/** Fields that nobody owns. models managedfields: stripSet */
export const UNOWNED = fieldSetOf([
  'apiVersion', 'kind', 'metadata.name', 'metadata.namespace', 'metadata.creationTimestamp', 'metadata.selfLink', 'metadata.uid',
  'metadata.clusterName', 'metadata.generation', 'metadata.managedFields', 'metadata.resourceVersion',
]);
const METADATA_ITSELF = fieldSetOf(['metadata']);

/** Without what nobody owns; `metadata` itself goes, what is below it stays. */
export function ownable(fields: FieldSet, reset: FieldSet): FieldSet {
  return fields.recursiveDifference(UNOWNED).difference(METADATA_ITSELF).recursiveDifference(reset);
}

export function identityOf(manager: Omit<Manager, 'fields' | 'time'>): string {
  return JSON.stringify([manager.manager, manager.operation, manager.operation === 'Apply' ? '' : manager.apiVersion, manager.subresource]);
}

export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? []) {
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') continue;
    const manager: Manager = {
      manager: entry.manager ?? 'unknown',
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time ? parseTime(entry.time) : undefined,
      fields: fromFieldsV1(entry.fieldsV1 as FieldsV1 | undefined),
    };
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

/** Sorted as upstream sorts them: appliers first, then by second, manager, version, subresource. Undefined when there are none. */
export function encodeManagers(managers: Iterable<Manager>): ManagedFieldsEntry[] | undefined {
  const owning = capUpdaters([...managers].filter(({ fields }) => !fields.empty));
  if (owning.length === 0) return undefined;
  const rank = (manager: Manager): (string | number)[] => [manager.operation, seconds(manager), manager.manager, manager.apiVersion, manager.subresource];
  return owning
    .sort((a, b) => compareRanks(rank(a), rank(b)))
    .map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time: rfc3339(time) }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource ? { subresource } : {}),
    }));
}

function seconds({ time }: Manager): number {
  return Math.floor((time ?? 0) / 1000);
}

function compareRanks(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i]! < b[i]!) return -1;
    if (a[i]! > b[i]!) return 1;
  }
  return 0;
}

const MAX_UPDATERS = 10;

/** More than ten updaters: the oldest become one, `ancient-changes`. models managedfields: capManagersManager */
function capUpdaters(managers: Manager[]): Manager[] {
  const updaters = managers.filter(({ operation, subresource }) => operation === 'Update' && subresource === '');
  if (updaters.length <= MAX_UPDATERS) return managers;
  const oldestFirst = [...updaters].sort((a, b) => compareRanks([seconds(a), a.manager], [seconds(b), b.manager]));
  const merged = oldestFirst.slice(0, updaters.length - MAX_UPDATERS + 1);
  const fields = merged.reduce((all, { fields: own }) => all.union(own), FieldSet.EMPTY);
  const ancient: Manager = { ...merged[merged.length - 1]!, manager: 'ancient-changes', fields };
  return [...managers.filter((manager) => !merged.includes(manager)), ancient];
}
