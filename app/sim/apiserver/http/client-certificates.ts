import { X509Certificate, type KeyObject } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { parseTime } from '../../../base/clock/index.ts';
import type { Credentials } from '../interfaces.ts';

interface Known {
  readonly subject: NonNullable<Credentials['certificate']>;
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Who the callers are by their client certificates. The certificate must be signed by the cluster's authority and be valid
 * at the cluster's own time, which may be far from that of TLS; so the signature is checked here, once a connection.
 */
export class ClientCertificates {
  readonly #authority: X509Certificate;
  readonly #key: KeyObject;
  readonly #known = new WeakMap<TLSSocket, Known | false>();

  /** @param authority PEM */
  constructor(authority: string) {
    this.#authority = new X509Certificate(authority);
    this.#key = this.#authority.publicKey;
  }

  /** Undefined: no certificate of ours, or not valid now. */
  of(socket: TLSSocket, now: number): Credentials['certificate'] | undefined {
    let known = this.#known.get(socket);
    if (known === undefined) {
      known = this.#read(socket) ?? false;
      this.#known.set(socket, known);
    }
    return known && known.notBefore <= now && now <= known.notAfter ? known.subject : undefined;
  }

  #read(socket: TLSSocket): Known | undefined {
    const peer = socket.getPeerCertificate();
    if (!peer?.raw) return undefined;
    const certificate = new X509Certificate(peer.raw);
    if (!certificate.checkIssued(this.#authority) || !certificate.verify(this.#key)) return undefined;
    const subject = peer.subject as { CN?: string; O?: string | string[] } | undefined;
    if (!subject?.CN) return undefined;
    return {
      subject: { commonName: subject.CN, organizations: subject.O === undefined ? [] : [subject.O].flat(), fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() },
      notBefore: parse(certificate.validFrom),
      notAfter: parse(certificate.validTo),
    };
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 25 01:03:00 2026 GMT` */
function parse(text: string): number {
  const [, month = '', day, hours, minutes, seconds, year] = /^(\w{3}) +(\d+) (\d+):(\d+):(\d+) (\d+) GMT$/.exec(text) ?? [];
  return parseTime(`${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${String(day).padStart(2, '0')}T${hours}:${minutes}:${seconds}Z`);
}
