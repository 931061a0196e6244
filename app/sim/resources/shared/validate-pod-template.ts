import type { LabelSelector, PodTemplateSpec } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { invalid, notSupported, required } from './findings.ts';
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
  if (selector && !isEmptySelector(selector) && findings.length === 0) {
    const labels = template.metadata?.labels;
    if (!selectorFromLabelSelector(selector).matches(labels)) findings.push(invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'));
  }
  findings.push(...validateLabels(template.metadata?.labels, 'spec.template.labels'));
  if (template.spec) {
    findings.push(...validatePodSpec(template.spec, 'spec.template.spec'));
    const policy = template.spec.restartPolicy;
    if (policy && !restartPolicies.includes(policy) && ['Always', 'OnFailure', 'Never'].includes(policy)) findings.push(notSupported('spec.template.spec.restartPolicy', policy, restartPolicies));
  }
  return findings;
}
