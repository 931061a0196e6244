import { BOOL, BYTES, DOUBLE, DURATION, DYN, fromJson, INT, listOf, mapOf, objectType, parseDuration, parseTimestamp, STRING, TIMESTAMP, type CelType } from '../../../machinery/cel/index.ts';
import { isRecord } from '../../../machinery/objects.ts';
import { propertyOf, valuesOf, type JsonSchema } from './json-schema.ts';

/** Words of the language that no field may be called by. models apiserver/pkg/cel: escaping.go */
const RESERVED = new Set(['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while']);

/** How a property is called in CEL; undefined when it cannot be. */
export function escapeProperty(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(name)) return undefined;
  return name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__');
}

export function unescapeProperty(name: string): string {
  const reserved = /^__(\w+)__$/.exec(name)?.[1];
  if (reserved && RESERVED.has(reserved)) return reserved;
  return name.replaceAll('__slash__', '/').replaceAll('__dash__', '-').replaceAll('__dot__', '.').replaceAll('__underscores__', '__');
}

const META = objectType('metadata', { name: STRING, generateName: STRING });
const known = new WeakMap<JsonSchema, CelType | null>();

/**
 * The type of what a schema describes; undefined for what rules cannot see.
 *
 * models apiserver/pkg/cel/common: SchemaDeclType
 */
export function celTypeOf(schema: JsonSchema, isResource = false): CelType | undefined {
  let type = known.get(schema);
  if (type === undefined) known.set(schema, (type = makeType(schema, isResource) ?? null));
  return type ?? undefined;
}

function makeType(schema: JsonSchema, isResource: boolean): CelType | undefined {
  if (schema['x-kubernetes-int-or-string']) return DYN;
  switch (schema.type) {
    case 'array': {
      const items = schema.items && celTypeOf(schema.items, schema.items['x-kubernetes-embedded-resource']);
      return items && listOf(items);
    }
    case 'object':
      return makeObject(schema, isResource || schema['x-kubernetes-embedded-resource'] === true);
    case 'string':
      return { byte: BYTES, duration: DURATION, date: TIMESTAMP, 'date-time': TIMESTAMP, datetime: TIMESTAMP }[schema.format ?? ''] ?? STRING;
    case 'boolean':
      return BOOL;
    case 'number':
      return DOUBLE;
    case 'integer':
      return INT;
    default:
      return undefined;
  }
}

function makeObject(schema: JsonSchema, isResource: boolean): CelType | undefined {
  const values = valuesOf(schema);
  if (values) {
    const type = celTypeOf(values, values['x-kubernetes-embedded-resource']);
    return type && mapOf(STRING, type);
  }
  return {
    kind: 'object',
    name: 'object',
    field(name) {
      if (isResource && (name === 'apiVersion' || name === 'kind')) return STRING;
      if (isResource && name === 'metadata') return META;
      const property = propertyOf(schema, unescapeProperty(name));
      return property && escapeProperty(unescapeProperty(name)) === name ? celTypeOf(property) : undefined;
    },
  };
}

/** A value as rules see it: by its schema, with escaped names, without what the schema does not know. */
export function celValueOf(value: unknown, schema: JsonSchema | undefined, isResource = false): unknown {
  if (value === null || value === undefined) return null;
  if (!schema || schema['x-kubernetes-int-or-string']) return fromJson(value);
  if (Array.isArray(value)) return value.map((item) => celValueOf(item, schema.items));
  if (isRecord(value)) return objectValue(value, schema, isResource || schema['x-kubernetes-embedded-resource'] === true);
  if (typeof value === 'number') return schema.type === 'integer' ? BigInt(Math.trunc(value)) : value;
  if (typeof value !== 'string') return value;
  switch (schema.format) {
    case 'byte':
      return Uint8Array.from(Buffer.from(value, 'base64'));
    case 'duration':
      return parseDuration(value);
    case 'date':
      return parseTimestamp(`${value}T00:00:00Z`);
    case 'date-time':
    case 'datetime':
      return parseTimestamp(value);
    default:
      return value;
  }
}

function objectValue(object: Record<string, unknown>, schema: JsonSchema, isResource: boolean): unknown {
  const values = valuesOf(schema);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(object)) {
    if (values) {
      result[key] = celValueOf(item, values);
      continue;
    }
    if (isResource && ['apiVersion', 'kind', 'metadata'].includes(key)) result[key] = fromJson(item);
    const property = propertyOf(schema, key);
    const name = property && escapeProperty(key);
    // A null where none is allowed counts as not there.
    if (name === undefined || (item === null && !property!.nullable)) continue;
    result[name] = celValueOf(item, property);
  }
  return result;
}
