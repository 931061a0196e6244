import type { ValidatingAdmissionPolicy } from '../../../../contracts/k8s/index.ts';
import { BOOL, STRING } from '../../../machinery/cel/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { duplicate, invalid, notSupported, required } from '../../shared/findings.ts';
import { commonFindings, expressionFindings, STRING_OR_NULL } from '../expressions.ts';
import { FAILURE_POLICIES, validateMatchConditions, validateMatchResources, validateParamKind } from '../match-resources.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

/** models pkg/apis/admissionregistration/validation: validateValidatingAdmissionPolicySpec */
export function validatePolicy({ spec }: Readonly<ValidatingAdmissionPolicy>): FieldError[] {
  const findings: FieldError[] = [];
  if (!FAILURE_POLICIES.includes(spec?.failurePolicy ?? '')) findings.push(spec?.failurePolicy === undefined ? required('spec.failurePolicy') : notSupported('spec.failurePolicy', spec.failurePolicy, FAILURE_POLICIES));
  findings.push(...validateParamKind(spec?.paramKind, 'spec.paramKind'));
  if (!spec?.matchConstraints) findings.push(required('spec.matchConstraints'));
  findings.push(...validateMatchResources(spec?.matchConstraints, 'spec.matchConstraints', true), ...validateMatchConditions(spec?.matchConditions, 'spec.matchConditions'), ...validateVariables(spec?.variables));
  if ((spec?.validations ?? []).length + (spec?.auditAnnotations ?? []).length === 0) {
    findings.push(required('spec.validations', 'validations or auditAnnotations must contain at least one item'), required('spec.auditAnnotations', 'validations or auditAnnotations must contain at least one item'));
  }
  for (const [index, validation] of (spec?.validations ?? []).entries()) {
    const at = `spec.validations[${index}]`;
    if (!validation.expression?.trim()) findings.push(required(`${at}.expression`, 'expression is not specified'));
    const message = validation.message ?? '';
    if (message && message.trim() === '') findings.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (message.trim().includes('\n')) findings.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
    if (validation.reason !== undefined && !REASONS.includes(validation.reason)) findings.push(notSupported(`${at}.reason`, validation.reason, REASONS));
  }
  findings.push(...expressions(spec));
  const keys = new Set<string>();
  for (const [index, annotation] of (spec?.auditAnnotations ?? []).entries()) {
    const at = `spec.auditAnnotations[${index}]`;
    if (!annotation.key) findings.push(required(`${at}.key`));
    else if (keys.has(annotation.key)) findings.push(duplicate(`${at}.key`, annotation.key));
    keys.add(annotation.key);
    if (!annotation.valueExpression?.trim()) findings.push(required(`${at}.valueExpression`));
  }
  return findings;
}

/** They must compile, and come to what is asked of them. */
function expressions(spec: ValidatingAdmissionPolicy['spec']): FieldError[] {
  if (!spec) return [];
  const { scope, findings } = commonFindings(spec);
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    const at = `spec.validations[${index}]`;
    findings.push(...expressionFindings(validation.expression, scope, [BOOL], `${at}.expression`), ...expressionFindings(validation.messageExpression, scope, [STRING], `${at}.messageExpression`));
  }
  for (const [index, annotation] of (spec.auditAnnotations ?? []).entries()) findings.push(...expressionFindings(annotation.valueExpression, scope, STRING_OR_NULL, `spec.auditAnnotations[${index}].valueExpression`));
  return findings;
}

/** models validation: validateVariable */
export function validateVariables(variables: readonly { name: string; expression: string }[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (variables ?? []).flatMap((variable, index): FieldError[] => {
    const at = `spec.variables[${index}]`;
    const findings: FieldError[] = [];
    if (!variable.name?.trim()) findings.push(required(`${at}.name`, 'name is not specified'));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(variable.name)) findings.push(invalid(`${at}.name`, variable.name, 'name is not a valid CEL identifier'));
    else if (names.has(variable.name)) findings.push(duplicate(`${at}.name`, variable.name));
    names.add(variable.name);
    if (!variable.expression?.trim()) findings.push(required(`${at}.expression`, 'expression is not specified'));
    return findings;
  });
}
