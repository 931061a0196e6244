import { describe, expect, it } from 'vitest';
import type { Deployment, Pod, Stored, V2HorizontalPodAutoscaler } from '../../../contracts/k8s/index.ts';
import { deployments, horizontalPodAutoscalers } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';
import { AutoscalerStatus } from './conditions.ts';
import { ScaleLimits } from './limits.ts';
import { proposeReplicas, type Usage } from './replicas.ts';

const NOW = Date.UTC(2026, 0, 1);
const pod = (name: string, more: object = {}): Stored<Pod> => ({
  metadata: { name }, spec: { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '1' } } }] },
  status: { phase: 'Running', startTime: '2025-12-31T00:00:00Z', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2025-12-31T00:00:00Z' }], ...more },
}) as never;
const used = (millis: Record<string, number>): Map<string, Usage> => new Map(Object.entries(millis).map(([name, value]) => [name, { value, at: NOW, windowMs: 15_000 }]));
const starting = { startTime: '2025-12-31T23:59:50Z', conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2025-12-31T23:59:50Z' }] };
const target = { resource: 'cpu', utilization: 50, tolerance: { up: 0.1, down: 0.1 } };

describe('what a metric proposes', () => {
  it.each([
    ['twice the target: twice the Pods', [pod('a'), pod('b')], { a: 1000, b: 1000 }, 2, 4],
    ['within tolerance: nothing', [pod('a'), pod('b')], { a: 540, b: 540 }, 2, 2],
    ['half the target: half the Pods', [pod('a'), pod('b'), pod('c'), pod('d')], { a: 250, b: 250, c: 250, d: 250 }, 4, 2],
    ['Pods that start do not burn', [pod('a'), pod('b', starting)], { a: 1000, b: 5000 }, 2, 2],
    ['Pods without numbers slow it down', [pod('a'), pod('b'), pod('c')], { a: 100, b: 100 }, 3, 3],
    ['Pods that go do not count', [pod('a'), { ...pod('b'), metadata: { name: 'b', deletionTimestamp: 'x' } } as never], { a: 1000, b: 1000 }, 2, 2],
  ])('%s', (_, pods, usage, current, expected) => expect(proposeReplicas(current, pods, used(usage), target, NOW).replicas).toBe(expected));

  it('says what is missing', () => {
    expect(() => proposeReplicas(1, [], used({}), target, NOW)).toThrow('no pods returned by selector while calculating replica count');
    expect(() => proposeReplicas(1, [{ ...pod('a'), spec: { containers: [{ name: 'c', image: 'x' }] } } as never], used({ a: 1 }), target, NOW)).toThrow('missing request for cpu in container c of Pod a');
  });
});

describe('how far it may go', () => {
  const autoscaler = (behavior?: object): Stored<V2HorizontalPodAutoscaler> => ({ metadata: {}, spec: { minReplicas: 1, maxReplicas: 100, scaleTargetRef: { kind: 'Deployment', name: 'd' }, ...(behavior ? { behavior } : {}) } }) as never;
  const limits = new ScaleLimits();
  const ask = (key: string, current: number, desired: number, at: number, behavior?: object): [number, string | undefined] => {
    const status = new AutoscalerStatus(autoscaler(behavior), at);
    const replicas = limits.normalize(key, autoscaler(behavior), current, desired, status, at);
    return [replicas, status.unchanged().conditions!.find(({ type }) => type === 'ScalingLimited')!.reason];
  };

  it('by default doubles at most, and shrinks only after five minutes', () => {
    expect(ask('a', 3, 50, NOW)).toEqual([6, 'ScaleUpLimit']);
    expect(ask('b', 10, 2, NOW)).toEqual([10, 'DesiredWithinRange']);
    expect(ask('b', 10, 2, NOW + 299_000)).toEqual([10, 'DesiredWithinRange']);
    expect(ask('b', 10, 2, NOW + 601_000)).toEqual([2, 'DesiredWithinRange']);
  });

  it('keeps to policies', () => {
    const behavior = { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] }, scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' } };
    expect(ask('c', 4, 10, NOW, behavior)).toEqual([6, 'ScaleUpLimit']);
    limits.noteChange('c', 2, NOW);
    expect(ask('c', 6, 10, NOW + 30_000, behavior)).toEqual([6, 'ScaleUpLimit']);
    expect(ask('c', 6, 10, NOW + 61_000, behavior)).toEqual([8, 'ScaleUpLimit']);
    expect(ask('c', 6, 1, NOW + 62_000, behavior)).toEqual([6, 'ScaleDownLimit']);
  });
});

describe('an autoscaler without a metrics API', () => {
  it('keeps to its bounds, and says why it can do no more', async () => {
    const bench = await ControllerBench.create({ loops: ['deployment', 'replicaset', 'horizontal-pod-autoscaling'] });
    await bench.client.create(deployments, 'default', { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } } }, []);
    await bench.client.create(horizontalPodAutoscalers, 'default', { metadata: { name: 'web' }, spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } }, []);
    await bench.client.create(horizontalPodAutoscalers, 'default', { metadata: { name: 'lost' }, spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' } } }, []);
    await bench.settle(8, 5_000);
    expect((await bench.client.get<Deployment>(deployments, 'default', 'web')).spec!.replicas).toBe(2);
    const { status } = await bench.client.get<V2HorizontalPodAutoscaler>(horizontalPodAutoscalers, 'default', 'web');
    expect(status).toMatchObject({ currentReplicas: 2, desiredReplicas: 2, currentMetrics: [{ type: '' }], lastScaleTime: expect.any(String) });
    expect(status!.conditions!.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`)).toEqual(['AbleToScale=True SucceededGetScale', 'ScalingActive=False FailedGetResourceMetric']);
    const lines = await bench.eventLines();
    const cause = 'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
    expect(lines).toContain('SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas');
    expect(lines).toContain(`FailedGetResourceMetric: failed to get cpu utilization: ${cause}`);
    expect(lines).toContain(`FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: ${cause}`);
    expect(lines).toContain('FailedGetScale: deployments.apps "absent" not found');
    await bench.dispose();
  });
});
