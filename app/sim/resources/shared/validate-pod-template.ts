import type { LabelSelector, PodSpec, PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { selectorFromLabelSelector, type Labels, type Selector } from '../../machinery/labels.ts';
import { forbidden, invalid, notSupported, required } from './findings.ts';
import { isEmptySelector, validateLabels, validateLabelSelector } from './validate-labels.ts';
import { validatePodSpec } from './validate-pod-spec.ts';

/** Selector and template of a workload. models pkg/apis/apps/validation: ValidatePodTemplateSpecForReplicaSet */
export function validatePodTemplate(selector: LabelSelector | null | undefined, template: PodTemplateSpec | undefined, workload: string, restartPolicies: readonly string[]): FieldError[] {
  const findings: FieldError[] = [];
  if (!selector) findings.push(required('spec.selector'));
  else {
    findings.push(...validateLabelSelector(selector, 'spec.selector'));
    if (isEmptySelector(selector)) findings.push(invalid('spec.selector', {}, `empty selector is invalid for ${workload.toLowerCase()}`));
  }
  if (!template) return [...findings, required('spec.template')];
  if (selector && !isEmptySelector(selector) && findings.length === 0) findings.push(...selectorMatches(selectorFromLabelSelector(selector), template.metadata?.labels));
  findings.push(...validateTemplateContent(template, 'spec.template'));
  const policy = template.spec?.restartPolicy;
  if (policy && !restartPolicies.includes(policy) && ['Always', 'OnFailure', 'Never'].includes(policy)) findings.push(notSupported('spec.template.spec.restartPolicy', policy, restartPolicies));
  return findings;
}

/** The Pods that a workload makes must be its own. */
export function selectorMatches(selector: Selector, labels: Labels, field = 'spec.template.metadata.labels'): FieldError[] {
  return selector.matches(labels) ? [] : [invalid(field, labels ?? null, '`selector` does not match template `labels`')];
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
