import type { MatchCondition, ParamKind, Variable } from '../../../contracts/k8s/index.ts';
import { BOOL, compileCel, DYN, INT, isExactType, listOf, mapOf, NULL, objectType, opaque, STRING, typeText, type CelType, type Program, type Scope } from '../../machinery/cel/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { invalid } from '../shared/findings.ts';

const GVK = objectType('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const GVR = objectType('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const USER = objectType('kubernetes.UserInfo', { username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)) });
const REQUEST = objectType('kubernetes.AdmissionRequest', {
  kind: GVK, resource: GVR, subResource: STRING, requestKind: GVK, requestResource: GVR, requestSubResource: STRING, name: STRING, namespace: STRING, operation: STRING, userInfo: USER, dryRun: BOOL, options: DYN, uid: STRING,
});
const NAMESPACE = objectType('kubernetes.Namespace', {
  metadata: objectType('kubernetes.NamespaceMetadata', {
    name: STRING, generateName: STRING, namespace: STRING, labels: mapOf(STRING, STRING), annotations: mapOf(STRING, STRING), UID: STRING, creationTimestamp: STRING, deletionGracePeriodSeconds: INT, deletionTimestamp: STRING, generation: INT, resourceVersion: STRING, finalizers: listOf(STRING),
  }),
  spec: objectType('kubernetes.NamespaceSpec', { finalizers: listOf(STRING) }),
  status: objectType('kubernetes.NamespaceStatus', { phase: STRING }),
});
const AUTHORIZER = opaque('kubernetes.authorization.Authorizer');

/** What expressions of a policy may name. `object`: the type of the objects, dyn while it is not known. */
export interface PolicyScopeOptions {
  readonly hasParams: boolean;
  readonly object?: CelType;
  readonly params?: CelType;
}

/** models apiserver/pkg/admission/plugin/cel: compile.go */
export function policyScope({ hasParams, object = DYN, params = DYN }: PolicyScopeOptions): Map<string, CelType> {
  const scope = new Map<string, CelType>([
    ['object', object], ['oldObject', object], ['request', REQUEST], ['namespaceObject', NAMESPACE], ['authorizer', AUTHORIZER], ['authorizer.requestResource', opaque('kubernetes.authorization.ResourceCheck')],
  ]);
  if (hasParams) scope.set('params', params);
  return scope;
}

/** An expression, or what is wrong with it. */
export interface PolicyExpression {
  readonly program?: Program;
  readonly problem?: string;
}

/** @param wanted what it must come to; nothing in particular when empty. */
export function compilePolicyExpression(source: string, scope: Scope, wanted: readonly CelType[]): PolicyExpression {
  const { program, problem } = compileCel(source, scope);
  if (problem !== undefined) return { problem: `compilation failed: ${problem}` };
  if (wanted.length === 0 || wanted.some((type) => isExactType(program.type, type))) return { program };
  const texts = wanted.map((type) => (type.kind === 'null' ? 'null_type' : typeText(type)));
  return { problem: texts.length === 1 ? `must evaluate to ${texts[0]}` : `must evaluate to one of [${texts.join(' ')}]` };
}

export interface CompiledVariable extends PolicyExpression {
  readonly name: string;
}

/** Each variable sees those before it. The scope gains `variables`. */
export function compileVariables(variables: readonly Variable[] | undefined, scope: Map<string, CelType>): CompiledVariable[] {
  const fields: Record<string, CelType> = {};
  scope.set('variables', { kind: 'object', name: 'kubernetes.variables', field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) });
  return (variables ?? []).map(({ name, expression }) => {
    const compiled = compilePolicyExpression(expression, scope, []);
    fields[name] = compiled.program?.type ?? DYN;
    return { name, ...compiled };
  });
}

export interface PolicyExpressions {
  readonly scope: Scope;
  readonly findings: FieldError[];
}

/** What is wrong with the match conditions and variables of a policy of either kind. */
export function commonFindings(spec: { readonly paramKind?: ParamKind; readonly matchConditions?: readonly MatchCondition[]; readonly variables?: readonly Variable[] }): PolicyExpressions {
  const scope = policyScope({ hasParams: spec.paramKind !== undefined });
  const findings: FieldError[] = [];
  for (const [index, { expression }] of (spec.matchConditions ?? []).entries()) findings.push(...expressionFindings(expression, scope, [BOOL], `spec.matchConditions[${index}].expression`));
  for (const [index, { problem }] of compileVariables(spec.variables, scope).entries()) {
    if (problem !== undefined && spec.variables![index]!.expression?.trim()) findings.push(invalid(`spec.variables[${index}].expression`, spec.variables![index]!.expression, problem));
  }
  return { scope, findings };
}

export function expressionFindings(source: string | undefined, scope: Scope, wanted: readonly CelType[], at: string): FieldError[] {
  if (!source?.trim()) return [];
  const { problem } = compilePolicyExpression(source, scope, wanted);
  return problem === undefined ? [] : [invalid(at, source, problem)];
}

export const STRING_OR_NULL: readonly CelType[] = [STRING, NULL];
