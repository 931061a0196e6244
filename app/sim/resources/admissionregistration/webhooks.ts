import type { AdmissionregistrationV1WebhookClientConfig, MutatingWebhook, ValidatingWebhook } from '../../../contracts/k8s/index.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../machinery/names.ts';
import { duplicate, invalid, invalidName, notSupported, required } from '../shared/findings.ts';
import { portFindings } from '../shared/ports.ts';
import { validateLabelSelector } from '../shared/validate-labels.ts';
import { FAILURE_POLICIES, validateMatchConditions, validateRule } from './match-resources.ts';

type Webhook = ValidatingWebhook | MutatingWebhook;

/** models pkg/apis/admissionregistration/v1: SetDefaults_ValidatingWebhook */
export function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
}

/** models pkg/apis/admissionregistration/validation: ValidateValidatingWebhookConfiguration */
export function validateWebhooks(webhooks: readonly Webhook[] | undefined): FieldError[] {
  const names = new Set<string>();
  return (webhooks ?? []).flatMap((webhook, index) => {
    const findings = validateWebhook(webhook, `webhooks[${index}]`);
    findings.push(...validateReviewVersions(webhook.admissionReviewVersions ?? [], `webhooks[${index}].admissionReviewVersions`));
    if (webhook.name && names.has(webhook.name)) findings.push(duplicate(`webhooks[${index}].name`, webhook.name));
    names.add(webhook.name);
    return findings;
  });
}

function validateWebhook(webhook: Readonly<Webhook>, at: string): FieldError[] {
  const findings = qualifiedFindings(webhook.name ?? '', `${at}.name`);
  for (const [index, rule] of (webhook.rules ?? []).entries()) findings.push(...validateRule(rule, `${at}.rules[${index}]`));
  if (webhook.failurePolicy !== undefined && !FAILURE_POLICIES.includes(webhook.failurePolicy)) findings.push(notSupported(`${at}.failurePolicy`, webhook.failurePolicy, FAILURE_POLICIES));
  if (webhook.matchPolicy !== undefined && !['Equivalent', 'Exact'].includes(webhook.matchPolicy)) findings.push(notSupported(`${at}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']));
  const effects = ['None', 'NoneOnDryRun'];
  if (!webhook.sideEffects) findings.push(required(`${at}.sideEffects`, `must specify one of ${effects.join(', ')}`));
  else if (!effects.includes(webhook.sideEffects)) findings.push(notSupported(`${at}.sideEffects`, webhook.sideEffects, effects));
  const seconds = webhook.timeoutSeconds ?? 10;
  if (seconds < 1 || seconds > 30) findings.push(invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'));
  findings.push(...validateLabelSelector(webhook.namespaceSelector, `${at}.namespaceSelector`), ...validateLabelSelector(webhook.objectSelector, `${at}.objectSelector`));
  findings.push(...validateClientConfig(webhook.clientConfig, `${at}.clientConfig`));
  if ('reinvocationPolicy' in webhook && !['IfNeeded', 'Never'].includes(webhook.reinvocationPolicy ?? 'Never')) findings.push(notSupported(`${at}.reinvocationPolicy`, webhook.reinvocationPolicy, ['IfNeeded', 'Never']));
  return [...findings, ...validateMatchConditions(webhook.matchConditions, `${at}.matchConditions`)];
}

/** models apimachinery validation: IsFullyQualifiedName */
function qualifiedFindings(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const findings = invalidName(field, name, dns1123SubdomainProblems(name));
  if (findings.length === 0 && name.split('.').length < 3) findings.push(invalid(field, name, 'should be a domain with at least three segments separated by dots'));
  return findings;
}

/** models apiserver/pkg/util/webhook: ValidateWebhookURL, ValidateWebhookService */
function validateClientConfig(config: Readonly<AdmissionregistrationV1WebhookClientConfig> | undefined, at: string): FieldError[] {
  if ((config?.url === undefined) === (config?.service === undefined)) return [required(at, 'exactly one of url or service is required')];
  if (config?.url !== undefined) return validateUrl(config.url, `${at}.url`);
  const { name, namespace, path, port } = config!.service!;
  const findings: FieldError[] = [];
  if (!name) findings.push(required(`${at}.service.name`, 'service name is required'));
  if (!namespace) findings.push(required(`${at}.service.namespace`, 'service namespace is required'));
  if (port !== undefined) findings.push(...portFindings(`${at}.service.port`, port).map((finding) => ({ ...finding, detail: `port is not valid: ${finding.detail}` })));
  if (path !== undefined && !path.startsWith('/')) findings.push(invalid(`${at}.service.path`, path, "must start with a '/'"));
  return findings;
}

function validateUrl(text: string, field: string): FieldError[] {
  const form = '; desired format: https://host[/path]';
  if (!URL.canParse(text)) return [required(field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request${form}`)];
  const url = new URL(text);
  const findings: FieldError[] = [];
  if (url.protocol !== 'https:') findings.push(invalid(field, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`));
  if (!url.host) findings.push(invalid(field, url.host, `host must be specified${form}`));
  if (url.username) findings.push(invalid(field, url.username, 'user information is not permitted in the URL'));
  if (url.hash) findings.push(invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) findings.push(invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return findings;
}

function validateReviewVersions(versions: readonly string[], field: string): FieldError[] {
  if (versions.length === 0) return [required(field, 'must specify one of v1, v1beta1')];
  const findings: FieldError[] = [];
  for (const [index, version] of versions.entries()) if (versions.indexOf(version) < index) findings.push(duplicate(`${field}[${index}]`, version));
  if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) findings.push(invalid(field, versions, 'must include at least one of v1, v1beta1'));
  return findings;
}
