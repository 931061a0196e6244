import { newBadRequest, newConflict, newInvalid, newUnsupportedMediaType } from '../../machinery/errors.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { applyServerSide } from '../../machinery/managed-fields/index.ts';
import { goJsonProblem } from '../../machinery/go-json.ts';
import { isRecord } from '../../machinery/objects.ts';
import { goText } from '../../machinery/patch/go-text.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../../machinery/patch/json-patch.ts';
import { applyMergePatch } from '../../machinery/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../machinery/patch/strategic-merge-patch.ts';
import type { Schemas } from '../../machinery/schema.ts';
import { StatusError } from '../../machinery/status.ts';
import { isTrue } from '../filters/request-info.ts';
import type { RequestContext } from '../interfaces.ts';
import type { Json, Registry } from '../registry/registry.ts';
import { resetFieldsOf } from '../registry/reset-fields.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import type { Body } from './body.ts';
import { decodeAs } from './body.ts';
import { parseYamlBody } from './parse.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';

const PATCH_TYPES = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];

export interface PatchRequest {
  readonly registry: Registry;
  readonly body: Body;
  readonly contentType: string;
  readonly context: RequestContext;
  readonly fieldManager: string;
  readonly schemas: Schemas;
}

/** models apiserver/pkg/endpoints/handlers: PatchResource. `created`: server-side apply made the object. */
export async function patchObject(request: PatchRequest): Promise<{ value: StoredObject; created: boolean }> {
  const { registry, context, contentType } = request;
  const mediaType = contentType.split(';')[0]!.trim();
  if (!PATCH_TYPES.includes(mediaType)) throw new StatusError({ message: '415: Unsupported Media Type', reason: 'UnsupportedMediaType', details: {}, code: 415 });
  checkOptions(mediaType, context);
  if (mediaType === APPLY_PATCH) return serverSideApply(request);
  const { info } = context;
  const transform = patcher(request, mediaType);
  const value = await registry.update(info.namespace || undefined, info.name, { subresource: info.subresource, fieldManager: request.fieldManager, retry: true, transform }, context);
  return { value, created: false };
}

