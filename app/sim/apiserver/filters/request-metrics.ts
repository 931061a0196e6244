import type { RequestInfo } from '../interfaces.ts';

const VERBS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', deletecollection: 'DELETECOLLECTION', get: 'GET', list: 'LIST', watch: 'WATCH', patch: 'PATCH', delete: 'DELETE' };
const CONNECTS = new Set(['exec', 'attach', 'portforward', 'proxy']);
/** Upper ends in seconds. models endpoints/metrics: requestLatencies */
const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

interface Durations {
  /** How many lasted at most as long as the bucket of that place, and longer than the one before. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Counts requests as a real server does, for /metrics. models apiserver/pkg/endpoints/metrics */
export class RequestMetrics {
  readonly #totals = new Map<string, number>();
  readonly #durations = new Map<string, Durations>();
  readonly #now: () => number;
  readonly #inflight = { mutating: 0, readOnly: 0 };

  /** @param now of the cluster's clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request has come in; call the result with its code when it is answered. */
  begin(info: RequestInfo, options: { readonly isApply: boolean; readonly dryRun: string | undefined }): (code: number) => void {
    const kind = MUTATING.has(info.verb) ? 'mutating' : 'readOnly';
    this.#inflight[kind]++;
    const startedAt = this.#now();
    return (code) => {
      this.#inflight[kind]--;
      const labels = labelsOf(info, options);
      const total = asText({ code: String(code), ...labels });
      this.#totals.set(total, (this.#totals.get(total) ?? 0) + 1);
      // What goes on is answered at once: how long it goes on is not known here.
      if (labels.verb !== 'WATCH' && labels.verb !== 'CONNECT') this.#observe(asText(labels), (this.#now() - startedAt) / 1000);
    };
  }

  #observe(labels: string, seconds: number): void {
    let durations = this.#durations.get(labels);
    if (!durations) this.#durations.set(labels, (durations = { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }));
    const bucket = BUCKETS.findIndex((end) => seconds <= end);
    if (bucket >= 0) durations.counts[bucket]!++;
    durations.sum += seconds;
    durations.count++;
  }

  /** Lines of Prometheus' text form. */
  render(): string[] {
    return [
      '# HELP apiserver_current_inflight_requests [STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
      '# TYPE apiserver_current_inflight_requests gauge',
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.#inflight.mutating}`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.#inflight.readOnly}`,
      '# HELP apiserver_request_duration_seconds [STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      '# TYPE apiserver_request_duration_seconds histogram',
      ...[...this.#durations].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([labels, durations]) => histogramLines(labels, durations)),
      '# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      '# TYPE apiserver_request_total counter',
      ...[...this.#totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`),
    ];
  }
}

/** Each bucket holds those before it. */
function histogramLines(labels: string, { counts, sum, count }: Durations): string[] {
  const name = 'apiserver_request_duration_seconds';
  let below = 0;
  return [
    ...BUCKETS.map((end, index) => `${name}_bucket{${labels},le="${end}"} ${(below += counts[index]!)}`),
    `${name}_bucket{${labels},le="+Inf"} ${count}`, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`,
  ];
}

const asText = (labels: Readonly<Record<string, string>>): string => Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');

function labelsOf(info: RequestInfo, { isApply, dryRun }: { isApply: boolean; dryRun: string | undefined }): { readonly verb: string } & Record<string, string> {
  const { group, version, resource, subresource } = info;
  const verb = !info.isResource ? info.verb.toUpperCase() : CONNECTS.has(subresource) ? 'CONNECT' : isApply ? 'APPLY' : (VERBS[info.verb] ?? info.verb.toUpperCase());
  const scope = !info.isResource ? '' : info.name !== '' || info.verb === 'create' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
  return { component: 'apiserver', dry_run: dryRun ?? '', group, resource: info.isResource ? resource : '', scope, subresource: info.isResource ? subresource : info.path, verb, version };
}
