import type { MatchResources, ParamRef } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../machinery/names.ts';
import { forbidden, invalidName, notSupported, required } from '../shared/findings.ts';
import { validateLabelSelector } from '../shared/validate-labels.ts';
import { validateMatchResources } from './match-resources.ts';

interface BindingSpec {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
}

/** What bindings of both kinds of policies share. models validation: validateValidatingAdmissionPolicyBindingSpec */
export function validateBindingSpec(spec: Readonly<BindingSpec> | undefined): FieldError[] {
  const findings: FieldError[] = spec?.policyName ? invalidName('spec.policyName', spec.policyName, dns1123SubdomainProblems(spec.policyName)) : [required('spec.policyName')];
  return [...findings, ...validateParamRef(spec?.paramRef), ...validateMatchResources(spec?.matchResources, 'spec.matchResouces', false)];
}

function validateParamRef(ref: Readonly<ParamRef> | undefined): FieldError[] {
  if (!ref) return [];
  const at = 'spec.paramRef';
  const findings: FieldError[] = [];
  if (ref.name) findings.push(...invalidName(`${at}.name`, ref.name, pathSegmentProblems(ref.name)));
  if (ref.name && ref.selector) findings.push(forbidden(`${at}.name`, 'name and selector are mutually exclusive'));
  if (ref.selector) findings.push(...validateLabelSelector(ref.selector, `${at}.selector`));
  if (!ref.name && !ref.selector) findings.push(required(at, 'one of name or selector must be specified'));
  if (ref.parameterNotFoundAction === undefined) findings.push(required(`${at}.parameterNotFoundAction`));
  else if (!['Allow', 'Deny'].includes(ref.parameterNotFoundAction)) findings.push(notSupported(`${at}.parameterNotFoundAction`, ref.parameterNotFoundAction, ['Allow', 'Deny']));
  return findings;
}

/** The PARAMREF column. */
export function paramRefText(ref: Readonly<ParamRef> | undefined): string {
  if (!ref) return '<unset>';
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`;
  return `${ref.namespace ?? '*'}/<selector>`;
}
