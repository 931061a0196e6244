import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../client/api-client.ts';
import { pods } from '../../client/resource-types.ts';
import { SimCluster } from '../../sim-cluster.ts';
import { readScrape, Samples, type Scrape } from './samples.ts';

type Json = Record<string, any>;

describe('samples', () => {
  const scrape = (at: number, cpu: number, startedAt = 0): Scrape => readScrape(
    ['# TYPE node_cpu_usage_seconds_total counter', `container_cpu_usage_seconds_total{container="c",namespace="n",pod="p"} ${cpu} ${at}`, `container_memory_working_set_bytes{container="c",namespace="n",pod="p"} 2048 ${at}`, `container_start_time_seconds{container="c",namespace="n",pod="p"} ${startedAt / 1000}`, `node_cpu_usage_seconds_total ${cpu} ${at}`, `node_memory_working_set_bytes 4096 ${at}`, ''].join('\n'),
  );
  it('make a rate of two', () => {
    const samples = new Samples();
    samples.store(new Map([['a', scrape(100_000, 10)]]), 15_000);
    expect([samples.ready, samples.node('a'), samples.pod('n/p')]).toEqual([false, undefined, undefined]);
    samples.store(new Map([['a', scrape(115_000, 13)]]), 15_000);
    expect(samples.ready).toBe(true);
    expect(samples.pod('n/p')!.get('c')).toEqual({ at: 115_000, windowMs: 15_000, cpuNanoCores: 200_000_000, memoryBytes: 2048 });
    expect(samples.node('a')!.cpuNanoCores).toBe(200_000_000);
  });
  it('measure what has just started from its start, but not what is younger than ten seconds', () => {
    const samples = new Samples();
    samples.store(new Map([['a', scrape(112_000, 6, 100_000)]]), 15_000);
    expect(samples.pod('n/p')!.get('c')).toMatchObject({ windowMs: 12_000, cpuNanoCores: 500_000_000 });
    samples.store(new Map([['a', scrape(130_000, 1, 125_000)]]), 15_000);
    expect(samples.pod('n/p')).toBeUndefined();
  });
  it('forget nodes that do not answer', () => {
    const samples = new Samples();
    samples.store(new Map([['a', scrape(1, 1)]]), 15_000);
    samples.store(new Map(), 15_000);
    expect(samples.node('a')).toBeUndefined();
  });
});

describe('metrics-server', () => {
  let cluster: SimCluster;
  afterEach(() => cluster.close());

  it('shows what simulated processes use, and an autoscaler follows it from one to three', async () => {
    cluster = await SimCluster.create({ workers: 2, seed: 3, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true, addons: ['dns', 'metrics'] });
    const transport = cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' });
    const client = new ApiClient(transport);
    const send = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Json> => (await transport.send<Json>({ method, path, body, cause: [] })).body;
    const usage = async (namespace: string): Promise<Record<string, Json>> => Object.fromEntries((await send('GET', `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`))['items'].map((item: Json) => [item['metadata'].name.replace(/-.*/, ''), item['containers'][0].usage]));
    await expect(send('GET', '/apis/metrics.k8s.io/v1beta1/nodes')).rejects.toThrow('the server is currently unable to handle the request');
    const labels = { app: 'php' };
    await send('POST', '/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'php' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'php', image: 'registry.k8s.io/hpa-example', resources: { requests: { cpu: '200m' }, limits: { cpu: '500m' } } }] } } } });
    await send('POST', '/api/v1/namespaces/default/services', { metadata: { name: 'php' }, spec: { selector: labels, ports: [{ port: 80 }] } });
    await send('POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', { metadata: { name: 'php' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'php' }, minReplicas: 1, maxReplicas: 3, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] } });
    await client.create(pods, 'default', { metadata: { name: 'spin' }, spec: { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'while :; do :; done'], resources: { limits: { cpu: '100m' } } }] } }, []);
    await cluster.clock.advance(90_000);
    const quiet = await usage('default');
    expect(parseInt(quiet['spin']!['cpu'], 10) / 1e6).toBeCloseTo(100, -1);
    expect(parseInt(quiet['php']!['cpu'], 10) / 1e6).toBeLessThan(2);
    expect(parseInt(quiet['php']!['memory'], 10)).toBeGreaterThan(8_000);
    const scale = async (): Promise<Json> => (await send('GET', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/php'))['status'];
    expect(await scale()).toMatchObject({ currentReplicas: 1, desiredReplicas: 1 });
    await client.create(pods, 'default', { metadata: { name: 'load' }, spec: { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'while sleep 0.01; do wget -q -O- http://php; done'] }] } }, []);
    await cluster.clock.advance(75_000);
    expect(await scale()).toMatchObject({ desiredReplicas: 3 });
    await expect(send('GET', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/none')).rejects.toThrow('pods "none" not found');
    const nodes = (await send('GET', '/apis/metrics.k8s.io/v1beta1/nodes'))['items'] as Json[];
    expect(nodes.map((item) => item['metadata'].name)).toEqual(['control-plane', 'worker-1', 'worker-2']);
  }, 60_000);
});
