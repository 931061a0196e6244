import { clone, isRecord } from '../../../machinery/objects.ts';
import { propertyOf, valuesOf, type JsonSchema } from './json-schema.ts';

/** null where the schema allows none. */
const isStrayNull = (value: unknown, schema: JsonSchema | undefined): boolean => value === null && schema !== undefined && schema.nullable !== true;

/**
 * Removes nulls from fields that may not be null, then fills in what is missing, in place.
 *
 * models apiextensions-apiserver/pkg/apiserver/schema/defaulting: PruneNonNullableNullsWithoutDefaults and Default
 */
export function applySchemaDefaults(value: unknown, schema: JsonSchema | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (isStrayNull(item, schema.items) && schema.items?.default !== undefined) value[index] = clone(schema.items.default);
      applySchemaDefaults(value[index], schema.items);
    }
  } else if (isRecord(value)) {
    defaultObject(value, schema);
  }
}

function defaultObject(object: Record<string, unknown>, schema: JsonSchema): void {
  const values = valuesOf(schema);
  for (const key of Object.keys(object)) {
    const own = propertyOf(schema, key) ?? values;
    if (isStrayNull(object[key], own)) {
      if (own!.default === undefined) delete object[key];
      else object[key] = clone(own!.default);
    }
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(object, key)) object[key] = clone(property.default);
  }
  for (const key of Object.keys(object)) applySchemaDefaults(object[key], propertyOf(schema, key) ?? values);
}
