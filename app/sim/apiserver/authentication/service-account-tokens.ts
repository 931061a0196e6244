import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { Clock, Ids } from '../../../base/clock/index.ts';
import type { KubeObject, Secret } from '../../../contracts/k8s/index.ts';
import { dayOf, INVALID_SINCE, LAST_USED } from '../../machinery/legacy-tokens.ts';
import type { UserInfo } from '../../machinery/transport.ts';
import type { Authenticator, Credentials, ObjectReader } from '../interfaces.ts';

export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

export interface Reference {
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
  readonly 'kubernetes.io': {
    readonly namespace: string; readonly serviceaccount: Reference; readonly pod?: Reference; readonly secret?: Reference; readonly node?: Reference; readonly warnafter?: number;
  };
}

const LASTING_ISSUER = 'kubernetes/serviceaccount';

/** Claims of a token that lives in a Secret. models pkg/serviceaccount: legacyPrivateClaims */
interface LastingClaims {
  readonly iss: string;
  readonly sub: string;
  readonly 'kubernetes.io/serviceaccount/namespace': string;
  readonly 'kubernetes.io/serviceaccount/secret.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string;
}

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: Reference;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** A Pod's own token is good for longer than it says; after this many seconds its use is frowned upon. */
  readonly warnAfterSeconds?: number;
  readonly pod?: Reference;
  readonly node?: Reference;
  readonly secret?: Reference;
}

export type NoteUse = (namespace: string, secret: string, labels: Readonly<Record<string, string>>) => void;

/** What became of a token: who it stands for, why it is refused, or that it is none of ours. */
export type TokenVerdict = { readonly user: UserInfo; readonly audiences: readonly string[] } | { readonly error: string } | undefined;

/** Signs and checks service-account tokens: JWTs, ES256, bound to the account and the Pod for which they were asked. */
export class ServiceAccountTokens implements Authenticator {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #reader: ObjectReader;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  readonly #noteUse: NoteUse | undefined;

