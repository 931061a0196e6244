import type { FieldError } from '../../../machinery/field-error.ts';
import { clone, deepEqual } from '../../../machinery/objects.ts';
import { forbidden, invalid, notSupported } from '../../shared/findings.ts';
import { valuesOf, type Json, type JsonSchema } from '../schema/json-schema.ts';
import { prune } from '../schema/prune.ts';
import { checkRules, RuleBudget, type RuleScope } from '../schema/rule-check.ts';
import { validateAgainstSchema } from '../schema/validate.ts';
import { internalSchema } from './internal-form.ts';
import { listAndMapFindings } from './list-and-map.ts';
import { validateStructural } from './structural.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META = new Set(['metadata', 'kind', 'apiVersion']);
/** What a root may say when /status is apart, by Go's names and ours. */
const AT_ROOT: readonly (readonly [string, string])[] = [
  ['Description', 'description'], ['Type', 'type'], ['Format', 'format'], ['Title', 'title'], ['Maximum', 'maximum'], ['ExclusiveMaximum', 'exclusiveMaximum'], ['Minimum', 'minimum'],
  ['ExclusiveMinimum', 'exclusiveMinimum'], ['MaxLength', 'maxLength'], ['MinLength', 'minLength'], ['Pattern', 'pattern'], ['MaxItems', 'maxItems'], ['MinItems', 'minItems'],
  ['UniqueItems', 'uniqueItems'], ['MultipleOf', 'multipleOf'], ['Required', 'required'], ['Items', 'items'], ['Properties', 'properties'], ['ExternalDocs', 'externalDocs'],
  ['Example', 'example'], ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields'], ['XValidations', 'x-kubernetes-validations'],
];
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];

/**
 * The schema of a version.
 *
 * models apiextensions/validation: validateCustomResourceDefinitionValidation
 * @param unchanged the stored definition has the same schema: rules in CEL that it holds are not judged anew.
 */
