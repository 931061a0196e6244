import type { MatchCondition, MutatingWebhook, MutatingWebhookConfiguration, NamedRuleWithOperations, ValidatingWebhook, ValidatingWebhookConfiguration } from '../../../contracts/k8s/index.ts';
import { BOOL, CelError } from '../../machinery/cel/index.ts';
import { newBadRequest, newInternalError } from '../../machinery/errors.ts';
import { clone, isRecord } from '../../machinery/objects.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../../machinery/patch/json-patch.ts';
import { StatusError } from '../../machinery/status.ts';
import { compilePolicyExpression, policyScope } from '../../resources/admissionregistration/expressions.ts';
import { isExempt, matchesNamespace, matchesObject, matchesRule } from '../admission/policy/matching.ts';
import { replaceObject } from '../admission/policy/replace.ts';
import { admissionRequest, requestVariables } from '../admission/policy/variables.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../interfaces.ts';
import { callWebhook, type ClientConfig } from './call.ts';

type Json = Record<string, any>;
type Webhook = MutatingWebhook | ValidatingWebhook;

/** models apiserver/pkg/admission/plugin/webhook/mutating */
export const mutatingWebhooks: AdmissionPlugin = {
  name: 'MutatingAdmissionWebhook',
  handles: (attributes) => !isExempt(attributes) && attributes.operation !== 'DELETE',
  admit(attributes, context) {
    const webhooks = context.reader.list<MutatingWebhookConfiguration>('mutatingwebhookconfigurations').flatMap(({ webhooks: own }) => own ?? []);
    return webhooks.length === 0 ? undefined : askInTurn(webhooks, attributes, context, true);
  },
};

/** models apiserver/pkg/admission/plugin/webhook/validating */
export const validatingWebhooks: AdmissionPlugin = {
  name: 'ValidatingAdmissionWebhook',
  handles: (attributes) => !isExempt(attributes),
  validate(attributes, context) {
    const webhooks = context.reader.list<ValidatingWebhookConfiguration>('validatingwebhookconfigurations').flatMap(({ webhooks: own }) => own ?? []);
    return webhooks.length === 0 ? undefined : askInTurn(webhooks, attributes, context, false);
  },
};

async function askInTurn(webhooks: readonly Webhook[], attributes: AdmissionAttributes, context: AdmissionContext, mutates: boolean): Promise<void> {
  for (const webhook of webhooks) if (concerns(webhook, attributes, context)) await ask(webhook, attributes, context, mutates);
}

/** models webhook/generic: Webhook.ShouldCallHook */
function concerns(webhook: Webhook, attributes: AdmissionAttributes, context: AdmissionContext): boolean {
  if (!(webhook.rules ?? []).some((rule) => matchesRule(attributes, rule as NamedRuleWithOperations))) return false;
  if (!matchesNamespace(attributes, webhook.namespaceSelector, context.reader) || !matchesObject(attributes, webhook.objectSelector)) return false;
  return conditionsHold(webhook, attributes, context);
}

/** One that is false decides; one that fails counts by the failure policy. */
function conditionsHold({ name, matchConditions, failurePolicy }: Webhook, attributes: AdmissionAttributes, context: AdmissionContext): boolean {
  if (!matchConditions || matchConditions.length === 0) return true;
  const scope = policyScope({ hasParams: false });
  const variables = requestVariables(attributes, context);
  let failure: string | undefined;
  for (const { expression } of matchConditions as MatchCondition[]) {
    const { program, problem } = compilePolicyExpression(expression, scope, [BOOL]);
    try {
      if (program?.run(variables) === false) return false;
      failure ??= problem;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failure ??= `expression '${expression}' resulted in error: ${error.message}`;
    }
  }
  if (failure === undefined) return true;
  if (failurePolicy === 'Ignore') return false;
  throw newInternalError(`failed to evaluate match conditions of webhook ${JSON.stringify(name)}: ${failure}`);
}

async function ask(webhook: Webhook, attributes: AdmissionAttributes, context: AdmissionContext, mutates: boolean): Promise<void> {
  const { name, clientConfig, sideEffects, timeoutSeconds = 10, admissionReviewVersions } = webhook;
  if (attributes.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') throw newBadRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const version = admissionReviewVersions.find((candidate) => candidate === 'v1' || candidate === 'v1beta1') ?? 'v1';
  const uid = context.ids.uuid();
  const review = { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: { uid, ...admissionRequest(attributes), object: attributes.object ?? null, oldObject: attributes.previous ?? null } };
  let response: Json;
  try {
    response = responseOf(await callWebhook(clientConfig as ClientConfig, review, timeoutSeconds * 1000, context.reader), uid, version, mutates);
  } catch (error) {
    if (webhook.failurePolicy === 'Ignore') return;
    throw newInternalError(`failed calling webhook ${JSON.stringify(name)}: ${error instanceof ResponseError ? '' : 'failed to call webhook: '}${(error as Error).message}`);
  }
  for (const warning of (response['warnings'] ?? []) as string[]) attributes.warn(warning);
  if (response['allowed'] !== true) throw denial(name, response['status'] as Json | undefined);
  if (mutates && response['patch']) applyPatch(name, response, attributes, context);
}

/** The webhook answered, but not what a webhook may answer. */
class ResponseError extends Error {}

/** models webhook/request: VerifyAdmissionResponse */
function responseOf(answer: unknown, uid: string, version: string, mutates: boolean): Json {
  const review = isRecord(answer) ? answer : {};
  const response = review['response'] as Json | undefined;
  if (!response) throw new ResponseError('webhook response was absent');
  if (version === 'v1') {
    if (response['uid'] !== uid) throw new ResponseError(`expected response.uid="${uid}", got "${String(response['uid'] ?? '')}"`);
    if (review['apiVersion'] !== 'admission.k8s.io/v1' || review['kind'] !== 'AdmissionReview') throw new ResponseError(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${String(review['apiVersion'] ?? '')}, Kind=${String(review['kind'] ?? '')}`);
    if (response['patch'] && !mutates) throw new ResponseError('webhook response.patch may not be set');
    if (response['patch'] && response['patchType'] !== 'JSONPatch') throw new ResponseError(`webhook returned response.patch but not response.patchType`);
  }
  return response;
}

/** models webhook/errors: ToStatusErr */
function denial(name: string, status: Json | undefined): StatusError {
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const message = status?.['message'] ? `${by}: ${status['message']}` : status?.['reason'] ? `${by}: ${status['reason']}` : `${by} without explanation`;
  const code = typeof status?.['code'] === 'number' && status['code'] >= 400 ? status['code'] : 400;
  const { reason, details } = (status ?? {}) as { reason?: string; details?: object };
  return new StatusError({ message, ...(reason ? { reason } : {}), ...(details ? { details } : {}), code });
}

function applyPatch(name: string, response: Json, attributes: AdmissionAttributes, context: AdmissionContext): void {
  let patched: unknown;
  try {
    patched = applyJsonPatch(clone(attributes.object), JSON.parse(Buffer.from(response['patch'] as string, 'base64').toString('utf8')) as JsonPatchOperation[]);
  } catch (error) {
    throw newInternalError(`failed applying patch of webhook ${JSON.stringify(name)}: ${(error as Error).message}`);
  }
  replaceObject(attributes, patched as Json, context);
}
