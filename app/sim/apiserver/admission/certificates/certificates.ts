import type { CertificateSigningRequest } from '../../../../contracts/k8s/index.ts';
import { deepEqual } from '../../../machinery/objects.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../../interfaces.ts';
import { readCertificateRequest } from '../../pki/certificate-request.ts';
import { refusal } from '../refusal.ts';

const isRequest = ({ group, resource }: AdmissionAttributes): boolean => group === 'certificates.k8s.io' && resource === 'certificatesigningrequests';

/** Rights are given for a signer or all of its domain. models pkg/apis/certificates/authorization: IsAuthorizedForSignerName */
function mayUseSigner(verb: string, signer: string, { user }: AdmissionAttributes, { authorizer }: AdmissionContext): boolean {
  const about = { user, path: '', isResource: true, verb, group: 'certificates.k8s.io', version: '*', namespace: '', resource: 'signers', subresource: '', rest: '' };
  return [signer, `${signer.split('/')[0]}/*`].some((name) => authorizer.authorize({ ...about, name }).allowed);
}

/** Who may approve, may not approve for every signer. models plugin/pkg/admission/certificates/approval */
export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  handles: (attributes) => isRequest(attributes) && attributes.operation === 'UPDATE' && attributes.subresource === 'approval',
  validate(attributes, context) {
    const { signerName } = (attributes.object as CertificateSigningRequest).spec;
    if (!mayUseSigner('approve', signerName, attributes, context)) throw refusal(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
  },
};

/** Certificates and failures are a signer's to write. models plugin/pkg/admission/certificates/signing */
export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  handles: (attributes) => isRequest(attributes) && attributes.operation === 'UPDATE' && attributes.subresource === 'status',
  validate(attributes, context) {
    const next = attributes.object as CertificateSigningRequest;
    const previous = attributes.previous as CertificateSigningRequest;
    if (next.status?.certificate === previous.status?.certificate && deepEqual(next.status?.conditions ?? [], previous.status?.conditions ?? [])) return;
    const { signerName } = previous.spec;
    if (!mayUseSigner('sign', signerName, attributes, context)) throw refusal(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signerName)}`);
  },
};

/** Nobody becomes a master by certificate. models plugin/pkg/admission/certificates/subjectrestriction */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (attributes) => isRequest(attributes) && attributes.operation === 'CREATE' && attributes.subresource === '',
  validate(attributes) {
    const { signerName, request } = (attributes.object as CertificateSigningRequest).spec;
    if (signerName !== 'kubernetes.io/kube-apiserver-client') return;
    if (readCertificateRequest(request)?.organizations.includes('system:masters')) throw refusal(attributes, `use of ${signerName} signer with system:masters group is not allowed`);
  },
};
