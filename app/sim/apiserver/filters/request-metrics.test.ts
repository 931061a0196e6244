import { expect, it } from 'vitest';
import { RequestMetrics } from './request-metrics.ts';
import { requestInfo } from './request-info.ts';

it('counts requests, and how long they took', () => {
  let now = 0;
  const metrics = new RequestMetrics(() => now);
  const ask = (milliseconds: number, code: number, query: Record<string, string> = {}): void => {
    const end = metrics.begin(requestInfo('GET', '/api/v1/namespaces/default/pods', query), { isApply: false, dryRun: undefined });
    now += milliseconds;
    end(code);
  };
  ask(3, 200);
  ask(3_000, 504);
  ask(90_000, 200);
  ask(0, 200, { watch: 'true' });
  const labels = 'component="apiserver",dry_run="",group="",resource="pods",scope="namespace",subresource="",verb="LIST",version="v1"';
  const lines = metrics.render();
  expect(lines).toContain(`apiserver_request_total{code="504",${labels}} 1`);
  for (const [bucket, count] of [['0.005', 1], ['2', 1], ['3', 2], ['60', 2], ['+Inf', 3]] as const) expect(lines).toContain(`apiserver_request_duration_seconds_bucket{${labels},le="${bucket}"} ${count}`);
  expect(lines).toContain(`apiserver_request_duration_seconds_sum{${labels}} 93.003`);
  expect(lines).toContain(`apiserver_request_duration_seconds_count{${labels}} 3`);
  expect(lines.filter((line) => line.includes('duration_seconds_') && line.includes('WATCH'))).toEqual([]);
});
