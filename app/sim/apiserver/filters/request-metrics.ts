import type { RequestInfo } from '../interfaces.ts';

const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', deletecollection: 'DELETECOLLECTION', get: 'GET', list: 'LIST', watch: 'WATCH', patch: 'PATCH', delete: 'DELETE' };
const CONNECTS = new Set(['exec', 'attach', 'portforward', 'proxy']);
const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Counts requests as a real server does, for /metrics. models apiserver/pkg/endpoints/metrics */
export class RequestMetrics {
  readonly #totals = new Map<string, number>();
  readonly #inflight = { mutating: 0, readOnly: 0 };

  /** A request has come in; call the result with its code when it is answered. */
  begin(info: RequestInfo, options: { readonly isApply: boolean; readonly dryRun: string | undefined }): (code: number) => void {
    const kind = MUTATING.has(info.verb) ? 'mutating' : 'readOnly';
    this.#inflight[kind]++;
    return (code) => {
      this.#inflight[kind]--;
      const labels = labelsOf(info, code, options);
      this.#totals.set(labels, (this.#totals.get(labels) ?? 0) + 1);
    };
  }

  /** Lines of Prometheus' text form. */
  render(): string[] {
    return [
      '# HELP apiserver_current_inflight_requests [STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
      '# TYPE apiserver_current_inflight_requests gauge',
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.#inflight.mutating}`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.#inflight.readOnly}`,
      '# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      '# TYPE apiserver_request_total counter',
      ...[...this.#totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`),
    ];
  }
}

function labelsOf(info: RequestInfo, code: number, { isApply, dryRun }: { isApply: boolean; dryRun: string | undefined }): string {
  const { group, version, resource, subresource } = info;
  const verb = !info.isResource ? info.verb.toUpperCase() : CONNECTS.has(subresource) ? 'CONNECT' : isApply ? 'APPLY' : (VERBS[info.verb] ?? info.verb.toUpperCase());
  const scope = !info.isResource ? '' : info.name !== '' || info.verb === 'create' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
  const labels = { code: String(code), component: 'apiserver', dry_run: dryRun ?? '', group, resource: info.isResource ? resource : '', scope, subresource: info.isResource ? subresource : info.path, verb, version };
  return Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');
}
