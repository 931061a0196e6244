import { fieldErrorBody, type FieldError } from '../../../machinery/field-error.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import { forbidden, invalid, required } from '../../shared/findings.ts';
import { propertyOf, valuesOf, type JsonSchema } from '../schema/json-schema.ts';
import { compilePattern } from '../schema/validate.ts';

type Level = 'root' | 'item' | 'field';

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const WHERE: Readonly<Record<Level, string>> = { root: 'at the root', item: 'for specified array items', field: 'for specified object fields' };

/**
 * A schema must say all about structure outside of allOf, anyOf, oneOf and not. Findings come in the order of their text.
 *
 * models apiextensions-apiserver/pkg/apiserver/schema: ValidateStructural
 */
export function validateStructural(schema: JsonSchema, path: string): FieldError[] {
  const findings = [...invariants(schema, 'root', path), ...completeness(schema, path)];
  const text = (finding: FieldError): string => `${finding.field}: ${fieldErrorBody(finding)}`;
  return findings.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

function invariants(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (schema.type === 'array' && !schema.items) findings.push(required(`${path}.items`, 'must be specified'));
  if (schema.items) findings.push(...invariants(schema.items, 'item', `${path}.items`));
  for (const [key, property] of Object.entries(schema.properties ?? {})) findings.push(...invariants(property, 'field', `${path}.properties[${key}]`));
  const values = valuesOf(schema);
  if (schema.additionalProperties !== undefined && level === 'root') findings.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  if (values) findings.push(...invariants(values, 'field', `${path}.additionalProperties`));
  findings.push(...extensions(schema, path));
  const skipAnyOf = deepEqual(schema.anyOf, INT_OR_STRING);
  const skipFirstAllOf = deepEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING);
  findings.push(...valueValidation(schema, skipAnyOf, skipFirstAllOf, path));
  findings.push(...typeOf(schema, level, path), ...metaFields(schema, level, path));
  return findings;
}

function extensions(schema: JsonSchema, path: string): FieldError[] {
  if (!schema['x-kubernetes-int-or-string']) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(`${path}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true'));
}

function typeOf(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const embedded = schema['x-kubernetes-embedded-resource'];
  const rule = 'must be object if x-kubernetes-embedded-resource is true';
  if (embedded && schema.type !== 'object') findings.push(schema.type ? invalid(`${path}.type`, schema.type, rule) : required(`${path}.type`, rule));
  else if (!schema.type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) findings.push(required(`${path}.type`, `must not be empty ${WHERE[level]}`));
  if (embedded && schema.additionalProperties !== undefined) findings.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  if (level === 'root' && schema.type && schema.type !== 'object') findings.push(invalid(`${path}.type`, schema.type, 'must be object at the root'));
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(schema.properties ?? {}).length === 0) {
    findings.push(required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'));
  }
  return findings;
}

/** apiVersion, kind and metadata have types of their own, which a schema can only narrow a little. */
function metaFields(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const isObject = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  if (!isObject) return findings;
  for (const name of ['kind', 'apiVersion']) {
    const property = propertyOf(schema, name);
    if (property && property.type !== 'string') findings.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = propertyOf(schema, 'metadata');
  if (!metadata) return findings;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== 'object') findings.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level !== 'root') return findings;
  const { type: _, properties = {}, default: __, ...rest } = metadata;
  const others = Object.keys(properties).filter((name) => name !== 'name' && name !== 'generateName');
  if (others.length > 0 || Object.keys(rest).length > 0) findings.push(forbidden(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified'));
  return findings;
}

function valueValidation(schema: JsonSchema, skipAnyOf: boolean, skipFirstAllOf: boolean, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!skipAnyOf) for (const [index, item] of (schema.anyOf ?? []).entries()) findings.push(...nested(item, false, `${path}.anyOf[${index}]`));
  for (const [index, item] of (schema.allOf ?? []).entries()) findings.push(...nested(item, skipFirstAllOf && index === 0, `${path}.allOf[${index}]`));
  for (const [index, item] of (schema.oneOf ?? []).entries()) findings.push(...nested(item, false, `${path}.oneOf[${index}]`));
  if (schema.not) findings.push(...nested(schema.not, false, `${path}.not`));
  if (schema.pattern && !compilePattern(schema.pattern)) findings.push(invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${goRegexProblem(schema.pattern)}`));
  return findings;
}

