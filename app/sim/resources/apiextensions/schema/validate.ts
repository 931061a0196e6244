import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual, isRecord } from '../../../machinery/objects.ts';
import { formatCheck } from './formats.ts';
import { itemIdentity, mapKeysOf, propertyOf, valuesOf, type Json, type JsonSchema } from './json-schema.ts';
import { validateNumber } from './validate-number.ts';

/** Findings of an error that belongs to no field: how `field.Invalid(nil, …)` prints. */
const NOWHERE = '<nil>';

/**
 * Checks a value against its schema, in the words and the order of the real server.
 *
 * models k8s.io/kube-openapi/pkg/validation/validate: SchemaValidator and apiextensions-apiserver/pkg/apiserver/validation:
 * ValidateCustomResource. With `previous`, what did not change is not refused ("ratcheting").
 */
export function validateAgainstSchema(value: unknown, schema: JsonSchema, previous?: unknown, path = ''): FieldError[] {
  if (previous !== undefined && deepEqual(value, previous)) return [];
  if (value === null || value === undefined) return [...checkType(value, schema, path), ...checkEnum(value, schema, path)];
  return [
    ...checkType(value, schema, path),
    ...checkJunctors(value, schema, path),
    ...(typeof value === 'string' ? checkString(value, schema, path) : []),
    ...(typeof value === 'number' ? validateNumber(value, schema, at(path)) : []),
    ...(Array.isArray(value) ? checkList(value, schema, previous, path) : []),
    ...checkEnum(value, schema, path),
    ...(isRecord(value) ? checkObject(value, schema, previous, path) : []),
  ];
}

const at = (path: string): string => (path === '' ? NOWHERE : path);

/** What errors call the value's place: the root has no name. */
const named = (path: string): string => path;

/** JSON's name of a value's type. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const wanted = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const found = typeOf(value);
  if (wanted.length === 0 || (found === 'null' && schema.nullable)) return [];
  if (wanted.includes(found) || (found === 'integer' && wanted.includes('number'))) {
    if (typeof value === 'string' && formatCheck(schema.format)?.(value) === false) return [wrongFormat(value, schema, path)];
    return [];
  }
  return [{ type: 'TypeInvalid', field: at(path), value: found, detail: `${named(path)} in body must be of type ${wanted.join(',')}: ${JSON.stringify(found)}` }];
}

function wrongFormat(value: string, { format }: JsonSchema, path: string): FieldError {
  return { type: 'TypeInvalid', field: at(path), value, detail: `${named(path)} in body must be of type ${format}: ${JSON.stringify(value)}` };
}

function checkEnum(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  if (!schema.enum || schema.enum.length === 0 || (value === null && schema.nullable)) return [];
  if (schema.enum.some((allowed) => deepEqual(allowed, value))) return [];
  const supported = schema.enum.map((allowed) => JSON.stringify(typeof allowed === 'string' ? allowed : JSON.stringify(allowed))).join(', ');
  return [{ type: 'NotSupported', field: at(path), value, detail: `supported values: ${supported}` }];
}

function checkString(value: string, schema: JsonSchema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength) return [{ type: 'TooLong', field: at(path), detail: `may not be more than ${schema.maxLength} bytes` }];
  const refuse = (detail: string): FieldError => ({ type: 'Invalid', field: at(path), value, detail: `${named(path)} in body ${detail}` });
  if (schema.minLength !== undefined && length < schema.minLength) return [refuse(`should be at least ${schema.minLength} chars long`)];
  if (schema.pattern !== undefined && !matches(schema.pattern, value)) findings.push(refuse(`should match '${schema.pattern}'`));
  return findings;
}

const patterns = new Map<string, RegExp | undefined>();

/** A Go pattern as one of ours; undefined when it is none. */
export function compilePattern(pattern: string): RegExp | undefined {
  if (patterns.has(pattern)) return patterns.get(pattern);
  let compiled: RegExp | undefined;
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const source = (flags ? pattern.slice(flags[0].length) : pattern).replaceAll('(?P<', '(?<').replaceAll('\\z', '$(?![\\s\\S])').replaceAll('\\A', '^');
  for (const mode of ['u', '']) {
    try {
      compiled = new RegExp(source, `${flags?.[1] ?? ''}${mode}`);
      break;
    } catch {
      // Go allows escapes that the strict mode does not: the loose one is tried next.
    }
  }
  patterns.set(pattern, compiled);
  return compiled;
}

