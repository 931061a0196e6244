import { newBadRequest, newInvalid, newMethodNotSupported } from '../../machinery/errors.ts';
import { isRecord } from '../../machinery/objects.ts';
import type { Schemas } from '../../machinery/schema.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { RequestContext } from '../interfaces.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import type { Json, Registry } from '../registry/registry.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import { invalid, notSupported } from '../../resources/shared/findings.ts';
import type { Answer } from './answer.ts';
import { decodeBody, readBody, type Body } from './body.ts';
import { UnreadableBody } from './parse.ts';

export interface WriteRequest {
  readonly registry: Registry;
  readonly body: Body;
  readonly context: RequestContext;
  readonly fieldManager: string;
  readonly schemas: Schemas;
}

/** POST on a collection. models handlers: createHandler */
export async function createObject(request: WriteRequest): Promise<Answer> {
  const { registry, context } = request;
  const object = decodeBody(request.body, registry.definition, context, request.schemas);
  checkNamespace(object, context);
  const value = await registry.create(object, context, request.fieldManager);
  return { type: 'stored', code: 201, value, definition: registry.definition };
}

/** PUT on an object or its status. models handlers: UpdateResource */
export async function updateObject(request: WriteRequest): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const { info } = context;
  const object = decodeBody(request.body, registry.definition, context, request.schemas);
  checkNamespace(object, context);
  const name = object['metadata']?.name as string | undefined;
  if (name === undefined) {
    throw newBadRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  try {
    const value = await registry.update(info.namespace || undefined, info.name, { subresource: info.subresource, fieldManager, retry: !object['metadata'].resourceVersion && registry.definition.allowUnconditionalUpdate !== false, replaces: true, transform: () => structuredClone(object) }, context);
    return { type: 'stored', code: 200, value, definition: registry.definition };
  } catch (error) {
    if (!isNotFound(error) || !registry.definition.allowCreateOnUpdate || info.subresource !== '' || registry.find(info.namespace || undefined, info.name)) throw error;
    const { resourceVersion: _, uid: __, ...metadata } = object['metadata'];
    return { type: 'stored', code: 201, value: await registry.create({ ...object, metadata }, context, fieldManager), definition: registry.definition };
  }
}

function checkNamespace(object: Json, { info }: RequestContext): void {
  const meta = (object['metadata'] ??= {});
  if (!isRecord(meta)) throw newBadRequest('metadata is no object');
  if (info.namespace && !meta['namespace'] && info.resource !== 'namespaces') meta['namespace'] = info.namespace;
  if (info.namespace && meta['namespace'] && meta['namespace'] !== info.namespace && info.resource !== 'namespaces') {
    throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** DELETE of one object. models handlers: DeleteResource */
export async function deleteObject(request: WriteRequest): Promise<Answer> {
  const { registry, context } = request;
  const options = deleteOptions(request);
  const dryRun = context.dryRun || options.dryRun?.includes('All') === true;
  if (registry.definition.deletionWarning && options.propagationPolicy === undefined && options.orphanDependents === undefined) context.warn(registry.definition.deletionWarning);
  const { object, gone } = await registry.delete(context.info.namespace || undefined, context.info.name, options, { ...context, dryRun });
  if (dryRun && registry.definition.deleteReturns === 'status') return deletionAnswer(object, true, registry);
  return deletionAnswer(object, gone, registry);
}

function deletionAnswer(object: StoredObject, gone: boolean, { definition }: Registry): Answer {
  if (!gone || definition.deleteReturns !== 'status') return { type: 'stored', code: 200, value: object, definition };
  const { name, uid } = object.object.metadata;
  const details = { name, ...(definition.group ? { group: definition.group } : {}), kind: definition.plural, uid };
  return { type: 'object', code: 200, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

/** DELETE of a collection: every selected object, one by one. Answers with what was selected. */
export async function deleteCollection(request: WriteRequest, selected: readonly StoredObject[], resourceVersion: string): Promise<Answer> {
  const { registry, context } = request;
  if (registry.definition.verbs && !registry.definition.verbs.includes('deletecollection')) {
    throw newMethodNotSupported({ group: registry.definition.group, resource: registry.definition.plural }, 'deletecollection');
  }
  const options = deleteOptions(request);
  for (const value of selected) {
    try {
      await registry.delete(value.object.metadata.namespace, value.object.metadata.name, options, context);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return { type: 'list', definition: registry.definition, values: selected, resourceVersion };
}

/** From the body, else from the query. */
function deleteOptions({ body, context, schemas }: WriteRequest): DeleteOptions {
  const isEmpty = 'bytes' in body ? body.bytes.length === 0 : body.parsed === undefined;
  const sent = isEmpty ? {} : sentOptions(body, schemas);
  const fromQuery = context.query['gracePeriodSeconds'];
  const options = {
    ...(fromQuery === undefined ? {} : { gracePeriodSeconds: Number(fromQuery) }),
    ...(context.query['propagationPolicy'] ? { propagationPolicy: context.query['propagationPolicy'] } : {}),
    ...(isRecord(sent) ? sent : {}),
  } as DeleteOptions;
  const policy = options.propagationPolicy as string | undefined;
  if (policy !== undefined && !['Background', 'Foreground', 'Orphan'].includes(policy)) {
    throw newInvalid(DELETE_OPTIONS, '', [notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil'])]);
  }
  if (policy !== undefined && options.orphanDependents !== undefined) {
    throw newInvalid(DELETE_OPTIONS, '', [invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set')]);
  }
  return options;
}

const DELETE_OPTIONS = { group: 'meta.k8s.io', kind: 'DeleteOptions' };

function sentOptions(body: Body, schemas: Schemas): unknown {
  try {
    const { object } = readBody(body, schemas);
    const { kind = 'DeleteOptions', apiVersion = 'v1' } = (isRecord(object) ? object : {}) as { kind?: string; apiVersion?: string };
    if (kind === 'DeleteOptions') return object;
    throw newBadRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`);
  } catch (error) {
    if (error instanceof UnreadableBody) throw newBadRequest(error.message);
    throw error;
  }
}