  /** @param options.privateKey PEM; made anew when absent. `noteUse`: writes down when a lasting token was last used */
  constructor(options: { clock: Clock; ids: Ids; reader: ObjectReader; privateKey?: string; noteUse?: NoteUse }) {
    this.#noteUse = options.noteUse;
    this.#clock = options.clock;
    this.#ids = options.ids;
    this.#reader = options.reader;
    this.#privateKey = options.privateKey ? createPrivateKey(options.privateKey) : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  issue(request: TokenRequest): { token: string; expiration: number } {
    const now = Math.floor(this.#clock.now() / 1000);
    const { namespace, serviceAccount, pod, node, secret, warnAfterSeconds } = request;
    const claims: Claims = {
      aud: request.audiences,
      exp: now + request.expirationSeconds,
      iat: now,
      iss: ISSUER,
      jti: this.#ids.uuid(),
      'kubernetes.io': {
        namespace,
        ...(node ? { node } : {}),
        ...(pod ? { pod } : {}),
        ...(secret ? { secret } : {}),
        serviceaccount: serviceAccount,
        ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    };
    return { token: this.#sign(claims), expiration: claims.exp * 1000 };
  }

  /** A token without an end, good while its Secret holds it. models pkg/serviceaccount: LegacyClaims */
  issueLasting({ namespace, secret, serviceAccount }: { readonly namespace: string; readonly secret: string; readonly serviceAccount: Reference }): string {
    return this.#sign({
      iss: LASTING_ISSUER, 'kubernetes.io/serviceaccount/namespace': namespace, 'kubernetes.io/serviceaccount/secret.name': secret,
      'kubernetes.io/serviceaccount/service-account.name': serviceAccount.name, 'kubernetes.io/serviceaccount/service-account.uid': serviceAccount.uid,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    });
  }

  #sign(claims: Claims | LastingClaims): string {
    const body = `${encode({ alg: 'ES256', kid: this.keyId, typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(body), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return `${body}.${signature}`;
  }

  /** The public key as `/openid/v1/jwks` shows it. */
  get jwk(): Record<string, unknown> {
    const { kty, crv, x, y } = this.#publicKey.export({ format: 'jwk' });
    return { use: 'sig', kty, kid: this.keyId, crv, alg: 'ES256', x, y };
  }

  get keyId(): string {
    const { x } = this.#publicKey.export({ format: 'jwk' });
    return String(x);
  }

  authenticate({ authorization }: Credentials): UserInfo | 'invalid' | undefined {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const verdict = this.review(token, [ISSUER]);
    return verdict && 'user' in verdict ? verdict.user : 'invalid';
  }

  /** models pkg/serviceaccount: jwtTokenAuthenticator.AuthenticateToken and validator.Validate, in their words */
  review(token: string, audiences: readonly string[]): TokenVerdict {
    const claims = this.#verified<Claims | LastingClaims>(token);
    if (!claims) return undefined;
    if (!('aud' in claims)) return this.#reviewLasting(token, claims, audiences);
    const common = audiences.filter((audience) => claims.aud.includes(audience));
    if (common.length === 0) return { error: `token audiences ${goList(claims.aud)} is invalid for the target audiences ${goList(audiences)}` };
    const now = this.#clock.now() / 1000;
    if (claims.exp < now) return { error: 'service account token has expired' };
    if (claims.nbf > now + 1) return { error: 'service account token is not valid yet' };
    const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io'];
    if (!this.#exists('serviceaccounts', namespace, serviceaccount)) return { error: 'service account token has been invalidated' };
    if (pod && !this.#exists('pods', namespace, pod)) return { error: 'service account token has been invalidated' };
    if (secret && !this.#exists('secrets', namespace, secret)) return { error: 'service account token has been invalidated' };
    const extra: Record<string, readonly string[]> = {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
      ...(node ? { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] } : {}),
      ...(pod ? { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] } : {}),
    };
    return { user: { name: claims.sub, uid: serviceaccount.uid, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'], extra }, audiences: common };
  }

  /** models pkg/serviceaccount: legacyValidator.Validate, with lookup */
  #reviewLasting(token: string, claims: LastingClaims, audiences: readonly string[]): TokenVerdict {
    // It names no audience: it is for the API server.
    if (!audiences.includes(ISSUER)) return { error: `token audiences [] is invalid for the target audiences ${goList(audiences)}` };
    const about = 'kubernetes.io/serviceaccount' as const;
    const namespace = claims[`${about}/namespace`];
    const uid = claims[`${about}/service-account.uid`];
    const secret = this.#reader.get<Secret & KubeObject>('secrets', namespace, claims[`${about}/secret.name`]);
    if (!secret || secret.metadata.deletionTimestamp) return { error: 'token has been invalidated' };
    if (Buffer.from(secret.data?.['token'] ?? '', 'base64').toString() !== token) return { error: "token does not match server's copy" };
    const account = this.#reader.get<KubeObject>('serviceaccounts', namespace, claims[`${about}/service-account.name`]);
    if (!account || account.metadata.deletionTimestamp) return { error: 'service account token has been invalidated' };
    if (account.metadata.uid !== uid) return { error: `service account UID (${account.metadata.uid}) does not match claim (${uid})` };
    const name = account.metadata.name;
    if (secret.metadata.labels?.[INVALID_SINCE]) return { error: `the token in secret ${namespace}/${secret.metadata.name} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret to temporarily allow use of this token` };
    const today = dayOf(this.#clock.now());
    if (secret.metadata.labels?.[LAST_USED] !== today) this.#noteUse?.(namespace, secret.metadata.name, { [LAST_USED]: today });
    return { user: { name: claims.sub, uid, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'] }, audiences: [ISSUER] };
  }

  #verified<T>(token: string): T | undefined {
    const [header, payload, signature] = token.split('.');
    if (!header || !payload || !signature) return undefined;
    try {
      const isGenuine = verify('sha256', Buffer.from(`${header}.${payload}`), { key: this.#publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
      return isGenuine ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  #exists(storage: string, namespace: string, reference: Reference): boolean {
    return this.#reader.get<KubeObject>(storage, namespace, reference.name)?.metadata.uid === reference.uid;
  }
}

function goList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
