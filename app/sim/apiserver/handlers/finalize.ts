import { newBadRequest } from '../../machinery/errors.ts';
import type { Answer } from './answer.ts';
import { decodeBody } from './body.ts';
import type { WriteRequest } from './write.ts';

/** The namespace controller's last word: sets spec.finalizers, which nothing else can. models namespace storage: FinalizeREST */
export async function finalizeNamespace(request: WriteRequest): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const sent = decodeBody(request.body, registry.definition, context, request.schemas);
  const { info } = context;
  const name = String(sent['metadata']?.name ?? '');
  if (name !== info.name) throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  const value = await registry.update(
    undefined,
    info.name,
    {
      subresource: 'finalize', fieldManager, retry: true,
      transform: (previous) => ({ ...previous, spec: { ...previous['spec'], finalizers: sent['spec']?.finalizers } }),
    },
    context,
  );
  return { type: 'stored', code: 200, value, definition: registry.definition };
}
