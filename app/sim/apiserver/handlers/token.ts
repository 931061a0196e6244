import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { KubeObject } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newConflict, newInvalid, newNotFound } from '../../machinery/errors.ts';
import type { FieldError } from '../../machinery/field-error.ts';
import { ISSUER, type Reference, type ServiceAccountTokens } from '../authentication/service-account-tokens.ts';
import type { ObjectReader } from '../interfaces.ts';
import type { Answer } from './answer.ts';
import { decodeChecked, readBody } from './body.ts';
import type { WriteRequest } from './write.ts';

interface BoundObjectRef {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}
interface TokenRequestObject {
  metadata?: { name?: string; namespace?: string };
  spec?: { audiences?: string[]; expirationSeconds?: number; boundObjectRef?: BoundObjectRef };
}

const SCHEMA = 'io.k8s.api.authentication.v1.TokenRequest';
/** Where Nodes lie in the store. */
const NODES = 'minions';
const SHORTEST_SECONDS = 600;
/** A kubelet asks for a Pod's token with this; it is then good for a year, and its use after this time is counted. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;

/** POST serviceaccounts/NAME/token. models pkg/registry/core/serviceaccount/storage: TokenREST */
export async function requestToken({ registry, context, body, schemas }: WriteRequest, tokens: ServiceAccountTokens, reader: ObjectReader): Promise<Answer> {
  const sent = readBody(body, schemas);
  decodeChecked((sent.object ?? {}) as object, SCHEMA, context, schemas, sent.problems, (message) => newBadRequest(`TokenRequest in version "v1" cannot be handled as a TokenRequest: ${message}`));
  // What was sent, not what decoding fills in: an absent field differs from Go's zero.
  const request = (sent.object ?? {}) as TokenRequestObject;
  const { namespace, name } = context.info;
  const spec = request.spec ?? {};
  const expirationSeconds = Number(spec.expirationSeconds ?? 3600);
  refuse(name, identityFindings(request, namespace, name));
  const account = registry.get(namespace, name).object.metadata;
  refuse('', expirationFindings(expirationSeconds));
  const bound = spec.boundObjectRef ? boundObject(spec.boundObjectRef, namespace, name, reader) : {};
  const audiences = spec.audiences && spec.audiences.length > 0 ? spec.audiences : [ISSUER];
  const isExtended = bound.pod !== undefined && expirationSeconds === WARN_ONLY_SECONDS && audiences.length === 1 && audiences[0] === ISSUER;
  const issued = tokens.issue({
    namespace,
    serviceAccount: { name: account.name, uid: account.uid },
    audiences,
    ...(isExtended ? { expirationSeconds: EXTENDED_SECONDS, warnAfterSeconds: expirationSeconds } : { expirationSeconds }),
    ...bound,
  });
  const creationTimestamp = rfc3339(registry.now());
  const expirationTimestamp = rfc3339(parseTime(creationTimestamp) + expirationSeconds * 1000);
  const answer = { metadata: { name: account.name, namespace, creationTimestamp }, spec: { audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null }, status: { token: issued.token, expirationTimestamp } };
  return { type: 'object', code: 201, object: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', ...answer } };
}

function refuse(name: string, findings: readonly FieldError[]): void {
  if (findings.length > 0) throw newInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, findings);
}

function identityFindings({ metadata }: TokenRequestObject, namespace: string, name: string): FieldError[] {
  const invalid = (field: string, value: string, detail: string): FieldError => ({ type: 'Invalid', field, value, detail });
  if (metadata?.name && metadata.name !== name) return [invalid('metadata.name', metadata.name, 'must match the service account name if specified')];
  if (metadata?.namespace && metadata.namespace !== namespace) return [invalid('metadata.namespace', metadata.namespace, 'must match the service account namespace if specified')];
  return [];
}

function expirationFindings(seconds: number): FieldError[] {
  const detail = seconds < SHORTEST_SECONDS ? 'may not specify a duration less than 10 minutes' : seconds > 2 ** 32 ? 'may not specify a duration larger than 2^32 seconds' : undefined;
  return detail ? [{ type: 'Invalid', field: 'spec.expirationSeconds', value: seconds, detail }] : [];
}

type Bound = { readonly pod?: Reference; readonly node?: Reference; readonly secret?: Reference };
type Found = KubeObject & { readonly spec?: { readonly serviceAccountName?: string; readonly nodeName?: string } };

/** The object with which the token dies. */
function boundObject(ref: BoundObjectRef, namespace: string, account: string, reader: ObjectReader): Bound {
  const { kind = '', apiVersion = '', name = '', uid } = ref;
  const resource = apiVersion === 'v1' ? { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind] : undefined;
  if (!resource) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw newBadRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const found = reader.get<Found>(kind === 'Node' ? NODES : resource, kind === 'Node' ? undefined : namespace, name);
  if (!found) throw newNotFound({ group: '', resource }, name);
  if (kind === 'Pod' && found.spec?.serviceAccountName !== account) throw newBadRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`);
  const { metadata } = found;
  if (uid && uid !== metadata.uid) {
    throw newConflict({ group: '', resource: kind }, name, `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`);
  }
  const reference = { name: metadata.name, uid: metadata.uid };
  if (kind === 'Secret') return { secret: reference };
  if (kind === 'Node') return { node: reference };
  const node = found.spec?.nodeName ? reader.get<KubeObject>(NODES, undefined, found.spec.nodeName) : undefined;
  return { pod: reference, ...(node ? { node: { name: node.metadata.name, uid: node.metadata.uid } } : {}) };
}
