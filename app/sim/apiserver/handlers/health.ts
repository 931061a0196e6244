import type { HandledRequest } from '../filters/handler.ts';
import type { Answer } from './answer.ts';
import { PageNotFound } from './page-not-found.ts';

/** What runs once after the start of a real server; here it has run before the door is opened. */
const START_HOOKS = [
  'poststarthook/start-apiserver-admission-initializer', 'poststarthook/generic-apiserver-start-informers', 'poststarthook/priority-and-fairness-config-consumer',
  'poststarthook/priority-and-fairness-filter', 'poststarthook/storage-object-count-tracker-hook', 'poststarthook/start-apiextensions-informers',
  'poststarthook/start-apiextensions-controllers', 'poststarthook/crd-informer-synced', 'poststarthook/start-system-namespaces-controller',
  'poststarthook/peer-endpoint-reconciler-controller', 'poststarthook/start-cluster-authentication-info-controller',
  'poststarthook/start-kube-apiserver-identity-lease-controller', 'poststarthook/start-kube-apiserver-identity-lease-garbage-collector',
  'poststarthook/storage-readiness', 'poststarthook/start-legacy-token-tracking-controller', 'poststarthook/start-service-ip-repair-controllers',
  'poststarthook/rbac/bootstrap-roles', 'poststarthook/scheduling/bootstrap-system-priority-classes', 'poststarthook/priority-and-fairness-config-producer',
  'poststarthook/bootstrap-controller', 'poststarthook/start-kubernetes-service-cidr-controller', 'poststarthook/aggregator-reload-proxy-client-cert',
  'poststarthook/start-kube-aggregator-informers', 'poststarthook/apiservice-status-local-available-controller',
  'poststarthook/apiservice-status-remote-available-controller', 'poststarthook/apiservice-registration-controller', 'poststarthook/apiservice-wait-for-first-sync',
  'poststarthook/apiservice-discovery-controller', 'poststarthook/kube-apiserver-autoregistration', 'autoregister-completion',
  'poststarthook/apiservice-openapi-controller', 'poststarthook/apiservice-openapiv3-controller',
];
const LIVE_CHECKS = ['ping', 'log', 'etcd', ...START_HOOKS];
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: LIVE_CHECKS,
  livez: LIVE_CHECKS,
  readyz: ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', ...START_HOOKS, 'shutdown'],
};
const TEXT = 'text/plain; charset=utf-8';
const HEADERS = { 'x-content-type-options': 'nosniff' };

/** `/healthz`, `/livez`, `/readyz` and each check below them. models apiserver/pkg/server/healthz @throws PageNotFound */
export function health(parts: readonly string[], { query }: HandledRequest, isEtcdReady: () => boolean): Answer {
  const [name = '', ...below] = parts;
  const checks = CHECKS[name]!;
  const works = (check: string): boolean => !check.startsWith('etcd') || isEtcdReady();
  if (below.length > 0) {
    const check = below.join('/');
    if (!checks.includes(check)) throw new PageNotFound();
    return works(check) ? ok('ok') : failed('internal server error: etcd failed: reason withheld\n');
  }
  const excluded = new Set(query['exclude']?.split(',').filter(Boolean) ?? []);
  let anyFailed = false;
  const lines = checks.map((check) => {
    if (excluded.delete(check)) return `[+]${check} excluded: ok`;
    if (works(check)) return `[+]${check} ok`;
    anyFailed = true;
    return `[-]${check} failed: reason withheld`;
  });
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].sort().map((item) => JSON.stringify(item)).join(', ')}`);
  if (anyFailed) return failed(`${lines.join('\n')}\n${name} check failed\n`);
  return query['verbose'] === undefined ? ok('ok') : ok(`${lines.join('\n')}\n${name} check passed\n`);
}

function ok(text: string): Answer {
  return { type: 'text', code: 200, text, contentType: TEXT, headers: HEADERS };
}

function failed(text: string): Answer {
  return { type: 'text', code: 500, text, contentType: TEXT, headers: HEADERS };
}
