import type { FieldError } from '../../../machinery/field-error.ts';
import { forbidden, invalid, notSupported, required } from '../../shared/findings.ts';
import { propertyOf, type JsonSchema } from '../schema/json-schema.ts';

const SCALAR_KEYS = "must be a scalar type if parent array's x-kubernetes-list-type is map";

/** What x-kubernetes-list-type, -list-map-keys and -map-type ask of the schema around them. */
export function listAndMapFindings(schema: JsonSchema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) findings.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  const mapType = schema['x-kubernetes-map-type'];
  const wrongType = (wanted: string, word: string): FieldError => {
    const rule = `must be ${wanted} if ${word} is specified`;
    return schema.type ? invalid(`${path}.type`, schema.type, rule) : required(`${path}.type`, rule);
  };
  if (mapType !== undefined && schema.type !== 'object') findings.push(wrongType('object', 'x-kubernetes-map-type'));
  if (mapType !== undefined && !['atomic', 'granular'].includes(mapType)) findings.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== undefined && schema.type !== 'array') findings.push(wrongType('array', 'x-kubernetes-list-type'));
  else if (listType === 'set' && schema.items) findings.push(...setFindings(schema.items, path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) findings.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  return [...findings, ...keyFindings(schema, path)];
}

function setFindings(items: JsonSchema, path: string): FieldError[] {
  const rule = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (items.type === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic') return [invalid(`${path}.items.x-kubernetes-list-type`, items['x-kubernetes-list-type'], rule)];
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') return [invalid(`${path}.items.x-kubernetes-map-type`, items['x-kubernetes-list-type'] ?? null, rule)];
  return [];
}

function keyFindings(schema: JsonSchema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const listType = schema['x-kubernetes-list-type'];
  const rule = 'must be map if x-kubernetes-list-map-keys is non-empty';
  if (keys.length > 0 && listType === undefined) findings.push(required(`${path}.x-kubernetes-list-type`, rule));
  else if (keys.length > 0 && listType !== 'map') findings.push(invalid(`${path}.x-kubernetes-list-type`, listType, rule));
  if (listType === 'map') {
    if (keys.length === 0) findings.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
    if (!schema.items) findings.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'));
    else if (schema.items.type !== 'object') findings.push(invalid(`${path}.items.type`, schema.items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map"));
    else findings.push(...keysOfItems(keys, schema.items, path));
  }
  return [...findings, ...identityFindings(schema, keys, path)];
}

function keysOfItems(keys: readonly string[], items: JsonSchema, path: string): FieldError[] {
  return keys.flatMap((key, index) => {
    const findings: FieldError[] = [];
    const property = propertyOf(items, key);
    if (!property) findings.push(invalid(`${path}.x-kubernetes-list-map-keys`, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') findings.push(invalid(`${path}.items.properties[${key}].type`, items.type, SCALAR_KEYS));
    if (keys.indexOf(key) < index) findings.push(invalid(`${path}.x-kubernetes-list-map-keys`, keys, 'must not contain duplicate entries'));
    return findings;
  });
}

/** models apiextensions/validation: validateMapListKeysMapSet */
function identityFindings({ items, 'x-kubernetes-list-type': listType }: JsonSchema, keys: readonly string[], path: string): FieldError[] {
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const findings: FieldError[] = [];
  if (items.nullable) findings.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === 'set') return findings;
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!items.required?.includes(key) && property.default === undefined) findings.push(required(`${at}.default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'));
    if (property.nullable) findings.push(forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
  }
  return findings;
}
