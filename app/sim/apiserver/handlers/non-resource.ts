import { createHash } from 'node:crypto';
import { etagOf } from '../discovery/discovery.ts';
import type { HandledRequest } from '../filters/handler.ts';
import { isTrue } from '../filters/request-info.ts';
import type { Json } from '../registry/registry.ts';
import type { Answer } from './answer.ts';
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
  if (path === '/version' || path === '/version/') return json(VERSION);
  if (['/healthz', '/livez', '/readyz'].includes(path)) return health(path.slice(1), request, options);
  if (path === '/metrics') return metrics(options);
  if (path === '/') return json({ paths: ['/api', '/api/v1', '/apis', ...options.discovery.groups().map((group) => `/apis/${group}`), '/healthz', '/livez', '/metrics', '/openapi/v3', '/readyz', '/version'] });
  if (parts[0] === 'openapi') return openapi(parts, request, options);
  if (parts[0] === 'api' || parts[0] === 'apis') return discovery(parts, request, options);
  throw new PageNotFound();
}

function discovery(parts: readonly string[], request: HandledRequest, { discovery: documents }: RouterOptions): Answer {
  const isRoot = parts.length === 1;
  const wantsAggregated = (request.accept ?? '').includes('as=APIGroupDiscoveryList') && (request.accept ?? '').includes('v=v2');
  if (isRoot && wantsAggregated) return document(documents.aggregated(parts[0] as 'api' | 'apis'), AGGREGATED);
  const found = parts[0] === 'api'
    ? isRoot ? documents.coreVersions() : documents.resources('', parts[1]!)
    : isRoot ? documents.groupList() : parts.length === 2 ? documents.group(parts[1]!) : documents.resources(parts[1]!, parts[2]!);
  if (!found) throw new PageNotFound();
  return document(found, 'application/json');
}

function document(object: Json, contentType: string): Answer {
  return { type: 'text', code: 200, text: `${JSON.stringify(object)}\n`, contentType, headers: { etag: etagOf(object), vary: 'Accept' } };
}

function openapi(parts: readonly string[], request: HandledRequest, { openapi: documents }: RouterOptions): Answer {
  if (parts[1] !== 'v3') throw new PageNotFound();
  if (parts.length === 2) {
    const text = JSON.stringify(documents.index());
    return { type: 'text', code: 200, text, contentType: 'text/plain; charset=utf-8', headers: { etag: `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"` } };
  }
  const path = parts.slice(2).join('/');
  const found = documents.document(path);
  if (!found) throw new PageNotFound();
  const hash = request.query['hash'];
  if (hash !== undefined && hash !== found.hash) {
    return { type: 'text', code: 301, text: '', contentType: 'text/plain; charset=utf-8', headers: { location: `/openapi/v3/${path}?hash=${found.hash}` } };
  }
  const caching: Record<string, string> = hash === undefined ? {} : { 'cache-control': 'public, immutable', expires: 'Fri, 31 Dec 2099 23:59:59 GMT' };
  return { type: 'text', code: 200, text: found.bytes.toString('utf8'), contentType: 'application/json', headers: { etag: `"${found.hash}"`, vary: 'Accept-Encoding', ...caching } };
}

const READY_CHECKS = ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', 'poststarthook/start-apiserver-admission-initializer', 'poststarthook/rbac/bootstrap-roles', 'poststarthook/apiservice-discovery-controller', 'shutdown'];
const LIVE_CHECKS = ['ping', 'log', 'etcd', 'poststarthook/start-apiserver-admission-initializer', 'poststarthook/rbac/bootstrap-roles', 'poststarthook/apiservice-discovery-controller'];

function health(name: string, { query }: HandledRequest, { isEtcdReady }: RouterOptions): Answer {
  const excluded = query['exclude']?.split(',') ?? [];
  const checks = (name === 'readyz' ? READY_CHECKS : LIVE_CHECKS).map((check) => {
    const isExcluded = excluded.includes(check);
    const isFailed = !isExcluded && check.startsWith('etcd') && !isEtcdReady();
    return { isFailed, line: isExcluded ? `[+]${check} excluded: ok` : isFailed ? `[-]${check} failed: reason withheld` : `[+]${check} ok` };
  });
  const failed = checks.some(({ isFailed }) => isFailed);
  const verbose = failed || isTrue(query['verbose'] === '' ? 'true' : query['verbose']);
  const lines = checks.map(({ line }) => line).join('\n');
  const text = verbose ? `${lines}\n${name} check ${failed ? 'failed' : 'passed'}\n` : 'ok';
  return { type: 'text', code: failed ? 500 : 200, text, contentType: 'text/plain; charset=utf-8' };
}

/** A few real figures in Prometheus' text form. */
function metrics({ cache, served, store }: RouterOptions): Answer {
  const lines = ['# HELP apiserver_resource_objects [STABLE] Number of stored objects at the time of last check split by kind.', '# TYPE apiserver_resource_objects gauge'];
  for (const { definition } of served.registries) {
    const name = definition.group ? `${definition.plural}.${definition.group}` : definition.plural;
    lines.push(`apiserver_resource_objects{resource=${JSON.stringify(name)}} ${cache.of(definition.storage).size}`);
  }
  lines.push('# HELP etcd_debugging_mvcc_current_revision The current revision of store.', '# TYPE etcd_debugging_mvcc_current_revision gauge', `etcd_debugging_mvcc_current_revision ${store.revision}`);
  return { type: 'text', code: 200, text: `${lines.join('\n')}\n`, contentType: 'text/plain; version=0.0.4; charset=utf-8' };
}

function json(object: Json): Answer {
  return { type: 'text', code: 200, text: JSON.stringify(object, null, 2), contentType: 'application/json' };
}
