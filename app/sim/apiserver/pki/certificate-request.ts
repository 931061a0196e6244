import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** The subject of a PEM certificate request in base64; undefined: it is none. */
export function readCertificateRequest(base64: string): CertificateRequest | undefined {
  try {
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(base64, 'base64').toString('utf8'));
    const fields = request.subjectName.toJSON();
    const all = (key: string): string[] => fields.flatMap((field) => field[key] ?? []);
    return { commonName: all('CN')[0] ?? '', organizations: all('O') };
  } catch {
    return undefined;
  }
}
