import type { Json } from '../registry/registry.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import type { WriteRequest } from './write.ts';

/** A polite delete. models pkg/registry/core/pod/storage: EvictionREST (budgets come with the PodDisruptionBudget kind). */
export async function evictPod({ registry, context, body, schemas }: WriteRequest): Promise<Answer> {
  const eviction = readBody(body, schemas).object as Json;
  await registry.delete(context.info.namespace, context.info.name, (eviction['deleteOptions'] as object | undefined) ?? {}, context);
  return { type: 'object', code: 201, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}
