import { BOOL, DOUBLE, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type CelType } from '../../machinery/cel/index.ts';
import type { FieldSchema, Schemas } from '../../machinery/schema.ts';

/** A built-in type as expressions see it, fields found as they are asked for. models apiserver/pkg/cel/common: SchemaDeclType */
export function celTypeOfSchema(name: string, schemas: Schemas): CelType {
  const type = schemas.get(name);
  if (!type || (type.preserveUnknown && Object.keys(type.fields).length === 0)) return DYN;
  return {
    kind: 'object',
    name,
    field: (field) => (Object.hasOwn(type.fields, field) ? celTypeOfField(type.fields[field]!, schemas) : undefined),
  };
}

function celTypeOfField(field: FieldSchema, schemas: Schemas): CelType {
  switch (field.type) {
    case 'string':
    case 'bytes':
      return STRING;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    case 'boolean':
      return BOOL;
    case 'time':
    case 'micro-time':
      return TIMESTAMP;
    case 'array':
      return listOf(field.items ? celTypeOfField(field.items, schemas) : DYN);
    case 'map':
      return mapOf(STRING, field.items ? celTypeOfField(field.items, schemas) : DYN);
    case 'ref':
      return field.ref ? celTypeOfSchema(field.ref, schemas) : DYN;
    default:
      return DYN;
  }
}
