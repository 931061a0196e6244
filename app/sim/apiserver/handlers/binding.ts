import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodCondition } from '../../../contracts/k8s/index.ts';
import { newConflict, newInvalid } from '../../machinery/errors.ts';
import type { Json } from '../registry/registry.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import type { WriteRequest } from './write.ts';

const PODS = { group: '', resource: 'pods/binding' };

/** Writes a scheduler's choice into the Pod. models pkg/registry/core/pod/storage: BindingREST.setPodHostAndAnnotations */
export async function bindPod(request: WriteRequest, now: number): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const { info } = context;
  const binding = readBody(request.body, request.schemas).object as Json;
  const target = binding['target'] as { kind?: string; name?: string } | undefined;
  if (!target?.name) throw newInvalid({ group: '', kind: 'Binding' }, info.name, [{ type: 'Required', field: 'target.name', detail: '' }]);
  await registry.update(
    info.namespace,
    info.name,
    {
      subresource: 'binding',
      fieldManager,
      retry: true,
      transform: (previous) => bound(previous, binding, target.name!, now),
    },
    context,
  );
  return { type: 'object', code: 201, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

function bound(previous: Json, binding: Json, node: string, now: number): Json {
  const pod = previous as Pod;
  const name = pod.metadata!.name!;
  const uid = binding['metadata']?.uid as string | undefined;
  if (uid && uid !== pod.metadata!.uid) throw newConflict(PODS, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata!.uid}`);
  if (pod.metadata!.deletionTimestamp) throw newConflict(PODS, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec!.nodeName) throw newConflict(PODS, name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec!.nodeName)}`);
  if ((pod.spec!.schedulingGates ?? []).length > 0) throw newConflict(PODS, name, `pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec!.nodeName = node;
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastProbeTime: null as never, lastTransitionTime: rfc3339(now) };
  pod.status = { ...pod.status, conditions: [...(pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled'), scheduled] };
  return previous;
}
