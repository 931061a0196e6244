import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { Clock, Ids } from '../../../base/clock/index.ts';
import type { KubeObject } from '../../../contracts/k8s/index.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { Authenticator, Credentials, ObjectReader } from '../interfaces.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

interface Reference {
  readonly name: string;
  readonly uid: string;
}

/** Claims of a bound token. models pkg/serviceaccount: privateClaims */
interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': { readonly namespace: string; readonly serviceaccount: Reference; readonly pod?: Reference; readonly secret?: Reference; readonly node?: Reference };
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: Reference;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: Reference;
  readonly node?: Reference;
}

/** Signs and checks service-account tokens: JWTs, ES256, bound to the account and the Pod for which they were asked. */
export class ServiceAccountTokens implements Authenticator {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #reader: ObjectReader;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  /** @param privateKey PEM; made anew when absent. */
  constructor(options: { clock: Clock; ids: Ids; reader: ObjectReader; privateKey?: string }) {
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#reader = options.reader;
    this.#privateKey = options.privateKey ? createPrivateKey(options.privateKey) : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  issue(request: TokenRequest): { token: string; expiration: number } {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims: Claims = {
      aud: request.audiences,
      exp: now + request.expirationSeconds,
      iat: now,
      iss: ISSUER,
      jti: this.#ids.uuid(),
      'kubernetes.io': {
        namespace: request.namespace,
        ...(request.node ? { node: request.node } : {}),
        ...(request.pod ? { pod: request.pod } : {}),
        serviceaccount: request.serviceAccount,
      },
      nbf: now,
      sub: `system:serviceaccount:${request.namespace}:${request.serviceAccount.name}`,
    };
    const body = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(body), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return { token: `${body}.${signature}`, expiration: claims.exp * 1000 };
  }

  authenticate({ authorization }: Credentials): UserInfo | 'invalid' | undefined {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const claims = this.#verified(token);
    if (!claims || !claims.aud.includes(ISSUER) || claims.exp * 1000 < this.#clock.now()) return 'invalid';
    const bound = claims['kubernetes.io'];
    if (!this.#exists('serviceaccounts', bound.namespace, bound.serviceaccount)) return 'invalid';
    if (bound.pod && !this.#exists('pods', bound.namespace, bound.pod)) return 'invalid';
    return {
      name: claims.sub,
      uid: bound.serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${bound.namespace}`, 'system:authenticated'],
      ...(bound.pod ? { extra: { 'authentication.kubernetes.io/pod-name': [bound.pod.name], 'authentication.kubernetes.io/pod-uid': [bound.pod.uid] } } : {}),
    };
  }

  #verified(token: string): Claims | undefined {
    const [header, payload, signature] = token.split('.');
    if (!header || !payload || !signature) return undefined;
    try {
      const isGenuine = verify('sha256', Buffer.from(`${header}.${payload}`), { key: this.#publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
      return isGenuine ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims) : undefined;
    } catch {
      return undefined;
    }
  }

  #exists(storage: string, namespace: string, reference: Reference): boolean {
    return this.#reader.get<KubeObject>(storage, namespace, reference.name)?.metadata.uid === reference.uid;
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
