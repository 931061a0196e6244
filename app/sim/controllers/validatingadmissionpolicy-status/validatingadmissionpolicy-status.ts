import type { ExpressionWarning, Stored, ValidatingAdmissionPolicy } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pathOf, type ResourceType } from '../../client/api-client.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { typeCheck } from './type-check.ts';

const policies: ResourceType<ValidatingAdmissionPolicy> = { group: 'admissionregistration.k8s.io', version: 'v1', resource: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy', namespaced: false };
const MANAGER = 'validatingadmissionpolicy-status';

/**
 * Checks the expressions of a policy against the types that it is about, and writes down what cannot be right.
 *
 * models pkg/controller/validatingadmissionpolicystatus
 */
export const validatingAdmissionPolicyStatus: Controller = {
  name: 'validatingadmissionpolicy-status-controller',
  serviceAccount: 'validatingadmissionpolicy-status-controller',
  start(context) {
    const informer = context.informers.of(policies);
    const reconcile = async (name: string, cause: Cause): Promise<void> => {
      const policy = informer.get(name);
      if (!policy || policy.status?.observedGeneration === policy.metadata.generation) return;
      await applyStatus(context, policy, typeCheck(policy), cause);
    };
    const loop = new ControlLoop('validatingadmissionpolicy-status-controller', context.clock, { reconcile }, 5);
    const enqueue = (policy: Stored<ValidatingAdmissionPolicy>, cause: Cause): void => loop.queue.add(policy.metadata.name, cause);
    informer.handle({ onAdd: enqueue, onUpdate: (policy, _, cause) => enqueue(policy, cause) });
    return loop;
  },
};

/** By server-side apply, as the real controller writes it. */
async function applyStatus({ client }: ControllerContext, { metadata }: Stored<ValidatingAdmissionPolicy>, expressionWarnings: readonly ExpressionWarning[], cause: Cause): Promise<void> {
  const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {};
  await client.transport.send({
    method: 'PATCH', path: pathOf(policies, undefined, metadata.name, 'status'), query: { fieldManager: MANAGER, force: 'true' }, contentType: 'application/apply-patch+yaml', cause,
    body: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: metadata.name }, status: { observedGeneration: metadata.generation, typeChecking } },
  });
}