/** The most frequent ways in which a pattern is none, in Go's words. */
function goRegexProblem(pattern: string): string {
  const lookaround = /\(\?<?[=!]/.exec(pattern);
  if (lookaround) return `error parsing regexp: invalid or unsupported Perl syntax: \`${lookaround[0].slice(0, 3)}\``;
  const open = pattern.replaceAll(/\\./g, '');
  if (open.split('[').length > open.split(']').length) return `error parsing regexp: missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``;
  if (open.split('(').length > open.split(')').length) return `error parsing regexp: missing closing ): \`${pattern}\``;
  if (open.split(')').length > open.split('(').length) return `error parsing regexp: unexpected ): \`${pattern}\``;
  const repeat = /^[*+?]/.exec(pattern);
  return repeat ? `error parsing regexp: missing argument to repetition operator: \`${repeat[0]}\`` : `error parsing regexp: invalid escape sequence: \`${/\\./.exec(pattern)?.[0] ?? pattern}\``;
}

/** Words that say something about structure, and what they must be below a junctor. */
const STRUCTURE: readonly (readonly [name: string, rule: string])[] = [
  ['type', 'must be empty to be structural'], ['additionalProperties', 'must be undefined to be structural'], ['default', 'must be undefined to be structural'], ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'], ['nullable', 'must be false to be structural'], ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'], ['x-kubernetes-int-or-string', 'must be false to be structural'], ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'], ['x-kubernetes-map-type', 'must be undefined to be structural'], ['x-kubernetes-validations', 'must be empty to be structural'],
];

function nested(schema: JsonSchema, skipAnyOf: boolean, path: string): FieldError[] {
  const findings = valueValidation(schema, skipAnyOf, false, path);
  if (schema.items) findings.push(...nested(schema.items, false, `${path}.items`));
  for (const [key, property] of Object.entries(schema.properties ?? {})) findings.push(...nested(property, false, `${path}.properties[${key}]`));
  for (const [name, rule] of STRUCTURE) {
    const value = schema[name];
    const isSet = value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
    if (isSet) findings.push(forbidden(`${path}.${name}`, rule));
  }
  if (propertyOf(schema, 'metadata')) findings.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  return findings;
}

/** What a junctor talks about must be declared outside of it. models schema: validateStructuralCompleteness */
function completeness(schema: JsonSchema, path: string): FieldError[] {
  return junctors(schema, path).flatMap(([junctor, at]) => missing(schema, junctor, path, at));
}

function junctors(schema: JsonSchema, path: string): (readonly [JsonSchema, string])[] {
  const list = (name: 'allOf' | 'anyOf' | 'oneOf'): (readonly [JsonSchema, string])[] => (schema[name] ?? []).map((item, index) => [item, `${path}.${name}[${index}]`] as const);
  return [...(schema.not ? [[schema.not, `${path}.not`] as const] : []), ...list('allOf'), ...list('anyOf'), ...list('oneOf')];
}

function missing(declared: JsonSchema | undefined, used: JsonSchema, path: string, usedAt: string): FieldError[] {
  if (!declared) return [required(path, `because it is defined in ${usedAt}`)];
  return [
    ...junctors(used, usedAt).flatMap(([junctor, at]) => missing(declared, junctor, path, at)),
    ...(used.items ? missing(declared.items, used.items, `${path}.items`, `${usedAt}.items`) : []),
    ...Object.entries(used.properties ?? {}).flatMap(([key, property]) => missing(propertyOf(declared, key), property, `${path}.properties[${key}]`, `${usedAt}.properties[${key}]`)),
  ];
}
