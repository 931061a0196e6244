import { decodeObject, DecodeError } from '../../machinery/decode.ts';
import { newBadRequest, newInvalid, newUnsupportedMediaType } from '../../machinery/errors.ts';
import { isRecord } from '../../machinery/objects.ts';
import type { Schemas } from '../../machinery/schema.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { resourceDefinitions } from '../../resources/index.ts';
import type { RequestContext } from '../interfaces.ts';
import { decodeProtobuf } from '../protobuf/decode.ts';
import type { Json } from '../registry/registry.ts';
import { parseJsonBody, parseYamlBody, UnreadableBody } from './parse.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A body as it came: parsed already (in process) or bytes of a content type. */
export type Body = { readonly parsed: unknown } | { readonly bytes: Buffer; readonly contentType: string };

const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export interface ReadBody {
  readonly object: unknown;
  /** Complaints of the parser that strict validation turns into a refusal: duplicate fields. */
  readonly problems: readonly string[];
}

/** Bodies that were read before: the trace asks for an object's name before the handler wants the object. */
const read = new WeakMap<Body, ReadBody>();

/** Bytes to a JSON value, by content type. Throws 415 for an unknown one. */
export function readBody(body: Body, schemas: Schemas): ReadBody {
  if ('parsed' in body) return { object: body.parsed, problems: [] };
  const before = read.get(body);
  if (before) return before;
  const result = parseBody(body, schemas);
  read.set(body, result);
  return result;
}

/** Throws the refusal of whoever wanted an object of this kind. */
export function readAs(body: Body, schemas: Schemas, kind: string): ReadBody {
  try {
    return readBody(body, schemas);
  } catch (error) {
    if (error instanceof UnreadableBody) throw newBadRequest(`the object provided is unrecognized (must be of type ${kind}): ${error.message} (${error.summary})`);
    throw error;
  }
}

/** The metadata of the object in a body; nothing when it cannot be read: the handler will say why. */
export function metadataOf(body: Body, schemas: Schemas): { readonly name?: string; readonly generateName?: string } {
  try {
    return (readBody(body, schemas).object as { metadata?: { name?: string; generateName?: string } } | undefined)?.metadata ?? {};
  } catch {
    return {};
  }
}

function parseBody(body: Extract<Body, { bytes: Buffer }>, schemas: Schemas): ReadBody {
  const mediaType = body.contentType.split(';')[0]!.trim().toLowerCase();
  switch (mediaType) {
    case '':
    case 'application/json':
      return parseJsonBody(body.bytes);
    case 'application/yaml':
      return parseYamlBody(body.bytes);
    case 'application/vnd.kubernetes.protobuf':
      return { object: decodeProtobuf(body.bytes, schemas), problems: [] };
    default:
      throw newUnsupportedMediaType(ACCEPTED);
  }
}

/** Decodes a body as an object of the definition's kind, checks its fields, applies defaults. */
export function decodeBody(body: Body, definition: ResourceDefinition, context: RequestContext, schemas: Schemas): Json {
  const read = readAs(body, schemas, definition.kind);
  const apiVersion = definition.group ? `${definition.group}/${definition.version}` : definition.version;
  const sent = checkType(read.object, definition, apiVersion);
  return decodeAs(sent, definition, context, schemas, read.problems, (message) => newBadRequest(`${String(sent['kind'])} in version ${JSON.stringify(definition.version)} cannot be handled as a ${definition.kind}: ${message}`));
}

/** The rest of decoding, shared with patches, whose refusals read otherwise. */
export function decodeAs(sent: Json, definition: ResourceDefinition, context: RequestContext, schemas: Schemas, problems: readonly string[], refuse: (message: string) => Error): Json {
  const { custom } = definition;
  if (custom) return checked(() => custom.decode(sent), context, problems, refuse);
  const object = decodeChecked(sent, definition.schema, context, schemas, problems, refuse);
  definition.applyDefaults?.(object);
  return definition.storageVersion ? definition.storageVersion.toStored(object) : object;
}

export function decodeChecked(sent: Json, schema: string, context: RequestContext, schemas: Schemas, problems: readonly string[], refuse: (message: string) => Error): Json {
  return checked(() => decodeObject(sent, schema, schemas), context, problems, refuse);
}

/** Decodes, and complains of what the type does not know as strictly as the request wants. */
function checked(decode: () => { object: Json; unknownFields: readonly string[] }, context: RequestContext, problems: readonly string[], refuse: (message: string) => Error): Json {
  let decoded: ReturnType<typeof decode>;
  try {
    decoded = decode();
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
  const complaints = [...problems, ...decoded.unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`)];
  if (complaints.length > 0) {
    const validation = (context.query['fieldValidation'] as FieldValidation | undefined) ?? 'Warn';
    if (validation === 'Strict') throw refuse(`strict decoding error: ${complaints.join(', ')}`);
    if (validation === 'Warn') for (const complaint of complaints) context.warn(complaint);
  }
  return decoded.object;
}

/** The body's kind must be the resource's. models runtime/serializer/versioning: Decode */
export function checkType(sent: unknown, definition: Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'custom'>, apiVersion: string): Json {
  if (!isRecord(sent)) {
    const kind = Array.isArray(sent) ? 'array' : typeof sent;
    const { summary } = new UnreadableBody('', Buffer.from(JSON.stringify(sent)));
    throw newBadRequest(`the object provided is unrecognized (must be of type ${definition.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${summary})`);
  }
  // What has a Go type may leave out its kind; of the others nothing else tells it.
  if (definition.custom && sent['kind'] === undefined) {
    const text = JSON.stringify(sent);
    throw newBadRequest(`the object provided is unrecognized (must be of type ${definition.kind}): Object 'Kind' is missing in '${text}' (${new UnreadableBody('', Buffer.from(text)).summary})`);
  }
  const version = sent['apiVersion'] ?? apiVersion;
  const kind = sent['kind'] ?? definition.kind;
  if (kind === definition.kind && version === apiVersion) return { ...sent, kind, apiVersion };
  if (definition.custom) {
    if (version !== apiVersion) throw newBadRequest(`the API version in the data (${String(version)}) does not match the expected API version (${apiVersion})`);
    throw newInvalid({ group: definition.group, kind: definition.kind }, String((sent['metadata'] as Json | undefined)?.['name'] ?? ''), [{ type: 'Invalid', field: 'kind', value: kind, detail: `must be ${definition.kind}` }]);
  }
  const shortVersion = definition.version;
  if (isRegistered(String(kind), String(version))) {
    throw newBadRequest(`${String(kind)} in version ${JSON.stringify(shortVersion)} cannot be handled as a ${definition.kind}: converting (${shortVersion}.${String(kind)}) to (${internalPackage(definition.group)}.${definition.kind}): unknown conversion`);
  }
  const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
  throw newBadRequest(`${String(kind)} in version ${JSON.stringify(shortVersion)} cannot be handled as a ${definition.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} ${scheme}`);
}

/** The scheme knows the kind, though another resource has it. */
function isRegistered(kind: string, apiVersion: string): boolean {
  return resourceDefinitions.some((definition) => (definition.group ? `${definition.group}/${definition.version}` : definition.version) === apiVersion && (definition.kind === kind || `${definition.kind}List` === kind));
}

/** `core`, `apps`, `rbac`: the Go package of a group's internal types. */
function internalPackage(group: string): string {
  return group === '' ? 'core' : group.split('.')[0]!;
}
