import type { Ids } from '../../../base/clock/index.ts';
import { newInternalError } from '../../machinery/errors.ts';
import { isRecord } from '../../machinery/objects.ts';
import type { CustomResourceDefinition } from '../../resources/apiextensions/customresourcedefinition/types.ts';
import type { ObjectReader } from '../interfaces.ts';
import { callWebhook } from '../webhooks/call.ts';

type Json = Record<string, any>;

const TIMEOUT_MS = 30_000;

/**
 * One object in another version, by the webhook of its definition.
 *
 * models apiextensions-apiserver/pkg/apiserver/conversion: webhookConverter.Convert
 */
export async function convertOverWebhook(crd: CustomResourceDefinition, object: Readonly<Json>, apiVersion: string, ids: Ids, reader: ObjectReader): Promise<Json> {
  const { clientConfig, conversionReviewVersions = ['v1'] } = crd.spec.conversion?.webhook ?? {};
  const { group, names } = crd.spec;
  const [from] = [String(object['apiVersion'])];
  const failed = (problem: string): Error => newInternalError(`conversion webhook for ${from}, Kind=${names.kind} failed: ${problem}`);
  const version = conversionReviewVersions.find((candidate) => candidate === 'v1' || candidate === 'v1beta1') ?? 'v1';
  const uid = ids.uuid();
  const review = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${version}`, request: { uid, desiredAPIVersion: apiVersion, objects: [object] } };
  let answer: unknown;
  try {
    answer = await callWebhook(clientConfig ?? {}, review, TIMEOUT_MS, reader);
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
  const response = isRecord(answer) ? (answer['response'] as Json | undefined) : undefined;
  if (!response) throw failed(`expected ConversionReview object with a response from webhook ${group}`);
  if (response['uid'] !== uid) throw failed(`expected response.uid="${uid}", got "${String(response['uid'] ?? '')}"`);
  const { result, convertedObjects } = response as { result?: { status?: string; message?: string }; convertedObjects?: Json[] };
  if (result?.status !== 'Success') throw failed(result?.message || 'response.result.status was not Success and no message was given');
  if (convertedObjects?.length !== 1) throw failed(`webhook returned ${convertedObjects?.length ?? 0} objects, expected 1`);
  const [converted] = convertedObjects as [Json];
  if (converted['apiVersion'] !== apiVersion) throw failed(`webhook returned invalid converted object at index 0: invalid groupVersion, expected ${apiVersion}, got ${String(converted['apiVersion'])}`);
  if (converted['kind'] !== object['kind']) throw failed(`webhook returned invalid converted object at index 0: invalid kind, expected ${String(object['kind'])}, got ${String(converted['kind'])}`);
  return { ...converted, metadata: keptMetadata(object['metadata'] as Json, (converted['metadata'] ?? {}) as Json) };
}

/** Of metadata a webhook changes labels and annotations only. models conversion: restoreObjectMeta */
function keptMetadata(original: Json, converted: Json): Json {
  const { labels, annotations } = converted;
  const { labels: _, annotations: __, ...rest } = original;
  return { ...rest, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
}
