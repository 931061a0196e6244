import { rfc3339 } from '../../../base/clock/index.ts';
import type { KubeObject } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newInvalid } from '../../machinery/errors.ts';
import { ISSUER, type ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { ObjectReader } from '../interfaces.ts';
import type { Json } from '../registry/registry.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import type { WriteRequest } from './write.ts';

const SHORTEST_SECONDS = 600;

/** POST serviceaccounts/NAME/token. models pkg/registry/core/serviceaccount/storage: TokenREST */
export async function requestToken({ registry, context, body, schemas }: WriteRequest, tokens: ServiceAccountTokens, reader: ObjectReader): Promise<Answer> {
  const request = readBody(body, schemas).object as Json;
  const { info } = context;
  const account = registry.get(info.namespace, info.name).object.metadata;
  const spec = (request['spec'] ?? {}) as { audiences?: string[]; expirationSeconds?: number; boundObjectRef?: { kind: string; name: string; uid?: string } };
  const expirationSeconds = Number(spec.expirationSeconds ?? 3600);
  if (expirationSeconds < SHORTEST_SECONDS) {
    throw newInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [{ type: 'Invalid', field: 'spec.expirationSeconds', value: expirationSeconds, detail: 'may not specify a duration less than 10 minutes' }]);
  }
  const bound = spec.boundObjectRef;
  const pod = bound?.kind === 'Pod' ? reader.get<KubeObject & { spec: { nodeName?: string } }>('pods', info.namespace, bound.name) : undefined;
  if (bound?.kind === 'Pod' && !pod) throw newBadRequest(`pods ${JSON.stringify(bound.name)} not found`);
  const audiences = spec.audiences && spec.audiences.length > 0 ? spec.audiences : [ISSUER];
  const issued = tokens.issue({
    namespace: info.namespace,
    serviceAccount: { name: account.name, uid: account.uid },
    audiences,
    expirationSeconds,
    ...(pod ? { pod: { name: pod.metadata.name, uid: pod.metadata.uid } } : {}),
  });
  const status = { token: issued.token, expirationTimestamp: rfc3339(issued.expiration) };
  return { type: 'object', code: 201, object: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: { name: account.name, namespace: info.namespace, creationTimestamp: rfc3339(issued.expiration - expirationSeconds * 1000) }, spec: { audiences, expirationSeconds, boundObjectRef: bound ?? null }, status } };
}
