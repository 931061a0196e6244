import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodCondition } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newConflict, newMethodNotAllowed, newPathNotFound, newUnknownError } from '../../machinery/errors.ts';
import { fieldErrorBody, type FieldError } from '../../machinery/field-error.ts';
import { binding as definition } from '../../resources/core/binding/definition.ts';
import type { Json } from '../registry/registry.ts';
import type { Answer } from './answer.ts';
import { decodeBody } from './body.ts';
import type { WriteRequest } from './write.ts';

const PODS = { group: '', resource: 'pods/binding' };

/**
 * Writes a scheduler's choice into the Pod: POST of a Binding to the Pod, or to the namespace's `bindings`.
 * models pkg/registry/core/pod/storage: BindingREST and LegacyBindingREST
 */
export async function bindPod(request: WriteRequest, now: number): Promise<Answer> {
  const { registry, context, fieldManager } = request;
  const { info } = context;
  if (info.verb !== 'create') throw newMethodNotAllowed();
  if (info.namespace === '') throw newPathNotFound();
  const binding = decodeBody(request.body, definition, context, request.schemas);
  const named = String(binding['metadata']?.name ?? '');
  if (info.name !== '' && named !== info.name) throw newBadRequest('name in URL does not match name in Binding object');
  const findings = definition.validate(binding);
  if (findings.length > 0) throw newUnknownError(findings.length === 1 ? findingText(findings[0]!) : `[${findings.map(findingText).join(', ')}]`);
  const target = binding['target'] as { name: string };
  await registry.update(
    info.namespace,
    named,
    {
      subresource: 'binding',
      fieldManager,
      retry: true,
      transform: (previous) => bound(previous, binding, target.name, now),
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

function findingText(finding: FieldError): string {
  return `${finding.field}: ${fieldErrorBody(finding)}`;
}