function checkOptions(mediaType: string, { query }: RequestContext): void {
  const findings: FieldError[] = [];
  if (mediaType === APPLY_PATCH) {
    if (!query['fieldManager']) findings.push({ type: 'Required', field: 'fieldManager', detail: 'is required for apply patch' });
  } else if (query['force'] !== undefined) {
    findings.push({ type: 'Forbidden', field: 'force', detail: 'may not be specified for non-apply patch' });
  }
  if (findings.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', findings);
}

/** The function from the stored state to the patched one, decoded again as an object of its kind. */
function patcher(request: PatchRequest, mediaType: string): (previous: Json) => Json {
  const { registry, context, schemas } = request;
  const { definition } = registry;
  const supported = [JSON_PATCH, MERGE_PATCH, ...(definition.custom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH];
  if (!supported.includes(mediaType)) throw newUnsupportedMediaType(supported);
  const patch = readPatch(request.body, mediaType);
  const apply = (previous: Json): unknown => {
    switch (mediaType) {
      case JSON_PATCH:
        return applyJsonPatch(previous, patch as JsonPatchOperation[]);
      case MERGE_PATCH:
        return applyMergePatch(previous, patch);
      default:
        return applyStrategicMergePatch(previous, patch, schemas, definition.schema);
    }
  };
  return (previous) => {
    const shown = definition.storageVersion ? definition.storageVersion.fromStored(previous) : previous;
    const patched = apply(shown);
    if (!isRecord(patched)) throw newBadRequest('the patched object is no object');
    checkIdentity(patched, context);
    const quoted = (): string => (mediaType === STRATEGIC_PATCH ? goText(patch) : JSON.stringify(sortedWhereTouched(patched, mediaType === MERGE_PATCH ? patch : {})));
    const refuse = (message: string): Error =>
      newInvalid({ group: '', kind: '' }, '', [{ type: 'Invalid', field: 'patch', value: quoted(), detail: mediaType === STRATEGIC_PATCH ? converterWords(message) : message }]);
    if (patched['kind'] !== shown['kind'] || patched['apiVersion'] !== shown['apiVersion']) {
      throw refuse(`no kind ${JSON.stringify(patched['kind'])} is registered for version ${JSON.stringify(patched['apiVersion'])} in scheme "pkg/api/legacyscheme/scheme.go:30"`);
    }
    return decodeAs(patched, definition, context, schemas, [], refuse);
  };
}

/** What the patch libraries take apart they put together with sorted keys; the rest stays as it was. */
function sortedWhereTouched(value: Readonly<Json>, patch: unknown): Json {
  return Object.fromEntries(Object.keys(value).sort().map((key) => {
    const touched = isRecord(patch) && isRecord(patch[key]) && isRecord(value[key]);
    return [key, touched ? sortedWhereTouched(value[key], (patch as Json)[key]) : value[key]];
  }));
}

/** Strategic patches go through Go's unstructured converter, which words type errors in its own way. */
function converterWords(message: string): string {
  if (message.startsWith('illegal base64')) return `error decoding from json: ${message}`;
  const [, found, wanted] = /^json: cannot unmarshal (\w+).* of type (\S+)$/.exec(message) ?? [];
  if (!found || !wanted) return message;
  return found === 'number' && wanted === 'string' ? 'cannot convert int64 to string' : `unrecognized type: ${wanted}`;
}

/** The object that a patch makes must still be the one in the path. */
function checkIdentity(patched: Readonly<Json>, { info }: RequestContext): void {
  const { name, namespace } = (patched['metadata'] ?? {}) as { name?: string; namespace?: string };
  if (name !== undefined && name !== info.name) throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  if (info.namespace && namespace !== undefined && namespace !== info.namespace) throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
}

function readPatch(body: Body, mediaType: string): unknown {
  if ('parsed' in body) return body.parsed;
  const text = body.bytes.toString('utf8');
  const prefix = mediaType === STRATEGIC_PATCH ? '' : 'error decoding patch: ';
  const problem = goJsonProblem(text);
  if (problem) throw newBadRequest(`${prefix}${problem}`);
  const patch = JSON.parse(text) as unknown;
  const wantsArray = mediaType === JSON_PATCH;
  if (Array.isArray(patch) === wantsArray) return patch;
  const goType = wantsArray ? '[]handlers.jsonPatchOp' : 'map[string]interface {}';
  throw newBadRequest(`${prefix}json: cannot unmarshal ${Array.isArray(patch) ? 'array' : 'object'} into Go value of type ${goType}`);
}

async function serverSideApply(request: PatchRequest): Promise<{ value: StoredObject; created: boolean }> {
  const { registry, context, fieldManager } = request;
  const { info, query } = context;
  const { definition } = registry;
  const schemas = definition.custom?.schemas ?? request.schemas;
  const configuration = readConfiguration(request.body);
  if (configuration['kind'] !== definition.kind || configuration['apiVersion'] !== registry.apiVersion) {
    const apiVersion = String(configuration['apiVersion'] ?? '');
    throw newBadRequest(`invalid object type: ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${String(configuration['kind'] ?? '')}`);
  }
  const meta = (configuration['metadata'] ??= {}) as Json;
  if (meta['managedFields']) throw newBadRequest('metadata.managedFields must be nil');
  checkIdentity(configuration, context);
  meta['name'] = info.name;
  let managedFields: unknown;
  const apply = (live: Json | undefined): Json => {
    const result = applyServerSide({
      live, configuration, typeName: definition.schema, schemas, manager: fieldManager, apiVersion: registry.apiVersion,
      subresource: info.subresource, force: isTrue(query['force']), now: registry.now(), reset: resetFieldsOf(definition, info.subresource),
    });
    managedFields = result.managedFields;
    // Refusals so far name the object as it was sent; from here on it lies where the path says.
    if (info.namespace) (result.object['metadata'] as Json)['namespace'] = info.namespace;
    return decodeAs(result.object, definition, context, schemas, [], newBadRequest);
  };
  if (!registry.find(info.namespace || undefined, info.name)) {
    if (meta['uid']) throw newConflict({ group: definition.group, resource: definition.plural }, info.name, `uid mismatch: the provided object specified uid ${String(meta['uid'])}, and no existing object was found`);
    const { resourceVersion: _, ...rest } = meta;
    return { value: await registry.create({ ...apply(undefined), metadata: rest }, context, fieldManager, managedFields), created: true };
  }
  const value = await registry.update(
    info.namespace || undefined,
    info.name,
    { subresource: info.subresource, fieldManager, retry: true, transform: apply, managedFields: () => managedFields },
    context,
  );
  return { value, created: false };
}

function readConfiguration(body: Body): Json {
  if ('parsed' in body) return structuredClone(body.parsed) as Json;
  try {
    const { object } = parseYamlBody(body.bytes);
    if (isRecord(object)) return object;
  } catch (error) {
    throw newBadRequest(`error decoding YAML: error converting YAML to JSON: ${(error as Error).message}`);
  }
  throw newBadRequest('error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type map[string]interface {}');
}
