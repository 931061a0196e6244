import { parseTime, type Clock } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { serviceAccounts } from '../../client/resource-types.ts';

/** models token manager: maxTTL; the share of its life after which a token is renewed */
const MAX_AGE_MS = 24 * 3_600_000;
const RENEWED_AT = 0.8;

interface Token {
  readonly text: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The tokens that this kubelet's Pods have mounted: asked for once, renewed when four fifths of their life are over. models pkg/kubelet/token */
export class TokenManager {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #byPod = new Map<string, Map<string, Token>>();

  constructor(client: ApiClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** A token of the Pod's service account for an audience. One that cannot be renewed serves until it has expired. */
  async get(pod: Stored<Pod>, audience: string | undefined, expirationSeconds: number, cause: Cause): Promise<string> {
    const { uid } = pod.metadata;
    const key = `${pod.spec?.serviceAccountName ?? 'default'}/${audience ?? ''}/${expirationSeconds}`;
    const known = this.#byPod.get(uid)?.get(key);
    if (known && !this.#isStale(known)) return known.text;
    try {
      const token = await this.#request(pod, audience, expirationSeconds, cause);
      if (!this.#byPod.has(uid)) this.#byPod.set(uid, new Map());
      this.#byPod.get(uid)!.set(key, token);
      return token.text;
    } catch (error) {
      if (!known) throw new Error(`failed to fetch token: ${(error as Error).message}`, { cause: error });
      if (this.#clock.now() > known.expiresAt) throw new Error(`token ${key} expired and refresh failed: ${(error as Error).message}`, { cause: error });
      return known.text;
    }
  }

  /** Has a Pod a token that it is time to renew? */
  isDue(uid: string): boolean {
    return [...(this.#byPod.get(uid)?.values() ?? [])].some((token) => this.#isStale(token));
  }

  forget(uid: string): void {
    this.#byPod.delete(uid);
  }

  clear(): void {
    this.#byPod.clear();
  }

  /** models token manager: requiresRefresh */
  #isStale({ issuedAt, expiresAt }: Token): boolean {
    const now = this.#clock.now();
    return now > issuedAt + Math.min(MAX_AGE_MS, (expiresAt - issuedAt) * RENEWED_AT) || now < issuedAt;
  }

  async #request(pod: Stored<Pod>, audience: string | undefined, expirationSeconds: number, cause: Cause): Promise<Token> {
    const { name, namespace, uid } = pod.metadata;
    const body = {
      kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1',
      spec: { ...(audience ? { audiences: [audience] } : {}), expirationSeconds, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid } },
    };
    const { spec, status } = (await this.#client.createSubresource(serviceAccounts, namespace, pod.spec?.serviceAccountName ?? 'default', 'token', body, cause)) as { spec: { expirationSeconds: number }; status: { token: string; expirationTimestamp: string } };
    const expiresAt = parseTime(status.expirationTimestamp);
    return { text: status.token, expiresAt, issuedAt: expiresAt - spec.expirationSeconds * 1000 };
  }
}
