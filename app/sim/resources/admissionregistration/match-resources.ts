import type { MatchCondition, MatchResources, NamedRuleWithOperations, ParamKind } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { qualifiedNameProblems } from '../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from '../shared/findings.ts';
import { validateLabelSelector } from '../shared/validate-labels.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const MATCH_POLICIES = ['Equivalent', 'Exact'];
export const FAILURE_POLICIES = ['Fail', 'Ignore'];

/** What a policy looks at, as far as it was said. models pkg/apis/admissionregistration/v1: SetDefaults_MatchResources */
export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

/** models validation: validateMatchResources */
export function validateMatchResources(match: Readonly<MatchResources> | undefined, at: string, needsRules: boolean): FieldError[] {
  if (!match) return [];
  const findings: FieldError[] = [];
  if (match.matchPolicy !== undefined && !MATCH_POLICIES.includes(match.matchPolicy)) findings.push(notSupported(`${at}.matchPolicy`, match.matchPolicy, MATCH_POLICIES));
  findings.push(...validateLabelSelector(match.namespaceSelector, `${at}.namespaceSelector`), ...validateLabelSelector(match.objectSelector, `${at}.objectSelector`));
  if (needsRules && (match.resourceRules ?? []).length === 0) findings.push(required(`${at}.resourceRules`));
  for (const [index, rule] of (match.resourceRules ?? []).entries()) findings.push(...validateRule(rule, `${at}.resourceRules[${index}]`));
  for (const [index, rule] of (match.excludeResourceRules ?? []).entries()) findings.push(...validateRule(rule, `${at}.excludeResourceRules[${index}]`));
  return findings;
}

/** models validation: validateRuleWithOperations, validateRule */
export function validateRule(rule: Readonly<NamedRuleWithOperations>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  const operations = rule.operations ?? [];
  if (operations.length === 0) findings.push(required(`${at}.operations`));
  if (operations.length > 1 && operations.includes('*')) findings.push(invalid(`${at}.operations`, operations, "if '*' is present, must not specify other operations"));
  for (const [index, operation] of operations.entries()) if (!OPERATIONS.includes(operation)) findings.push(notSupported(`${at}.operations[${index}]`, operation, OPERATIONS));
  for (const [field, what] of [['apiGroups', 'API groups'], ['apiVersions', 'API versions']] as const) {
    const values = rule[field] ?? [];
    if (values.length === 0) findings.push(required(`${at}.${field}`));
    if (values.length > 1 && values.includes('*')) findings.push(invalid(`${at}.${field}`, values, `if '*' is present, must not specify other ${what}`));
    if (field === 'apiVersions') for (const [index, version] of values.entries()) if (version === '') findings.push(required(`${at}.apiVersions[${index}]`));
  }
  findings.push(...validateResources(rule.resources ?? [], `${at}.resources`));
  if (rule.scope !== undefined && !SCOPES.includes(rule.scope)) findings.push(notSupported(`${at}.scope`, rule.scope, SCOPES));
  return findings;
}

/** models validation: validateResources */
function validateResources(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [required(field)];
  const findings: FieldError[] = [];
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  for (const [index, text] of resources.entries()) {
    const [resource = '', subresource] = text.split('/');
    if (text === '') findings.push(required(`${field}[${index}]`));
    if (text === '*/*') findings.push(...(resources.length > 1 ? [invalid(field, resources, "if '*/*' is present, must not specify other resources")] : []));
    if (subresource !== undefined && whole.has(resource)) findings.push(invalid(`${field}[${index}]`, text, `if '${resource}/*' is present, must not specify ${text}`));
    if (subresource !== undefined && everywhere.has(subresource)) findings.push(invalid(`${field}[${index}]`, text, `if '*/${subresource}' is present, must not specify ${text}`));
    if (subresource === '*') whole.add(resource);
    if (resource === '*' && subresource !== undefined) everywhere.add(subresource);
  }
  if (resources.includes('*') && resources.some((text) => text !== '*' && !text.includes('/'))) findings.push(invalid(field, resources, "if '*' is present, must not specify other resources without subresources"));
  return findings;
}

/** Their expressions are compiled by whoever runs them. models validation: validateMatchConditions */
export function validateMatchConditions(conditions: readonly MatchCondition[] | undefined, at: string): FieldError[] {
  const findings: FieldError[] = [];
  const names = new Set<string>();
  if ((conditions ?? []).length > 64) findings.push({ type: 'TooMany', field: at, value: conditions!.length, detail: 'must have at most 64 items' });
  for (const [index, { name, expression }] of (conditions ?? []).entries()) {
    if (!expression?.trim()) findings.push(required(`${at}[${index}].expression`));
    if (!name) findings.push(required(`${at}[${index}].name`));
    else findings.push(...invalidName(`${at}[${index}].name`, name, qualifiedNameProblems(name)));
    if (name && names.has(name)) findings.push(duplicate(`${at}[${index}].name`, name));
    names.add(name);
  }
  return findings;
}

/** models validation: validateParamKind */
export function validateParamKind(kind: Readonly<ParamKind> | undefined, at: string): FieldError[] {
  if (!kind) return [];
  const findings: FieldError[] = [];
  if (!kind.apiVersion) findings.push(required(`${at}.apiVersion`));
  else if (kind.apiVersion.split('/').length > 2) findings.push(invalid(`${at}.apiVersion`, kind.apiVersion, `unexpected GroupVersion string: ${kind.apiVersion}`));
  if (!kind.kind) findings.push(required(`${at}.kind`));
  return findings;
}

/** `Kind.apiVersion`: the PARAMKIND column. */
export function paramKindText(kind: Readonly<ParamKind> | undefined): string {
  return kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>';
}
