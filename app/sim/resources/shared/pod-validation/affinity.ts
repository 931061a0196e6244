import type { Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123LabelProblems, labelValueProblems, qualifiedNameProblems } from '../../../machinery/names.ts';
import { forbidden, invalid, invalidName, required } from '../findings.ts';
import { validateLabelSelector } from '../validate-labels.ts';

const NOT_AN_OPERATOR = 'not a valid selector operator';

/** models pkg/apis/core/validation: validateAffinity */
export function validateAffinity(affinity: Readonly<Affinity> | undefined, at: string): FieldError[] {
  if (!affinity) return [];
  const findings: FieldError[] = [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const needed = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (needed) findings.push(...validateNodeSelector(needed, `${at}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`));
  for (const [index, { weight, preference }] of (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const place = `${at}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    findings.push(...weightFindings(weight, `${place}.weight`), ...validateTerm(preference, `${place}.preference`));
  }
  for (const [name, part] of [['podAffinity', podAffinity], ['podAntiAffinity', podAntiAffinity]] as const) {
    for (const [index, term] of (part?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) findings.push(...validatePodTerm(term, `${at}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`));
    for (const [index, { weight, podAffinityTerm }] of (part?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const place = `${at}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      findings.push(...weightFindings(weight, `${place}.weight`), ...validatePodTerm(podAffinityTerm, `${place}.podAffinityTerm`));
    }
  }
  return findings;
}

function weightFindings(weight: number | undefined, field: string): FieldError[] {
  return (weight ?? 0) < 1 || weight! > 100 ? [invalid(field, weight ?? 0, 'must be in the range 1-100')] : [];
}

/** models ValidateNodeSelector */
export function validateNodeSelector(selector: Readonly<NodeSelector>, at: string): FieldError[] {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(`${at}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateTerm(term, `${at}.nodeSelectorTerms[${index}]`));
}

function validateTerm(term: Readonly<NodeSelectorTerm> | undefined, at: string): FieldError[] {
  return [
    ...(term?.matchExpressions ?? []).flatMap((requirement, index) => validateRequirement(requirement, `${at}.matchExpressions[${index}]`)),
    ...(term?.matchFields ?? []).flatMap((requirement, index) => validateFieldRequirement(requirement, `${at}.matchFields[${index}]`)),
  ];
}

/** models ValidateNodeSelectorRequirement */
function validateRequirement({ key, operator, values = [] }: Readonly<NodeSelectorRequirement>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) findings.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) findings.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) findings.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else findings.push(invalid(`${at}.operator`, operator, NOT_AN_OPERATOR));
  findings.push(...invalidName(`${at}.key`, key, qualifiedNameProblems(key)));
  for (const [index, value] of values.entries()) findings.push(...invalidName(`${at}.values[${index}]`, value, labelValueProblems(value)));
  return findings;
}

function validateFieldRequirement({ key, operator, values = [] }: Readonly<NodeSelectorRequirement>, at: string): FieldError[] {
  const findings: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') findings.push(invalid(`${at}.operator`, operator, NOT_AN_OPERATOR));
  else if (values.length !== 1) findings.push(required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  if (key !== 'metadata.name') findings.push(invalid(`${at}.key`, key, 'not a valid field selector key'));
  return findings;
}

/** models validatePodAffinityTerm */
function validatePodTerm(term: Readonly<PodAffinityTerm> | undefined, at: string): FieldError[] {
  const findings = [...validateLabelSelector(term?.labelSelector, `${at}.labelSelector`), ...validateLabelSelector(term?.namespaceSelector, `${at}.namespaceSelector`)];
  for (const name of term?.namespaces ?? []) findings.push(...invalidName(`${at}.namespace`, name, dns1123LabelProblems(name)));
  const key = term?.topologyKey ?? '';
  return [...findings, ...(key === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : []), ...invalidName(`${at}.topologyKey`, key, qualifiedNameProblems(key))];
}
