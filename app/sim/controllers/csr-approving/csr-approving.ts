import { rfc3339 } from '../../../base/clock/index.ts';
import type { CertificateSigningRequest, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { certificateSigningRequests } from '../../client/resource-types.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { hasCondition, kubeletClientProblem, parseRequest, subjectOf } from './requests.ts';

/** Requests that are approved by themselves, if their author has the right to it. models approver: recognizers */
const RECOGNIZERS = [
  { subresource: 'selfnodeclient', isOwn: true, message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' },
  { subresource: 'nodeclient', isOwn: false, message: 'Auto approving kubelet client certificate after SubjectAccessReview.' },
] as const;

/** Approves the client certificates of kubelets that join. models pkg/controller/certificates/approver */
export const csrApprovingController: Controller = {
  name: 'certificatesigningrequest-approving-controller',
  serviceAccount: 'certificate-controller',
  start(context) {
    const { client, clock, informers } = context;
    const requests = informers.of(certificateSigningRequests);
    const loop = new ControlLoop('certificatesigningrequest-approving-controller', clock, {
      async reconcile(name, cause) {
        const csr = requests.get(name);
        if (!csr || csr.status?.certificate || hasCondition(csr, 'Approved') || hasCondition(csr, 'Denied')) return;
        if (csr.spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return;
        const request = parseRequest(csr.spec.request);
        if (!request || kubeletClientProblem(request, csr.spec.usages ?? [])) return;
        const isOwn = csr.spec.username === subjectOf(request).commonName;
        for (const recognizer of RECOGNIZERS) {
          if (recognizer.isOwn && !isOwn) continue;
          if (!(await mayHave(context, csr, recognizer.subresource, cause))) continue;
          const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message: recognizer.message, lastUpdateTime: rfc3339(clock.now()) };
          await client.update(certificateSigningRequests, { ...csr, status: { ...csr.status, conditions: [...(csr.status?.conditions ?? []), condition] } } as typeof csr, cause, 'approval');
          return;
        }
      },
    });
    requests.handle({ onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause) });
    return loop;
  },
};

async function mayHave({ client }: ControllerContext, { spec }: Stored<CertificateSigningRequest>, subresource: string, cause: Cause): Promise<boolean> {
  const resourceAttributes = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' };
  const body = { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { user: spec.username, uid: spec.uid, groups: spec.groups, extra: spec.extra, resourceAttributes } };
  const answer = await client.transport.send<{ status: { allowed: boolean } }>({ method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', body, cause });
  return answer.body.status.allowed;
}