export function validateSchemaOf(schema: JsonSchema | undefined, path: string, hasStatus: boolean, unchanged: boolean): FieldError[] {
  if (!schema) return [];
  const at = `${path}.openAPIV3Schema`;
  const findings: FieldError[] = [];
  if (hasStatus) findings.push(...rootFindings(schema, at));
  if (schema.nullable) findings.push(forbidden(`${at}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, at);
  const defaults = structural.length > 0 ? [] : validateDefaults(schema, at);
  findings.push(...structural, ...defaults);
  const budget = structural.length + defaults.length === 0 && !unchanged ? new RuleBudget() : undefined;
  const judged = new SchemaJudge(budget).judge(schema, at, { isRoot: true }, budget?.root(schema));
  findings.push(...judged.schema, ...judged.rules, ...(budget?.total(at) ?? []));
  return findings;
}

function rootFindings(schema: JsonSchema, path: string): FieldError[] {
  if (schema.type && schema.type !== 'object') return [invalid(`${path}.type`, schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')];
  const isForeign = Object.keys(schema).some((name) => schema[name] !== undefined && !AT_ROOT.some(([, json]) => json === name));
  if (!isForeign) return [];
  return [invalid(path, internalSchema(schema), `only [${AT_ROOT.map(([go]) => go).join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`)];
}

/** Defaults must fit the schema that they stand in, and hold nothing that would be pruned. models defaulting: ValidateDefaults */
function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (schema.default !== undefined) {
    const at = `${path}.default`;
    const pruned = clone(schema.default);
    if (typeof pruned === 'object' && pruned !== null) prune(pruned as Json, schema, false);
    if (!deepEqual(pruned, schema.default)) findings.push(invalid(at, schema.default, 'must not have unknown fields'));
    else for (const finding of validateAgainstSchema(schema.default, schema)) findings.push({ ...finding, field: finding.field === '<nil>' ? at : `${at}.${finding.field}` });
  }
  for (const [key, property] of Object.entries(schema.properties ?? {})) findings.push(...validateDefaults(property, `${path}.properties[${key}]`));
  if (schema.items) findings.push(...validateDefaults(schema.items, `${path}.items`));
  const values = valuesOf(schema);
  if (values) findings.push(...validateDefaults(values, `${path}.additionalProperties`));
  return findings;
}

interface Place {
  readonly isRoot?: boolean;
  readonly insideMeta?: boolean;
  /** Why nothing here may have a default. */
  readonly noDefaults?: string;
  /** Where the part begins whose old state cannot be told. */
  readonly uncorrelatable?: string;
}

interface Judgement {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

/** models apiextensions/validation: ValidateCustomResourceDefinitionOpenAPISchema */
class SchemaJudge {
  readonly #budget: RuleBudget | undefined;

  constructor(budget: RuleBudget | undefined) {
    this.#budget = budget;
  }

  judge(schema: JsonSchema, path: string, place: Place, scope: RuleScope | undefined): Judgement {
    const judgement: Judgement = { schema: ownFindings(schema, path, place), rules: [] };
    const add = (below: JsonSchema | undefined, at: string, where: Place, inner: RuleScope | undefined): void => {
      if (!below) return;
      const found = this.judge(below, at, { ...where, isRoot: false }, inner);
      judgement.schema.push(...found.schema);
      judgement.rules.push(...found.rules);
    };
    if (schema.uniqueItems) judgement.schema.push(forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
    this.#children(schema, path, place, scope, add);
    for (const name of ['allOf', 'oneOf', 'anyOf'] as const) for (const [index, item] of (schema[name] ?? []).entries()) add(item, `${path}.${name}[${index}]`, place, undefined);
    add(schema.not, `${path}.not`, place, undefined);
    judgement.schema.push(...listAndMapFindings(schema, path));
    const { shape, rules } = checkRules(schema, path, { scope, budget: this.#budget, uncorrelatable: place.uncorrelatable, judgeRules: judgement.schema.length === 0 });
    judgement.schema.push(...shape);
    judgement.rules.push(...rules);
    return judgement;
  }

  #children(schema: JsonSchema, path: string, place: Place, scope: RuleScope | undefined, add: (schema: JsonSchema | undefined, path: string, place: Place, scope: RuleScope | undefined) => void): void {
    const properties = Object.entries(schema.properties ?? {});
    if (schema.additionalProperties !== undefined) {
      const where = place.insideMeta ? { ...place, noDefaults: 'inside additionalProperties applying to object metadata' } : place;
      const values = valuesOf(schema);
      add(values, `${path}.additionalProperties`, where, values && scope?.values(values, schema));
    }
    for (const [name, property] of properties) {
      let where = schema['x-kubernetes-map-type'] === 'atomic' && place.uncorrelatable === undefined ? { ...place, uncorrelatable: path } : place;
      if ((place.isRoot || schema['x-kubernetes-embedded-resource']) && META.has(name)) where = { ...where, insideMeta: true, ...(place.isRoot ? { noDefaults: `in top-level ${name}` } : {}) };
      add(property, `${path}.properties[${name}]`, where, scope?.property(property, name));
    }
    if (schema.items) {
      const where = schema['x-kubernetes-list-type'] !== 'map' && place.uncorrelatable === undefined ? { ...place, uncorrelatable: path } : place;
      add(schema.items, `${path}.items`, where, scope?.items(schema.items, schema));
    }
  }
}

/** models apiextensions/validation: specStandardValidatorV3.validate */
function ownFindings(schema: JsonSchema, path: string, place: Place): FieldError[] {
  const findings: FieldError[] = [];
  if (schema.type && !TYPES.includes(schema.type)) findings.push(notSupported(`${path}.type`, schema.type, TYPES));
  if (schema.default !== undefined && place.noDefaults) findings.push(forbidden(`${path}.default`, `must not be set ${place.noDefaults}`));
  for (const name of UNSUPPORTED) if (schema[name] !== undefined && Object.keys(schema[name] as object).length > 0) findings.push(forbidden(`${path}.${name}`, `${name} is not supported`));
  if (schema.type === 'null') findings.push(forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items)) findings.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  if (place.insideMeta && schema['x-kubernetes-embedded-resource']) findings.push(forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'));
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== true && Object.keys(schema.properties ?? {}).length > 0) {
    findings.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  return findings;
}
