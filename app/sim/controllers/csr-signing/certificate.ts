import 'reflect-metadata';
import { createPrivateKey, sign } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { rfc3339 } from '../../../base/clock/index.ts';
import { namesOf } from '../csr-approving/requests.ts';

export interface Authority {
  /** PEM */
  readonly certificate: string;
  /** PEM */
  readonly key: string;
}

export interface CertificateWish {
  readonly request: x509.Pkcs10CertificateRequest;
  readonly usages: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serialNumber: bigint;
}

const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const KEY_USAGES: Readonly<Record<string, x509.KeyUsageFlags>> = {
  signing: x509.KeyUsageFlags.digitalSignature, 'digital signature': x509.KeyUsageFlags.digitalSignature, 'content commitment': x509.KeyUsageFlags.nonRepudiation,
  'key encipherment': x509.KeyUsageFlags.keyEncipherment, 'key agreement': x509.KeyUsageFlags.keyAgreement, 'data encipherment': x509.KeyUsageFlags.dataEncipherment,
  'cert sign': x509.KeyUsageFlags.keyCertSign, 'crl sign': x509.KeyUsageFlags.cRLSign,
};
const EXTENDED_USAGES: Readonly<Record<string, string>> = { 'client auth': x509.ExtendedKeyUsage.clientAuth, 'server auth': x509.ExtendedKeyUsage.serverAuth };

/**
 * Signs what a request asks for. The certificate is put together here, and signed at once: the library signs in another
 * thread, outside the simulator's time.
 *
 * models pkg/controller/certificates/authority: PermissiveSigningPolicy
 */
export function signCertificate(authority: Authority, { request, usages, notBefore, notAfter, serialNumber }: CertificateWish): string {
  const issuer = new x509.X509Certificate(authority.certificate);
  const body = sequence(
    tagged(0xa0, integer(2n)),
    integer(serialNumber),
    ECDSA_WITH_SHA256,
    Buffer.from(issuer.subjectName.toArrayBuffer()),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    subjectInOrder(request),
    Buffer.from(request.publicKey.rawData),
    tagged(0xa3, sequence(...extensionsOf(request, usages).map((extension) => Buffer.from(extension.rawData)))),
  );
  const signature = sign('sha256', body, createPrivateKey(authority.key));
  const certificate = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Attributes in the order in which Go writes a name, those of one kind together. models crypto/x509/pkix: ToRDNSequence */
const NAME_ORDER = ['C', 'O', 'OU', 'L', 'ST', 'STREET', 'POSTALCODE', 'CN', 'SERIALNUMBER'];

function subjectInOrder(request: x509.Pkcs10CertificateRequest): Buffer {
  const fields = request.subjectName.toJSON();
  const ordered = NAME_ORDER.flatMap((key) => {
    const values = fields.flatMap((field) => field[key] ?? []);
    return values.length > 0 ? [{ [key]: values }] : [];
  });
  return Buffer.from(new x509.Name(ordered).toArrayBuffer());
}

function extensionsOf(request: x509.Pkcs10CertificateRequest, usages: readonly string[]): x509.Extension[] {
  const keyUsage = usages.reduce<number>((flags, usage) => flags | (KEY_USAGES[usage] ?? 0), 0);
  const extended = usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
  const names = namesOf(request);
  return [
    ...(keyUsage ? [new x509.KeyUsagesExtension(keyUsage, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
    new x509.BasicConstraintsExtension(false, undefined, true),
    ...(names ? [names] : []),
  ];
}

// DER: a tag, a length, the content.
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(value: bigint): Buffer {
  const text = value.toString(16);
  const bytes = Buffer.from(text.length % 2 ? `0${text}` : text, 'hex');
  return tagged(0x02, bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function utcTime(milliseconds: number): Buffer {
  const digits = rfc3339Digits(milliseconds);
  return tagged(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

/** `20260101000000` */
function rfc3339Digits(milliseconds: number): string {
  return rfc3339(milliseconds).replace(/[-:TZ]/g, '');
}
