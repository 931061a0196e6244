import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as never);
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export interface KeyAndCertificate {
  /** PEM */
  readonly key: string;
  /** PEM */
  readonly certificate: string;
}

/** The cluster's certificates: one authority, the API server's own, and one for the learner. */
export interface ClusterCertificates {
  readonly authority: KeyAndCertificate;
  readonly server: KeyAndCertificate;
  readonly admin: KeyAndCertificate;
}

/** Names by which the API server is reached. */
const SERVER_NAMES: x509.JsonGeneralNames = [
  { type: 'dns', value: 'localhost' },
  { type: 'dns', value: 'kubernetes' },
  { type: 'dns', value: 'kubernetes.default' },
  { type: 'dns', value: 'kubernetes.default.svc' },
  { type: 'dns', value: 'kubernetes.default.svc.cluster.local' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '10.96.0.1' },
];

/** Makes all certificates of a cluster, as kubeadm names them. @param now real milliseconds: TLS knows no virtual time. */
export async function makeCertificates(now: number): Promise<ClusterCertificates> {
  const validity = { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + 3650 * DAY_MS) };
  const authorityKeys = await generate();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01', name: 'CN=kubernetes', ...validity, signingAlgorithm: ALGORITHM, keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const issue = async (serialNumber: string, subject: string, extensions: x509.Extension[]): Promise<KeyAndCertificate> => {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber, subject, issuer: authority.subject, ...validity, signingAlgorithm: ALGORITHM, publicKey: keys.publicKey, signingKey: authorityKeys.privateKey,
      extensions: [new x509.BasicConstraintsExtension(false, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), ...extensions],
    });
    return { key: await pem(keys.privateKey), certificate: certificate.toString('pem') };
  };
  const [server, admin] = await Promise.all([
    issue('02', 'CN=kube-apiserver', [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]), new x509.SubjectAlternativeNameExtension(SERVER_NAMES)]),
    issue('03', 'O=system:masters, CN=kubernetes-admin', [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]),
  ]);
  return { authority: { key: await pem(authorityKeys.privateKey), certificate: authority.toString('pem') }, server, admin };
}

async function generate(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return x509.PemConverter.encode(bytes, 'PRIVATE KEY');
}
