import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { newMethodNotAllowed, newNotAcceptable, newPathNotFound } from '../../machinery/errors.ts';
import { etagOf } from '../discovery/discovery.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { Json } from '../registry/registry.ts';
import { PROTOBUF } from '../http/content-negotiation.ts';
import { ISSUER } from '../authentication/service-account-tokens.ts';
import type { Answer } from './answer.ts';
import { health } from './health.ts';
import { PageNotFound } from './page-not-found.ts';
import type { RouterOptions } from './router.ts';

export const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-06-10T00:00:00Z',
  goVersion: 'go1.26.3',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Paths beside the API: discovery, OpenAPI, health, version, metrics. */
export function answerOther(request: HandledRequest, options: RouterOptions): Answer {
  const { path } = request;
  const parts = path.split('/').filter(Boolean);
  if (path === '/version' || path === '/version/') {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw newMethodNotAllowed();
    return json(VERSION);
  }
  if (['healthz', 'livez', 'readyz'].includes(parts[0] ?? '')) return health(parts, request, options.isEtcdReady);
  if (path === '/.well-known/openid-configuration' || path === '/openid/v1/jwks') return openId(path, options);
  if (path === '/metrics') return metrics(options);
  if (path === '/' || path === '/index.html') return json({ paths: ['/api', '/api/v1', '/apis', ...options.discovery.groups().map((group) => `/apis/${group}`), '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] });
  if (parts[0] === 'openapi') return openapi(parts, request, options);
  if (parts[0] === 'api' || parts[0] === 'apis') return discovery(parts, request, options);
  throw new PageNotFound();
}

function discovery(parts: readonly string[], request: HandledRequest, { discovery: documents, served }: RouterOptions): Answer {
  const isRoot = parts.length === 1;
  if (request.method !== 'GET' && request.method !== 'HEAD') throw newMethodNotAllowed();
  const form = negotiateDiscovery(request.accept ?? '', isRoot && !request.path.endsWith('/'));
  if (form === 'aggregated') return aggregated(documents.aggregated(parts[0] as 'api' | 'apis'));
  const found = parts[0] === 'api'
    ? isRoot ? documents.coreVersions() : documents.resources('', parts[1]!)
    : isRoot ? documents.groupList() : parts.length === 2 ? documents.group(parts[1]!) : documents.resources(parts[1]!, parts[2]!);
  if (!found) throw (parts[0] === 'api' || (parts.length === 3 && served.isBuiltInGroup(parts[1]!))) ? newPathNotFound() : new PageNotFound();
  if (form === 'yaml') return { type: 'text', code: 200, text: stringify(found, { lineWidth: 0, sortMapEntries: true, indentSeq: false, aliasDuplicateObjects: false }), contentType: 'application/yaml' };
  return { type: 'text', code: 200, text: `${JSON.stringify(found)}\n`, contentType: 'application/json' };
}

function aggregated(object: Json): Answer {
  return { type: 'text', code: 200, text: `${JSON.stringify(object)}\n`, contentType: AGGREGATED, headers: { etag: etagOf(object), vary: 'Accept', 'cache-control': 'public' } };
}

/** The first form of an Accept header that there is. models apiserver/pkg/endpoints/discovery/aggregated: wrapper @throws NotAcceptable */
function negotiateDiscovery(accept: string, mayAggregate: boolean): 'json' | 'yaml' | 'aggregated' {
  const clauses = accept.split(',').map((clause) => clause.replaceAll(' ', '')).filter((clause) => clause !== '');
  if (clauses.length === 0) return 'json';
  for (const clause of clauses) {
    const [mediaType = '', ...parameters] = clause.split(';');
    if (parameters.some((parameter) => parameter.startsWith('as='))) {
      if (mayAggregate && mediaType === 'application/json' && ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every((wanted) => parameters.includes(wanted))) return 'aggregated';
    } else if (mediaType === 'application/yaml') {
      return 'yaml';
    } else if (['application/json', '*/*', 'application/*', PROTOBUF].includes(mediaType)) {
      return 'json';
    }
  }
  throw newNotAcceptable(['application/json', 'application/yaml', PROTOBUF]);
}

/** Where the keys are that sign service-account tokens, and the keys. models pkg/serviceaccount: openidmetadata */
function openId(path: string, { tokens, discovery: documents }: RouterOptions): Answer {
  if (path === '/openid/v1/jwks') return { type: 'text', code: 200, text: JSON.stringify({ keys: [tokens.jwk] }), contentType: 'application/jwk-set+json', headers: PUBLIC };
  const text = JSON.stringify({ issuer: ISSUER, jwks_uri: `https://${documents.serverAddress}/openid/v1/jwks`, response_types_supported: ['id_token'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'] });
  return { type: 'text', code: 200, text, contentType: 'application/json', headers: PUBLIC };
}

const PUBLIC = { 'cache-control': 'public, max-age=3600' };
const GNOSTIC = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

function openapiV2({ accept = '' }: HandledRequest, { openapiV2: documents }: RouterOptions): Answer {
  const { json: text, protobuf, hash } = documents.document();
  const wantsProtobuf = accept.includes('proto-openapi.spec.v2');
  return { type: 'text', code: 200, text: wantsProtobuf ? protobuf : text, contentType: wantsProtobuf ? GNOSTIC : 'application/json', headers: { etag: `"${hash}"`, vary: 'Accept-Encoding, Accept' } };
}

/** What kube-openapi says of a document that it does not have. */
const NOTHING: Answer = { type: 'text', code: 404, text: '', contentType: '' };

function openapi(parts: readonly string[], request: HandledRequest, options: RouterOptions): Answer {
  const { openapi: documents } = options;
  if (parts[1] === 'v2' && parts.length === 2) return openapiV2(request, options);
  if (parts[1] !== 'v3') throw new PageNotFound();
  if (parts.length === 2 && request.path.endsWith('/')) return NOTHING;
  if (parts.length === 2) {
    const text = JSON.stringify(documents.index());
    return { type: 'text', code: 200, text, contentType: 'text/plain; charset=utf-8', headers: { etag: `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"` } };
  }
  const path = parts.slice(2).join('/');
  const found = documents.document(path);
  if (!found) return NOTHING;
  const hash = request.query['hash'];
  if (hash !== undefined && hash !== found.hash) {
    return { type: 'text', code: 301, text: '', contentType: 'application/json', headers: { vary: 'Accept', location: `/openapi/v3/${path}?hash=${found.hash}` } };
  }
  const caching: Record<string, string> = hash === undefined ? {} : { 'cache-control': 'public, immutable', expires: 'Fri, 31 Dec 2099 23:59:59 GMT' };
  return { type: 'text', code: 200, text: found.bytes.toString('utf8'), contentType: 'application/json', headers: { etag: `"${found.hash}"`, vary: 'Accept', ...caching } };
}

/** Real figures in Prometheus' text form, under the names of a real server. */
function metrics({ cache, served, store, metrics: requests }: RouterOptions): Answer {
  const lines = [...requests.render(), '# HELP apiserver_resource_objects [STABLE] Number of stored objects at the time of last check split by kind.', '# TYPE apiserver_resource_objects gauge'];
  for (const { definition } of served.registries) {
    const name = definition.group ? `${definition.plural}.${definition.group}` : definition.plural;
    lines.push(`apiserver_resource_objects{resource=${JSON.stringify(name)}} ${cache.of(definition.storage).size}`);
  }
  lines.push('# HELP etcd_debugging_mvcc_current_revision The current revision of store.', '# TYPE etcd_debugging_mvcc_current_revision gauge', `etcd_debugging_mvcc_current_revision ${store.revision}`);
  return { type: 'text', code: 200, text: `${lines.join('\n')}\n`, contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' };
}

function json(object: Json): Answer {
  return { type: 'text', code: 200, text: JSON.stringify(object, null, 2), contentType: 'application/json' };
}
