import type { CertificateSigningRequest } from '../../../../contracts/k8s/index.ts';
import { Verbatim, type FieldError } from '../../../machinery/field-error.ts';
import { dns1123SubdomainProblems } from '../../../machinery/names.ts';
import { duplicate, forbidden, invalid, invalidName, notSupported, required } from '../../shared/findings.ts';

const USAGES = [
  'any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment', 'decipher only', 'digital signature', 'email protection',
  'encipher only', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime',
  'server auth', 'signing', 'timestamping',
];
const SHORTEST_SECONDS = 600;
const ALWAYS_TRUE = ['Approved', 'Denied', 'Failed'];

/** models pkg/apis/certificates/validation: validateCertificateSigningRequest */
export function validateSigningRequest({ spec }: Readonly<CertificateSigningRequest>): FieldError[] {
  const findings: FieldError[] = [];
  const problem = requestProblem(spec.request ?? '');
  if (problem) findings.push(invalid('spec.request', spec.request || null, problem));
  const usages = spec.usages ?? [];
  if (usages.length === 0) findings.push(required('spec.usages'));
  for (const [index, usage] of usages.entries()) if (!USAGES.includes(usage)) findings.push(notSupported(`spec.usages[${index}]`, usage, USAGES));
  for (const [index, usage] of usages.entries()) if (usages.indexOf(usage) < index) findings.push(duplicate(`spec.usages[${index}]`, usage));
  findings.push(...validateSignerName(spec.signerName ?? '', 'spec.signerName'));
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < SHORTEST_SECONDS) {
    findings.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  }
  return findings;
}

/** What Go says of a body that is no request. The signature is the signer's to judge. */
function requestProblem(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const block = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/.exec(text);
  if (block?.[1] !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  const bytes = Buffer.from(block[2]!, 'base64');
  return bytes[0] === 0x30 ? undefined : 'asn1: structure error: tags don\'t match';
}

/** models ValidateSignerName */
function validateSignerName(signer: string, field: string): FieldError[] {
  if (signer === '') return [required(field)];
  const [domain = '', path, ...rest] = signer.split('/');
  if (path === undefined || rest.length > 0) return [invalid(field, signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  const findings: FieldError[] = [];
  if (!domain.includes('.')) findings.push(invalid(field, signer, 'should be a domain with at least two segments separated by dots'));
  findings.push(...invalidName(field, signer, dns1123SubdomainProblems(domain).map((problem) => `validating label "${domain}": ${problem}`)));
  findings.push(...invalidName(field, signer, dns1123SubdomainProblems(path).map((problem) => `validating label "${path}": ${problem}`)));
  return findings;
}

/** models validateConditions, ValidateCertificateSigningRequestApprovalUpdate, …StatusUpdate */
export function validateConditions({ status }: Readonly<CertificateSigningRequest>, previous: Readonly<CertificateSigningRequest>): FieldError[] {
  const conditions = status?.conditions ?? [];
  const at = 'status.conditions';
  const findings: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, condition] of conditions.entries()) {
    if (!condition.type) findings.push(required(`${at}[${index}].type`));
    if (ALWAYS_TRUE.includes(condition.type)) {
      if (!condition.status) findings.push(required(`${at}[${index}].status`));
      else if (condition.status !== 'True') findings.push(notSupported(`${at}[${index}].status`, condition.status, ['True']));
    }
    if (seen.has(condition.type)) findings.push(duplicate(`${at}[${index}].type`, condition.type));
    seen.add(condition.type);
  }
  if (seen.has('Approved') && seen.has('Denied')) findings.push(invalid(at, new Verbatim('"Approved/Denied"'), 'Approved and Denied conditions are mutually exclusive'));
  for (const before of previous.status?.conditions ?? []) {
    if (ALWAYS_TRUE.includes(before.type) && !seen.has(before.type)) findings.push(forbidden(at, `updates may not remove a condition of type "${before.type}"`));
  }
  if (previous.status?.certificate && status?.certificate !== previous.status.certificate) findings.push(forbidden('status.certificate', 'updates may not modify existing certificate content'));
  return findings;
}