function matches(pattern: string, value: string): boolean {
  return compilePattern(pattern)?.test(value) ?? true;
}

function checkList(list: readonly unknown[], schema: JsonSchema, previous: unknown, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const { items, maxItems, minItems } = schema;
  const before = itemsBefore(schema, previous);
  if (items) for (const [index, item] of list.entries()) findings.push(...validateAgainstSchema(item, items, before?.(item), `${path}[${index}]`));
  if (minItems !== undefined && list.length < minItems) findings.push({ type: 'Invalid', field: at(path), value: list.length, detail: `${named(path)} in body should have at least ${minItems} items` });
  if (maxItems !== undefined && list.length > maxItems) findings.push(tooMany(path, list.length, maxItems));
  if (schema.uniqueItems && list.some((item, index) => list.slice(0, index).some((other) => deepEqual(item, other)))) {
    findings.push({ type: 'Invalid', field: at(path), value: '', detail: `${named(path)} in body shouldn't contain duplicates` });
  }
  return findings;
}

const tooMany = (path: string, found: number, limit: number): FieldError => ({ type: 'TooMany', field: at(path), value: found, detail: `must have at most ${limit} items` });

/** Items of the state before can be told apart only in lists with keys. */
function itemsBefore(schema: JsonSchema, previous: unknown): ((item: unknown) => unknown) | undefined {
  const keys = mapKeysOf(schema);
  if (!keys || !Array.isArray(previous)) return undefined;
  const byIdentity = new Map(previous.map((item) => [itemIdentity(item, keys, schema.items), item as unknown]));
  return (item) => byIdentity.get(itemIdentity(item, keys, schema.items));
}

function checkObject(object: Json, schema: JsonSchema, previous: unknown, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const count = Object.keys(object).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) {
    findings.push({ type: 'Invalid', field: at(path), value: count, detail: `${named(path)} in body should have at least ${schema.minProperties} properties` });
  }
  if (schema.maxProperties !== undefined && count > schema.maxProperties) findings.push(tooMany(path, count, schema.maxProperties));
  const values = valuesOf(schema);
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const [key, item] of Object.entries(object)) {
    const own = propertyOf(schema, key) ?? values;
    if (own) findings.push(...validateAgainstSchema(item, own, isRecord(previous) ? previous[key] : undefined, below(key)));
    else if (schema.additionalProperties === false) findings.push({ type: 'Forbidden', field: at(path), detail: `${named(path)}.${key} in body is a forbidden property` });
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(object, key)) findings.push({ type: 'Required', field: below(key), detail: '' });
  return findings;
}

/** allOf, anyOf, oneOf, not. Their own refusals belong to no field. */
function checkJunctors(value: unknown, schema: JsonSchema, path: string): FieldError[] {
  const refuse = (detail: string): FieldError => ({ type: 'Invalid', field: NOWHERE, value: '', detail: `${JSON.stringify(path)} ${detail}` });
  const findings: FieldError[] = [];
  const run = (alternatives: readonly JsonSchema[]): FieldError[][] => alternatives.map((alternative) => validateAgainstSchema(value, alternative, undefined, path));
  const best = (results: readonly FieldError[][]): FieldError[] => results.reduce((least, result) => (result.length < least.length ? result : least));
  if (schema.anyOf && schema.anyOf.length > 0) {
    const results = run(schema.anyOf);
    if (results.every((result) => result.length > 0)) findings.push(refuse('must validate at least one schema (anyOf)'), ...best(results));
  }
  if (schema.oneOf && schema.oneOf.length > 0) {
    const results = run(schema.oneOf);
    const valid = results.filter((result) => result.length === 0).length;
    if (valid === 0) findings.push(refuse('must validate one and only one schema (oneOf). Found none valid'), ...best(results));
    if (valid > 1) findings.push(refuse(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`));
  }
  if (schema.allOf && schema.allOf.length > 0) {
    const results = run(schema.allOf);
    const invalid = results.filter((result) => result.length > 0);
    findings.push(...invalid.flat());
    if (invalid.length > 0) findings.push(refuse(`must validate all the schemas (allOf)${invalid.length === results.length ? '. None validated' : ''}`));
  }
  if (schema.not && validateAgainstSchema(value, schema.not, undefined, path).length === 0) findings.push(refuse('must not validate the schema (not)'));
  return findings;
}
