import { BOOL, compileCel, isExactType, STRING, typeText, type CelType, type Program, type Scope } from '../../../machinery/cel/index.ts';
import { celTypeOf } from './cel-types.ts';
import type { JsonSchema, ValidationRule } from './json-schema.ts';

/** A rule that was read. `usesOldSelf`: it is about a change. */
export interface RuleProgram {
  readonly rule: ValidationRule;
  readonly program?: Program;
  readonly problem?: string;
  readonly message?: Program;
  readonly messageProblem?: string;
  readonly usesOldSelf: boolean;
}

const compiled = new WeakMap<JsonSchema, readonly RuleProgram[]>();

/** The rules at a place of a schema, read once. models apiextensions-apiserver/pkg/apiserver/schema/cel: Compile */
export function rulesOf(schema: JsonSchema, isRoot: boolean): readonly RuleProgram[] {
  let rules = compiled.get(schema);
  if (!rules) compiled.set(schema, (rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => compileRule(rule, celTypeOf(schema, isRoot)))));
  return rules;
}

function compileRule(rule: ValidationRule, self: CelType | undefined): RuleProgram {
  if (!self) return { rule, usesOldSelf: false, problem: 'internal error: failed to retrieve type information for x-kubernetes-validations' };
  const oldSelf: CelType = rule.optionalOldSelf === true ? { kind: 'optional', of: self } : self;
  const scope: Scope = new Map([['self', self], ['oldSelf', oldSelf]]);
  const { program, problem } = compileCel(rule.rule, scope);
  const usesOldSelf = /\boldSelf\b/.test(rule.rule.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g, ''));
  if (problem !== undefined) return { rule, usesOldSelf, problem: `compilation failed: ${problem}` };
  if (!isExactType(program.type, BOOL)) return { rule, usesOldSelf, problem: 'cel expression must evaluate to a bool' };
  return { rule, usesOldSelf, program, ...compileMessage(rule, scope) };
}

function compileMessage({ messageExpression }: ValidationRule, scope: Scope): Pick<RuleProgram, 'message' | 'messageProblem'> {
  if (!messageExpression || messageExpression.trim() === '') return {};
  const { program, problem } = compileCel(messageExpression, scope);
  if (problem !== undefined) return { messageProblem: `messageExpression compilation failed: ${problem}` };
  return typeText(program.type) === typeText(STRING) ? { message: program } : { messageProblem: 'messageExpression must evaluate to a string' };
}
