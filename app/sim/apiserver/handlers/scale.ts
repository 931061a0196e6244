import { newBadRequest, newInvalid } from '../../machinery/errors.ts';
import { DecodeError, decodeObject } from '../../machinery/decode.ts';
import type { ScaleSubresource } from '../../resources/definition.ts';
import type { Json } from '../registry/registry.ts';
import type { StoredObject } from '../registry/stored-object.ts';
import type { Answer } from './answer.ts';
import { checkType, readAs, readBody } from './body.ts';
import type { WriteRequest } from './write.ts';
import { applyMergePatch } from '../../machinery/patch/merge-patch.ts';
import { applyJsonPatch, type JsonPatchOperation } from '../../machinery/patch/json-patch.ts';

export const SCALE_SCHEMA = 'io.k8s.api.autoscaling.v1.Scale';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

/** The autoscaling/v1 view of an object's replicas. models pkg/registry/apps: ScaleREST */
export function scaleOf(value: StoredObject, scale: ScaleSubresource): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = value.object.metadata;
  const selector = scale.selector(value.object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // Zero is Go's empty value: it is left out of the wish, not of the state.
    spec: numberAt(value.object, scale.specReplicasPath) === 0 ? {} : { replicas: numberAt(value.object, scale.specReplicasPath) },
    status: { replicas: numberAt(value.object, scale.statusReplicasPath), ...(selector ? { selector } : {}) },
  };
}

export async function updateScale(request: WriteRequest, scale: ScaleSubresource, patchType: string | undefined): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const { info } = context;
  const current = (): Json => scaleOf(registry.get(info.namespace || undefined, info.name), scale);
  const decoded = patchType === undefined ? readScale(request) : patchScale(request, patchType, current());
  const name = (decoded['metadata'] as Json | undefined)?.['name'] as string | undefined;
  if (name !== undefined && name !== '' && name !== info.name) throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  const replicas = (decoded['spec']?.replicas ?? 0) as number;
  if (replicas < 0) {
    throw newInvalid({ group: 'autoscaling', kind: 'Scale' }, info.name, [{ type: 'Invalid', field: 'spec.replicas', value: replicas, detail: 'must be greater than or equal to 0' }]);
  }
  const resourceVersion = patchType === undefined ? (decoded['metadata']?.resourceVersion as string | undefined) : undefined;
  const value = await registry.update(
    info.namespace || undefined,
    info.name,
    {
      subresource: 'scale',
      fieldManager,
      retry: !resourceVersion,
      transform: (previous) => {
        if (resourceVersion) previous['metadata'].resourceVersion = resourceVersion;
        setNumber(previous, scale.specReplicasPath, replicas);
        return previous;
      },
    },
    context,
  );
  return { type: 'object', code: 200, object: scaleOf(value, scale) };
}

function readScale({ body, schemas }: WriteRequest): Json {
  const sent = checkType(readAs(body, schemas, 'Scale').object, SCALE, 'autoscaling/v1');
  return decodeScale(sent, schemas, (message) => newBadRequest(`Scale in version "v1" cannot be handled as a Scale: ${message}`));
}

function patchScale({ body, schemas }: WriteRequest, patchType: string, current: Json): Json {
  // Every patch type is JSON on the wire.
  const patch = readBody('bytes' in body ? { ...body, contentType: 'application/json' } : body, schemas).object;
  const wanted = (patchType.startsWith('application/json-patch') ? applyJsonPatch(current, patch as JsonPatchOperation[]) : applyMergePatch(current, patch)) as Json;
  return decodeScale(wanted, schemas, (detail) => newInvalid({ group: '', kind: '' }, '', [{ type: 'Invalid', field: 'patch', value: JSON.stringify(wanted), detail }]));
}

function decodeScale(sent: Json, schemas: WriteRequest['schemas'], refuse: (message: string) => Error): Json {
  try {
    return decodeObject(sent, SCALE_SCHEMA, schemas).object as Json;
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error;
  }
}

function numberAt(object: unknown, path: string): number {
  const found = path.split('.').reduce<unknown>((at, key) => (at as Json | undefined)?.[key], object);
  return typeof found === 'number' ? found : 0;
}

function setNumber(object: Json, path: string, value: number): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Json>((at, key) => (at[key] ??= {}) as Json, object);
  parent[last] = value;
}

