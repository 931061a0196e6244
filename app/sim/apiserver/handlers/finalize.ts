import type { Answer } from './answer.ts';
import { decodeBody } from './body.ts';
import type { WriteRequest } from './write.ts';

/** The namespace controller's last word: sets spec.finalizers, which nothing else can. models namespace storage: FinalizeREST */
export async function finalizeNamespace(request: WriteRequest): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const sent = decodeBody(request.body, registry.definition, context, request.schemas);
  const value = await registry.update(
    undefined,
    context.info.name,
    {
      subresource: 'finalize', fieldManager, retry: true,
      transform: (previous) => ({ ...previous, spec: { ...previous['spec'], finalizers: sent['spec']?.finalizers } }),
    },
    context,
  );
  return { type: 'stored', code: 200, value, definition: registry.definition };
}
