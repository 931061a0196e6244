import type { MatchResources, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../../contracts/k8s/index.ts';
import { BOOL, CelError, fromJson, type Program, type Variables } from '../../../machinery/cel/index.ts';
import { newForbidden } from '../../../machinery/errors.ts';
import { StatusError } from '../../../machinery/status.ts';
import { compilePolicyExpression, compileVariables, policyScope, STRING_OR_NULL, type CompiledVariable, type PolicyExpression } from '../../../resources/admissionregistration/expressions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../../interfaces.ts';
import { isExempt, matchesResources } from './matching.ts';
import { ConfigurationError, paramsOf } from './params.ts';
import { requestVariables, withVariables } from './variables.ts';

const POLICIES = 'validatingadmissionpolicies';
const BINDINGS = 'validatingadmissionpolicybindings';
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };
const MESSAGE_LIMIT = 5120;

interface Denial {
  readonly message: string;
  readonly reason?: string;
}

/** Rules about requests, written in CEL by the cluster's administrators. models plugin/policy/validating */
export const validatingAdmissionPolicies: AdmissionPlugin = {
  name: 'ValidatingAdmissionPolicy',
  handles: (attributes) => !isExempt(attributes),
  validate(attributes, context) {
    const bindings = context.reader.list<ValidatingAdmissionPolicyBinding>(BINDINGS);
    if (bindings.length === 0) return;
    const denials: { readonly text: string; readonly reason: string | undefined }[] = [];
    let base: Record<string, unknown> | undefined;
    for (const policy of context.reader.list<ValidatingAdmissionPolicy>(POLICIES)) {
      const name = policy.metadata!.name!;
      const own = bindings.filter(({ spec }) => spec?.policyName === name);
      if (own.length === 0 || !matchesResources(attributes, policy.spec?.matchConstraints as MatchResources, context.reader)) continue;
      base ??= requestVariables(attributes, context);
      for (const binding of own) {
        if (!matchesResources(attributes, binding.spec?.matchResources as MatchResources, context.reader)) continue;
        const found = judge(policy, binding, attributes, context, base);
        const actions = binding.spec?.validationActions ?? [];
        const who = `ValidatingAdmissionPolicy '${name}' with binding '${binding.metadata!.name!}'`;
        for (const { message, reason } of found) {
          if (actions.includes('Deny')) denials.push({ text: `${who} denied request: ${message}`, reason });
          if (actions.includes('Warn')) attributes.warn(`Validation failed for ${who}: ${message}`);
        }
      }
    }
    if (denials.length > 0) throw refusal(attributes, denials[0]!.text, denials[0]!.reason ?? 'Invalid');
  },
};

/** A refusal that is worded as forbidden, whatever its reason. models validating: dispatcher.Dispatch */
export function refusal({ group, resource, name, object }: AdmissionAttributes, message: string, reason: string): StatusError {
  const { status } = newForbidden({ group, resource }, name || (object?.metadata?.name ?? ''), message);
  return new StatusError({ ...status, reason, code: CODES[reason] ?? 422, details: { ...status.details, causes: [{ message }] } });
}

interface CompiledPolicy {
  readonly conditions: readonly (PolicyExpression & { readonly source: string })[];
  readonly variables: readonly CompiledVariable[];
  readonly validations: readonly { readonly expression: PolicyExpression; readonly message: Program | undefined }[];
}

const compiled = new WeakMap<object, CompiledPolicy>();

function compile(policy: ValidatingAdmissionPolicy): CompiledPolicy {
  const known = compiled.get(policy);
  if (known) return known;
  const { spec } = policy;
  const scope = policyScope({ hasParams: spec?.paramKind !== undefined });
  const conditions = (spec?.matchConditions ?? []).map(({ expression }) => ({ source: expression, ...compilePolicyExpression(expression, scope, [BOOL]) }));
  const variables = compileVariables(spec?.variables, scope);
  const validations = (spec?.validations ?? []).map(({ expression, messageExpression }) => ({
    expression: compilePolicyExpression(expression, scope, [BOOL]),
    message: messageExpression ? compilePolicyExpression(messageExpression, scope, STRING_OR_NULL.slice(0, 1)).program : undefined,
  }));
  const made = { conditions, variables, validations };
  compiled.set(policy, made);
  return made;
}

/** All that a binding has against the request. An expression that fails counts by the policy's failurePolicy. */
function judge(policy: ValidatingAdmissionPolicy, { spec }: ValidatingAdmissionPolicyBinding, attributes: AdmissionAttributes, context: AdmissionContext, base: Record<string, unknown>): Denial[] {
  const ignores = policy.spec?.failurePolicy === 'Ignore';
  const program = compile(policy);
  try {
    return paramsOf(policy.spec?.paramKind, spec?.paramRef, attributes.namespace, context).flatMap((params) => {
      const variables = withVariables({ ...base, params: params === undefined ? null : fromJson(params) }, program.variables);
      const condition = conditionsHold(program, variables);
      if (condition === false) return [];
      if (condition !== true) return ignores ? [] : [{ message: condition }];
      return program.validations.flatMap((_, index) => validate(policy, program, index, variables, ignores));
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return ignores ? [] : [{ message: error.message }];
  }
}

/** False as soon as one is false; a text when none is, and one could not be worked out. */
function conditionsHold({ conditions }: CompiledPolicy, variables: Variables): boolean | string {
  let failure: string | undefined;
  for (const { source, program, problem } of conditions) {
    try {
      if (program?.run(variables) === false) return false;
      failure ??= problem;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= `expression '${source}' resulted in error: ${error.message}`;
    }
  }
  return failure ?? true;
}

function validate(policy: ValidatingAdmissionPolicy, program: CompiledPolicy, index: number, variables: Variables, ignores: boolean): Denial[] {
  const { expression, message } = program.validations[index]!;
  const source = policy.spec!.validations![index]!;
  const reason = source.reason === undefined ? {} : { reason: source.reason };
  try {
    if (!expression.program) throw new CelError(expression.problem ?? '');
    if (expression.program.run(variables) === true) return [];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return ignores ? [] : [{ message: `expression '${source.expression}' resulted in error: ${error.message}` }];
  }
  return [{ message: messageText(message, variables) ?? (source.message?.trim() || `failed expression: ${source.expression.trim()}`), ...reason }];
}

function messageText(message: Program | undefined, variables: Variables): string | undefined {
  try {
    const text = message?.run(variables);
    if (typeof text === 'string' && text.trim() !== '' && text.length <= MESSAGE_LIMIT && !text.trim().includes('\n')) return text.trim();
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
  }
  return undefined;
}

