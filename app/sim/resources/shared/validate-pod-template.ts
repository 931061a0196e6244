import type { LabelSelector, PodSpec, PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { selectorFromLabelSelector, type Labels, type Selector } from '../../machinery/labels.ts';
import { forbidden, invalid, notSupported, required } from './findings.ts';
import { isEmptySelector, validateLabels, validateLabelSelector } from './validate-labels.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

const OPERATORS = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

/** Selector and template of a workload. models pkg/apis/apps/validation: ValidatePodTemplateSpecForReplicaSet */
export function validatePodTemplate(selector: LabelSelector | null | undefined, template: PodTemplateSpec | undefined, workload: string, restartPolicies: readonly string[]): FieldError[] {
  const findings: FieldError[] = [];
  if (!selector) findings.push(required('spec.selector'));
  else {
    findings.push(...validateLabelSelector(selector, 'spec.selector'));
    if (isEmptySelector(selector)) findings.push(invalid('spec.selector', {}, `empty selector is invalid for ${workload.toLowerCase()}`));
  }
  // A selector that cannot be read selects nothing; the template is then not looked at. One that is missing matches no label.
  const isUnreadable = selector?.matchExpressions?.some(({ operator, values = [] }) => !OPERATORS.has(operator) || (operator.endsWith('In') ? values.length === 0 : values.length > 0));
  if (isUnreadable) return [...findings, invalid('spec.selector', selector, 'invalid label selector')];
  if (!template) return [...findings, required('spec.template')];
  if (!selector || !isEmptySelector(selector)) findings.push(...selectorMatches(selectorFromLabelSelector(selector ?? undefined), template.metadata?.labels));
  findings.push(...validateTemplateContent(template, 'spec.template'));
  const policy = template.spec?.restartPolicy;
  if (policy && !restartPolicies.includes(policy) && ['Always', 'OnFailure', 'Never'].includes(policy)) findings.push(notSupported('spec.template.spec.restartPolicy', policy, restartPolicies));
  if (template.spec?.activeDeadlineSeconds !== undefined) findings.push(forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in ReplicaSet is not Supported'));
  return findings;
}

/** The Pods that a workload makes must be its own. */
export function selectorMatches(selector: Selector, labels: Labels, field = 'spec.template.metadata.labels'): FieldError[] {
  return selector.matches(labels) ? [] : [invalid(field, labels ? Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))) : null, '`selector` does not match template `labels`')];
}

/** models pkg/apis/core/validation: ValidatePodTemplateSpec */
export function validateTemplateContent(template: Readonly<PodTemplateSpec>, field: string): FieldError[] {
  return [...validateLabels(template.metadata?.labels, `${field}.labels`), ...(template.spec ? validatePodSpec(template.spec, `${field}.spec`) : [])];
}

/** What a template whose Pods shall run for good must not say. */
export function validateRunsForGood(spec: Readonly<PodSpec> | undefined, kind: string, field = 'spec.template.spec'): FieldError[] {
  return [
    ...(spec?.restartPolicy && spec.restartPolicy !== 'Always' ? [notSupported(`${field}.restartPolicy`, spec.restartPolicy, ['Always'])] : []),
    ...(spec?.activeDeadlineSeconds === undefined ? [] : [forbidden(`${field}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}
