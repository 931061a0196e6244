import type { FieldError } from '../../../machinery/field-error.ts';
import { isRecord } from '../../../machinery/objects.ts';
import { duplicate } from '../../shared/findings.ts';
import { itemIdentity, mapKeysOf, propertyOf, valuesOf, type JsonSchema } from './json-schema.ts';

/** Items that may be there only once. models apiserver/schema/listtype: ValidateListSetsAndMaps */
export function validateListTypes(value: unknown, schema: JsonSchema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    return [...duplicates(value, schema, path), ...value.flatMap((item, index) => validateListTypes(item, schema.items, `${path}[${index}]`))];
  }
  if (!isRecord(value)) return [];
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return Object.entries(value).flatMap(([key, item]) => {
    const property = propertyOf(schema, key);
    return validateListTypes(item, property ?? valuesOf(schema), property ? below(key) : `${path}[${key}]`);
  });
}

function duplicates(list: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const keys = mapKeysOf(schema);
  if (!keys && schema['x-kubernetes-list-type'] !== 'set') return [];
  const seen = new Set<string>();
  const reported = new Set<string>();
  return list.flatMap((item, index) => {
    const identity = keys ? itemIdentity(item, keys, schema.items) : JSON.stringify(item);
    // An item that lacks all its keys was refused for that already.
    if (keys && !keys.some((key) => isRecord(item) && item[key] !== undefined)) return [];
    if (!seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    if (reported.has(identity)) return [];
    reported.add(identity);
    const shown = keys ? Object.fromEntries([...keys].sort().flatMap((key) => (isRecord(item) && item[key] !== undefined ? [[key, item[key]]] : []))) : item;
    return [duplicate(`${path}[${index}]`, shown)];
  });
}
