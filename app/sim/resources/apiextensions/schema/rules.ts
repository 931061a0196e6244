import { CelError, Optional } from '../../../machinery/cel/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { deepEqual, isRecord } from '../../../machinery/objects.ts';
import { celValueOf } from './cel-types.ts';
import { itemIdentity, mapKeysOf, propertyOf, valuesOf, type Json, type JsonSchema, type ValidationRule } from './json-schema.ts';
import { rulesOf, type RuleProgram } from './rule-program.ts';

/** Longer messages are refused. models cel: maxMessageLength */
const MESSAGE_LIMIT = 5120;

/**
 * The rules in CEL (`x-kubernetes-validations`) of a schema, applied to an object.
 *
 * models apiextensions-apiserver/pkg/apiserver/schema/cel: Validator.Validate. A rule with oldSelf counts only where the old
 * state can be told; where nothing changed, only such rules count.
 */
export function validateRules(object: Readonly<Json>, previous: Readonly<Json> | undefined, schema: JsonSchema): FieldError[] {
  return walk(object, previous, schema, '', previous !== undefined, true);
}

function walk(value: unknown, previous: unknown, schema: JsonSchema | undefined, path: string, isUpdate: boolean, isRoot = false): FieldError[] {
  if (!schema || value === undefined) return [];
  const findings: FieldError[] = [];
  const isSame = isUpdate && previous !== undefined && deepEqual(value, previous);
  if (value !== null || schema.nullable) {
    for (const program of rulesOf(schema, isRoot)) findings.push(...apply(program, value, previous, schema, path, isRoot, isSame));
  }
  if (Array.isArray(value)) {
    const keys = mapKeysOf(schema);
    const before = keys && Array.isArray(previous) ? new Map(previous.map((item) => [itemIdentity(item, keys, schema.items), item as unknown])) : undefined;
    for (const [index, item] of value.entries()) findings.push(...walk(item, isSame ? item : before?.get(itemIdentity(item, keys!, schema.items)), schema.items, `${path}[${index}]`, isUpdate));
  } else if (isRecord(value)) {
    const values = valuesOf(schema);
    const old = isRecord(previous) ? previous : {};
    for (const key of Object.keys(value).sort()) {
      const property = propertyOf(schema, key);
      const at = property ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`;
      findings.push(...walk(value[key], old[key], property ?? values, at, isUpdate));
    }
  }
  return findings;
}

function apply(program: RuleProgram, value: unknown, previous: unknown, schema: JsonSchema, path: string, isRoot: boolean, isSame: boolean): FieldError[] {
  const { rule } = program;
  const at = path === '' ? '<nil>' : path;
  const refuse = (detail: string, where = at): FieldError => ({ type: 'Invalid', field: where, value: schema.type ?? '', detail });
  if (program.problem !== undefined) return [refuse(`rule compile error: ${program.problem}`)];
  if (program.usesOldSelf && previous === undefined && rule.optionalOldSelf !== true) return [];
  if (isSame && !program.usesOldSelf) return [];
  const self = celValueOf(value, schema, isRoot);
  const old = previous === undefined ? undefined : celValueOf(previous, schema, isRoot);
  const variables = { self, oldSelf: rule.optionalOldSelf === true ? new Optional(old !== undefined, old) : old };
  try {
    if (program.program!.run(variables) === true) return [];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return [refuse(evaluationText(error.message, rule))];
  }
  return [findingOf(rule, messageOf(program, variables), at, value)];
}

const ruleText = ({ message, rule }: ValidationRule): string => (message ?? '').trim() || rule.trim();

function evaluationText(problem: string, rule: ValidationRule): string {
  if (problem.startsWith('no such overload')) return `'${problem}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  if (problem.startsWith('operation cancelled')) return `'${problem}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`;
  return `${problem} evaluating rule: ${ruleText(rule)}`;
}

function messageOf({ rule, message }: RuleProgram, variables: Readonly<Record<string, unknown>>): string {
  try {
    const text = message?.run(variables);
    if (typeof text === 'string' && text.trim() !== '' && text.length <= MESSAGE_LIMIT && !/[\n\r]/.test(text.trim())) return text.trim();
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
  }
  return rule.message?.trim() || `failed rule: ${ruleText(rule)}`;
}

const TYPES: Readonly<Record<string, FieldError['type']>> = { FieldValueForbidden: 'Forbidden', FieldValueRequired: 'Required', FieldValueDuplicate: 'Duplicate', FieldValueInvalid: 'Invalid' };

/** The value is shown when it is a scalar. */
function findingOf({ reason, fieldPath }: ValidationRule, detail: string, at: string, value: unknown): FieldError {
  const type = TYPES[reason ?? 'FieldValueInvalid'] ?? 'Invalid';
  const below = fieldPath?.replace(/^\./, '').replaceAll(/\['([^']*)'\]/g, '[$1]');
  const field = below ? (at === '<nil>' ? below : `${at}${below.startsWith('[') ? '' : '.'}${below}`) : at;
  const isScalar = typeof value !== 'object' || value === null;
  return { type, field, ...(isScalar && (type === 'Invalid' || type === 'Duplicate') ? { value } : {}), detail };
}
