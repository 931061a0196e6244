import type { FlowcontrolV1Subject, FlowSchema, NonResourcePolicyRule, ResourcePolicyRule } from '../../../../contracts/k8s/index.ts';
import type { FieldError } from '../../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const NON_RESOURCE_VERBS = ['connect', 'delete', 'get', 'head', 'options', 'patch', 'post', 'put', 'trace'];

/** models pkg/apis/flowcontrol/validation: ValidateFlowSchema */
export function validateFlowSchema({ metadata, spec }: Readonly<FlowSchema>): FieldError[] {
  if (!spec) return [];
  const findings: FieldError[] = [];
  const precedence = spec.matchingPrecedence ?? 0;
  if (precedence <= 0) findings.push(invalid('spec.matchingPrecedence', precedence, 'must be a positive value'));
  if (precedence > 10_000) findings.push(invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'));
  if (precedence === 1 && metadata?.name !== 'exempt') findings.push(invalid('spec.matchingPrecedence', 1, "only the schema named 'exempt' may have matchingPrecedence 1"));
  const method = spec.distinguisherMethod?.type;
  if (spec.distinguisherMethod && method !== 'ByNamespace' && method !== 'ByUser') findings.push(notSupported('spec.distinguisherMethod', { Type: method ?? '' }, ['ByNamespace', 'ByUser']));
  const level = spec.priorityLevelConfiguration?.name ?? '';
  if (level) findings.push(...invalidName('spec.priorityLevelConfiguration.name', level, dns1123SubdomainProblems(level)));
  else findings.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    const at = `spec.rules[${index}]`;
    if ((rule.subjects ?? []).length === 0) findings.push(required(`${at}.subjects`, 'subjects must contain at least one value'));
    for (const [subjectIndex, subject] of (rule.subjects ?? []).entries()) findings.push(...validateSubject(subject, `${at}.subjects[${subjectIndex}]`));
    if ((rule.resourceRules ?? []).length + (rule.nonResourceRules ?? []).length === 0) findings.push(required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
    for (const [ruleIndex, one] of (rule.resourceRules ?? []).entries()) findings.push(...validateResourceRule(one, `${at}.resourceRules[${ruleIndex}]`));
    for (const [ruleIndex, one] of (rule.nonResourceRules ?? []).entries()) findings.push(...validateNonResourceRule(one, `${at}.nonResourceRules[${ruleIndex}]`));
  }
  return findings;
}

function validateSubject(subject: Readonly<FlowcontrolV1Subject>, at: string): FieldError[] {
  const given = { ServiceAccount: subject.serviceAccount, User: subject.user, Group: subject.group };
  if (!Object.hasOwn(given, subject.kind)) return [notSupported(`${at}.kind`, subject.kind, ['Group', 'ServiceAccount', 'User'])];
  const field = (kind: string): string => `${at}.${kind[0]!.toLowerCase()}${kind.slice(1)}`;
  const wanted = subject.kind as keyof typeof given;
  const findings: FieldError[] = [];
  if (!given[wanted]) findings.push(required(field(wanted), `${field(wanted).split('.').at(-1)} is required when subject kind is '${wanted}'`));
  else if (!given[wanted].name) findings.push(required(`${field(wanted)}.name`));
  if (subject.serviceAccount && subject.kind === 'ServiceAccount' && !subject.serviceAccount.namespace) findings.push(required(`${at}.serviceAccount.namespace`, 'must specify namespace for service account'));
  for (const [kind, value] of Object.entries(given)) if (kind !== wanted && value) findings.push(forbidden(field(kind), `${field(kind).split('.').at(-1)} is forbidden when subject kind is not '${kind}'`));
  return findings;
}

const onlyWildcard = (values: readonly string[]): boolean => !values.includes('*') || values.length === 1;

function validateResourceRule(rule: Readonly<ResourcePolicyRule>, at: string): FieldError[] {
  const findings = verbFindings(rule.verbs ?? [], VERBS, `${at}.verbs`);
  for (const [field, what] of [['apiGroups', 'api group'], ['resources', 'resource']] as const) {
    const values = rule[field] ?? [];
    if (values.length === 0) findings.push(required(`${at}.${field}`, `resource rules must supply at least one ${what}`));
    else if (!onlyWildcard(values)) findings.push(invalid(`${at}.${field}`, values, `if '*' is present, must not specify other ${field === 'apiGroups' ? 'api groups' : 'resources'}`));
  }
  const namespaces = rule.namespaces ?? [];
  if (namespaces.length === 0 && !rule.clusterScope) findings.push(required(`${at}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'));
  else if (!onlyWildcard(namespaces)) findings.push(invalid(`${at}.namespaces`, namespaces, "if '*' is present, must not specify other namespaces"));
  return findings;
}

function validateNonResourceRule(rule: Readonly<NonResourcePolicyRule>, at: string): FieldError[] {
  const findings = verbFindings(rule.verbs ?? [], NON_RESOURCE_VERBS, `${at}.verbs`);
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length === 0) findings.push(required(`${at}.nonResourceURLs`, 'nonResourceURLs must contain at least one value'));
  else if (!onlyWildcard(urls)) findings.push(invalid(`${at}.nonResourceURLs`, urls, "if '*' is present, must not specify other non-resource URLs"));
  for (const [index, url] of urls.entries()) if (url !== '*' && !url.startsWith('/')) findings.push(invalid(`${at}.nonResourceURLs[${index}]`, url, "must start with slash"));
  return findings;
}

function verbFindings(verbs: readonly string[], known: readonly string[], field: string): FieldError[] {
  if (verbs.length === 0) return [required(field, 'verbs must contain at least one value')];
  if (!onlyWildcard(verbs)) return [invalid(field, verbs, "if '*' is present, must not specify other verbs")];
  return verbs[0] === '*' || verbs.every((verb) => known.includes(verb)) ? [] : [notSupported(field, verbs, known)];
}
