import 'reflect-metadata';
import type * as x509 from '@peculiar/x509';
import { rfc3339 } from '../../../base/clock/index.ts';
import type { CertificateSigningRequest, Stored } from '../../../contracts/k8s/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { certificateSigningRequests } from '../../client/resource-types.ts';
import type { Controller } from '../context.ts';
import { hasCondition, isApproved, kubeletClientProblem, kubeletServingProblem, parseRequest } from '../csr-approving/requests.ts';
import { signCertificate } from './certificate.ts';

const DAY_MS = 86_400_000;
/** --cluster-signing-duration */
const LONGEST_MS = 365 * DAY_MS;
const SHORTEST_MS = 600_000;
/** Clocks differ. models signer: backdate */
const BACKDATE_MS = 300_000;

/** What each built-in signer wants of a request; undefined: it is signed. */
const SIGNERS: Readonly<Record<string, (request: x509.Pkcs10CertificateRequest, usages: readonly string[]) => string | undefined>> = {
  'kubernetes.io/kube-apiserver-client': (_, usages) => clientUsageProblem(usages),
  'kubernetes.io/kube-apiserver-client-kubelet': kubeletClientProblem,
  'kubernetes.io/kubelet-serving': kubeletServingProblem,
};

/** Signs approved requests for the built-in signers with the cluster's authority. models pkg/controller/certificates/signer */
export const csrSigningController: Controller = {
  name: 'certificatesigningrequest-signing-controller',
  serviceAccount: 'certificate-controller',
  start({ client, clock, random, informers, signer }) {
    const requests = informers.of(certificateSigningRequests);
    const loop = new ControlLoop('certificatesigningrequest-signing-controller', clock, {
      async reconcile(name, cause) {
        const csr = requests.get(name);
        const problemOf = csr && SIGNERS[csr.spec.signerName];
        if (!problemOf || !signer || !isApproved(csr) || hasCondition(csr, 'Failed') || csr.status?.certificate) return;
        const request = parseRequest(csr.spec.request);
        if (!request) throw new Error(`unable to parse csr ${JSON.stringify(name)}`);
        const problem = problemOf(request, csr.spec.usages ?? []);
        const now = clock.now();
        const status = problem
          ? { ...csr.status, conditions: [...(csr.status?.conditions ?? []), { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: problem, lastUpdateTime: rfc3339(now) }] }
          : { ...csr.status, certificate: Buffer.from(signCertificate(signer, { request, usages: csr.spec.usages ?? [], notBefore: now - BACKDATE_MS, notAfter: now + durationOf(csr), serialNumber: serialNumber(() => random.next()) })).toString('base64') };
        await client.update(certificateSigningRequests, { ...csr, status } as typeof csr, cause, 'status');
      },
    });
    requests.handle({ onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause) });
    return loop;
  },
};

function durationOf({ spec }: Stored<CertificateSigningRequest>): number {
  if (spec.expirationSeconds === undefined) return LONGEST_MS - BACKDATE_MS;
  return Math.max(SHORTEST_MS, Math.min(spec.expirationSeconds * 1000, LONGEST_MS)) - BACKDATE_MS;
}

function serialNumber(next: () => number): bigint {
  let serial = 1n;
  for (let index = 0; index < 4; index++) serial = (serial << 30n) | BigInt(Math.floor(next() * 2 ** 30));
  return serial;
}

/** models validAPIServerClientUsages */
function clientUsageProblem(usages: readonly string[]): string | undefined {
  const wrong = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage));
  if (wrong) return `invalid usage for client certificate: ${wrong}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
}
