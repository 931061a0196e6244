import type { MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from '../../../../contracts/k8s/index.ts';
import { BOOL, CelError, fromJson, toJson, type Variables } from '../../../machinery/cel/index.ts';
import { mergeConfiguration } from '../../../machinery/managed-fields/merge.ts';
import { clone, isRecord } from '../../../machinery/objects.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../../../machinery/patch/json-patch.ts';
import { StatusError } from '../../../machinery/status.ts';
import { compilePolicyExpression, compileVariables, policyScope } from '../../../resources/admissionregistration/expressions.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../../interfaces.ts';
import { isExempt, matchesResources } from './matching.ts';
import { ConfigurationError, paramsOf } from './params.ts';
import { replaceObject } from './replace.ts';
import { refusal } from './validating.ts';
import { requestVariables, withVariables } from './variables.ts';

type Json = Record<string, any>;

/**
 * Changes to objects, written in CEL by the cluster's administrators. A policy that is to be reinvoked runs once more when
 * one after it changed the object.
 *
 * models apiserver/pkg/admission/plugin/policy/mutating
 */
export const mutatingAdmissionPolicies: AdmissionPlugin = {
  name: 'MutatingAdmissionPolicy',
  handles: (attributes) => !isExempt(attributes) && attributes.operation !== 'DELETE' && attributes.operation !== 'CONNECT',
  admit(attributes, context) {
    const bindings = context.reader.list<MutatingAdmissionPolicyBinding>('mutatingadmissionpolicybindings');
    if (bindings.length === 0) return;
    const policies = context.reader.list<MutatingAdmissionPolicy>('mutatingadmissionpolicies');
    const run = (chosen: readonly MutatingAdmissionPolicy[]): MutatingAdmissionPolicy[] => chosen.filter((policy) => mutateBy(policy, bindings, attributes, context));
    const changed = run(policies);
    const last = changed[changed.length - 1];
    const again = last ? policies.slice(0, policies.indexOf(last)).filter(({ spec }) => spec?.reinvocationPolicy === 'IfNeeded') : [];
    if (again.length > 0) run(again);
  },
};

/** True: the object is another one afterwards. */
function mutateBy(policy: MutatingAdmissionPolicy, bindings: readonly MutatingAdmissionPolicyBinding[], attributes: AdmissionAttributes, context: AdmissionContext): boolean {
  const name = policy.metadata!.name!;
  if (!matchesResources(attributes, policy.spec?.matchConstraints as MatchResources, context.reader)) return false;
  let changed = false;
  for (const binding of bindings) {
    if (binding.spec?.policyName !== name || !matchesResources(attributes, binding.spec.matchResources as MatchResources, context.reader)) continue;
    try {
      for (const params of paramsOf(policy.spec?.paramKind, binding.spec.paramRef, attributes.namespace, context)) {
        for (const mutation of policy.spec?.mutations ?? []) changed = mutate(policy, mutation, params, attributes, context) || changed;
      }
    } catch (error) {
      if (!(error instanceof CelError) && !(error instanceof ConfigurationError) && !(error instanceof StatusError)) throw error;
      if (policy.spec?.failurePolicy === 'Ignore') continue;
      throw refusal(attributes, `policy '${name}' with binding '${binding.metadata!.name!}' denied request: ${error.message}`, 'Invalid');
    }
  }
  return changed;
}

function mutate({ spec }: MutatingAdmissionPolicy, mutation: Mutation, params: unknown, attributes: AdmissionAttributes, context: AdmissionContext): boolean {
  const scope = policyScope({ hasParams: spec?.paramKind !== undefined });
  const conditions = (spec?.matchConditions ?? []).map(({ expression }) => compilePolicyExpression(expression, scope, [BOOL]));
  const compiled = compileVariables(spec?.variables, scope);
  const variables = withVariables({ ...requestVariables(attributes, context), params: params === undefined ? null : fromJson(params) }, compiled);
  if (conditions.some(({ program }) => program?.run(variables) === false)) return false;
  const source = mutation.applyConfiguration?.expression ?? mutation.jsonPatch?.expression ?? '';
  const { program, problem } = compilePolicyExpression(source, scope, []);
  if (!program) throw new CelError(problem ?? '');
  const result = toJson(program.run(variables as Variables));
  const before = JSON.stringify(attributes.object);
  const next = mutation.patchType === 'JSONPatch' ? patched(attributes.object as Json, result) : merged(attributes, result, context);
  replaceObject(attributes, next, context);
  return JSON.stringify(attributes.object) !== before;
}

function patched(object: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw new CelError('must evaluate to list(JSONPatch)');
  return applyJsonPatch(clone(object), patch as JsonPatchOperation[]) as Json;
}

function merged({ object, definition }: AdmissionAttributes, configuration: unknown, { schemas }: AdmissionContext): Json {
  if (!isRecord(configuration)) throw new CelError('must evaluate to Object');
  return mergeConfiguration(clone(object), configuration, definition.schema, definition.custom?.schemas ?? schemas) as Json;
}
