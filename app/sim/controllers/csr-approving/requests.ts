import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { CertificateSigningRequest } from '../../../contracts/k8s/index.ts';

export function parseRequest(base64: string): x509.Pkcs10CertificateRequest | undefined {
  try {
    return new x509.Pkcs10CertificateRequest(Buffer.from(base64, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

export function hasCondition({ status }: Readonly<CertificateSigningRequest>, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}

/** models certificates: IsCertificateRequestApproved. A denial outweighs an approval. */
export function isApproved(csr: Readonly<CertificateSigningRequest>): boolean {
  return hasCondition(csr, 'Approved') && !hasCondition(csr, 'Denied');
}

export function subjectOf(request: x509.Pkcs10CertificateRequest): { readonly commonName: string; readonly organizations: readonly string[] } {
  const all = (key: string): string[] => request.subjectName.toJSON().flatMap((field) => field[key] ?? []);
  return { commonName: all('CN')[0] ?? '', organizations: all('O') };
}

/** models certificates: ValidateKubeletClientCSR */
export function kubeletClientProblem(request: x509.Pkcs10CertificateRequest, usages: readonly string[]): string | undefined {
  const { commonName, organizations } = subjectOf(request);
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes';
  const names = alternativeNames(request);
  if (names.dns.length > 0) return 'DNS subjectAltNames are not allowed';
  if (names.email.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.ip.length > 0) return 'IP subjectAltNames are not allowed';
  if (names.url.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node: ';
  return sameUsages(usages, ['digital signature', 'key encipherment', 'client auth']) ? undefined : 'usages did not match [client auth digital signature key encipherment] or [client auth digital signature]';
}

/** models certificates: ValidateKubeletServingCSR */
export function kubeletServingProblem(request: x509.Pkcs10CertificateRequest, usages: readonly string[]): string | undefined {
  const { commonName, organizations } = subjectOf(request);
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes';
  const names = alternativeNames(request);
  if (names.dns.length === 0 && names.ip.length === 0) return 'DNS or IP subjectAltName is required';
  if (names.email.length > 0) return 'Email subjectAltNames are not allowed';
  if (names.url.length > 0) return 'URI subjectAltNames are not allowed';
  if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node: ';
  return sameUsages(usages, ['digital signature', 'key encipherment', 'server auth']) ? undefined : 'usages did not match [digital signature key encipherment server auth] or [digital signature server auth]';
}

/** Key encipherment may be left out: keys other than RSA have no use for it. */
function sameUsages(usages: readonly string[], wanted: readonly string[]): boolean {
  const needed = wanted.filter((usage) => usage !== 'key encipherment');
  return usages.every((usage) => wanted.includes(usage)) && needed.every((usage) => usages.includes(usage));
}

/** The extension with the other names of the subject. */
export function namesOf(request: x509.Pkcs10CertificateRequest): x509.SubjectAlternativeNameExtension | undefined {
  return (request.getExtension('2.5.29.17') as x509.SubjectAlternativeNameExtension | null) ?? undefined;
}

function alternativeNames(request: x509.Pkcs10CertificateRequest): Record<'dns' | 'email' | 'ip' | 'url', string[]> {
  const items = namesOf(request)?.names.items ?? [];
  const of = (type: string): string[] => items.filter((item) => item.type === type).map((item) => item.value);
  return { dns: of('dns'), email: of('email'), ip: of('ip'), url: of('url') };
}
