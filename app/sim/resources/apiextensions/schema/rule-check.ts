import type { FieldError } from '../../../machinery/field-error.ts';
import { forbidden, invalid, notSupported, required } from '../../shared/findings.ts';
import { internalRule } from '../customresourcedefinition/internal-form.ts';
import type { JsonSchema, ValidationRule } from './json-schema.ts';
import { propertyOf, valuesOf } from './json-schema.ts';
import { estimateCost, largestCount, type Cost } from './rule-cost.ts';
import { rulesOf } from './rule-program.ts';

/** models apiextensions/validation: StaticEstimatedCostLimit and StaticEstimatedCRDCostLimit */
const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;
const MOST_EXPENSIVE = 4;
const ADVICE = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

/** How often a place of the schema can be there in one object, and what its rules see. */
export class RuleScope {
  readonly isRoot: boolean;
  readonly count: number;

  constructor(isRoot: boolean, count: number) {
    this.isRoot = isRoot;
    this.count = count;
  }

  property(_schema: JsonSchema, _name: string): RuleScope {
    return new RuleScope(false, this.count);
  }

  items(items: JsonSchema, list: JsonSchema): RuleScope {
    return new RuleScope(false, this.count * (list.maxItems ?? largestCount(items)));
  }

  values(values: JsonSchema, map: JsonSchema): RuleScope {
    return new RuleScope(false, this.count * (map.maxProperties ?? largestCount(values)));
  }
}

/** How much all rules of a schema may cost together. models apiextensions/validation: CELSchemaContext.TotalCost */
export class RuleBudget {
  #total = 0;
  readonly #costs: { readonly path: string; readonly cost: number }[] = [];

  root(_schema: JsonSchema): RuleScope {
    return new RuleScope(true, 1);
  }

  add(path: string, cost: number): void {
    this.#total += cost;
    if (cost >= SCHEMA_LIMIT / 100) this.#costs.push({ path, cost });
  }

  total(path: string): FieldError[] {
    if (this.#total <= SCHEMA_LIMIT) return [];
    const worst = [...this.#costs].sort((a, b) => b.cost - a.cost).slice(0, MOST_EXPENSIVE);
    return [
      ...worst.map((item) => forbidden(item.path, 'contributed to estimated rule & messageExpression cost total exceeding cost limit for entire OpenAPIv3 schema')),
      forbidden(path, overBudget('x-kubernetes-validations estimated rule & messageExpression cost total for entire OpenAPIv3 schema', this.#total, SCHEMA_LIMIT)),
    ];
  }
}

function overBudget(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  return `${what} exceeds budget by factor of ${text} ${ADVICE}`;
}

export interface RuleContext {
  readonly scope: RuleScope | undefined;
  readonly budget: RuleBudget | undefined;
  readonly uncorrelatable: string | undefined;
  /** False: the schema is wrong, and what rules are about cannot be told. */
  readonly judgeRules: boolean;
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** The rules at one place: how they are written, and whether they compile and are cheap enough. */
export function checkRules(schema: JsonSchema, path: string, context: RuleContext): { shape: FieldError[]; rules: FieldError[] } {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const at = (index: number): string => `${path}.x-kubernetes-validations[${index}]`;
  const shape = rules.flatMap((rule, index) => [...ruleShape(rule, at(index)), ...fieldPathFindings(rule, schema, at(index))]);
  if (rules.length === 0 || shape.length > 0 || !context.judgeRules || !context.scope) return { shape, rules: [] };
  return { shape, rules: rulesOf(schema, context.scope.isRoot).flatMap((_, index) => judge(schema, index, at(index), context)) };
}

function judge(schema: JsonSchema, index: number, at: string, { scope, budget, uncorrelatable }: RuleContext): FieldError[] {
  const findings: FieldError[] = [];
  const { rule, program, problem, message, messageProblem, usesOldSelf } = rulesOf(schema, scope!.isRoot)[index]!;
  const spend = (cost: Cost, part: 'rule' | 'messageExpression', what: string): void => {
    const total = cost.max * scope!.count;
    if (total > RULE_LIMIT) findings.push(forbidden(`${at}.${part}`, overBudget(what, total, RULE_LIMIT)));
    budget?.add(`${at}.${part}`, total);
  };
  if (program) spend(estimateCost(program, schema), 'rule', 'estimated rule cost');
  if (problem !== undefined) findings.push(invalid(`${at}.rule`, internalRule(rule), problem));
  if (messageProblem !== undefined) findings.push(invalid(`${at}.messageExpression`, internalRule(rule), messageProblem));
  if (message) spend(estimateCost(message, schema), 'messageExpression', 'estimated messageExpression cost');
  if (usesOldSelf && uncorrelatable !== undefined) findings.push(invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`));
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) findings.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
  return findings;
}

const LINE_BREAK = /[\n\r]/;

function ruleShape({ rule, message = '', messageExpression = '', reason, fieldPath = '' }: ValidationRule, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (rule.trim() === '') findings.push(required(`${at}.rule`, 'rule is not specified'));
  else if (message !== '' && message.trim() === '') findings.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
  else if (LINE_BREAK.test(message.trim())) findings.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  else if (LINE_BREAK.test(rule.trim()) && message.trim() === '') findings.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
  if (messageExpression !== '' && messageExpression.trim() === '') findings.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
  if (reason !== undefined && !REASONS.includes(reason)) findings.push(notSupported(`${at}.reason`, reason, REASONS));
  if (fieldPath !== '' && fieldPath.trim() === '') findings.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be non-empty if specified'));
  if (LINE_BREAK.test(fieldPath)) findings.push(invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must not contain line breaks'));
  return findings;
}

/** models apiserver/schema/cel: ValidFieldPath */
function fieldPathFindings({ fieldPath }: ValidationRule, schema: JsonSchema, at: string): FieldError[] {
  if (!fieldPath) return [];
  let place: JsonSchema | undefined = schema;
  const steps = fieldPath.match(/\.[^.[]+|\['[^']*'\]/g) ?? [];
  for (const step of steps) {
    const name: string = step.startsWith('.') ? step.slice(1) : step.slice(2, -2);
    place = place && (propertyOf(place, name) ?? valuesOf(place));
  }
  return place && steps.join('') === fieldPath ? [] : [invalid(`${at}.fieldPath`, fieldPath, 'fieldPath must be a valid path')];
}
