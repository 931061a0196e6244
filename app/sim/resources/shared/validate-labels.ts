import type { LabelSelector } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../machinery/names.ts';
import { invalid, forbidden, required } from './findings.ts';

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalid(field, key, problem)),
    ...labelValueProblems(value).map((problem) => invalid(field, value, problem)),
  ]);
}

/** models metav1 validation: ValidateLabelSelector */
export function validateLabelSelector(selector: LabelSelector | null | undefined, field: string): FieldError[] {
  if (!selector) return [];
  const findings = validateLabels(selector.matchLabels, `${field}.matchLabels`);
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const at = `${field}.matchExpressions[${index}]`;
    const hasValues = (expression.values ?? []).length > 0;
    if (expression.operator === 'In' || expression.operator === 'NotIn') {
      if (!hasValues) findings.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (expression.operator === 'Exists' || expression.operator === 'DoesNotExist') {
      if (hasValues) findings.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else {
      findings.push(invalid(`${at}.operator`, expression.operator, 'not a valid selector operator'));
    }
    for (const problem of qualifiedNameProblems(expression.key)) findings.push(invalid(`${at}.key`, expression.key, problem));
  }
  return findings;
}

export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}
