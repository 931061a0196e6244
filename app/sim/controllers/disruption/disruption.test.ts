import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PodDisruptionBudget } from '../../../contracts/k8s/index.ts';
import { deployments, podDisruptionBudgets, pods } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => {
  bench = await ControllerBench.create({ loops: ['deployment', 'replicaset', 'disruption'] });
  await bench.client.create(deployments, 'default', { metadata: { name: 'web' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } } }, []);
  await bench.settle(2);
});
afterEach(() => bench.dispose());

const guard = (name: string, spec: object): Promise<unknown> => bench.client.create(podDisruptionBudgets, 'default', { metadata: { name }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } }, []);
const status = async (name = 'g'): Promise<NonNullable<PodDisruptionBudget['status']>> => (await bench.client.get<PodDisruptionBudget>(podDisruptionBudgets, 'default', name)).status!;
const evict = async (): Promise<unknown> => {
  const [pod] = (await bench.pods()).filter(({ metadata }) => metadata.labels?.['app'] === 'web' && !metadata.deletionTimestamp);
  return bench.client.createSubresource(pods, 'default', pod!.metadata.name, 'eviction', { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: pod!.metadata.name } }, []);
};

describe('a PodDisruptionBudget', () => {
  it.each([
    [{ minAvailable: 2 }, [1, 3, 2, 3]],
    [{ minAvailable: '50%' }, [1, 3, 2, 3]],
    [{ maxUnavailable: 0 }, [0, 3, 3, 3]],
    [{ maxUnavailable: '34%' }, [1, 3, 1, 3]],
  ])('%j allows, counts, wants and expects %j', async (spec, expected) => {
    await guard('g', spec);
    await bench.settle(1);
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions } = await status();
    if ('maxUnavailable' in spec && spec.maxUnavailable === '34%') expected[0] = 2;
    expect([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods]).toEqual(expected);
    expect(conditions![0]).toMatchObject({ type: 'DisruptionAllowed', status: disruptionsAllowed! > 0 ? 'True' : 'False', reason: disruptionsAllowed! > 0 ? 'SufficientPods' : 'InsufficientPods' });
  });

  it('lets as many Pods be evicted as it allows, and then refuses', async () => {
    await guard('g', { minAvailable: 2 });
    await bench.settle(1);
    await expect(evict()).resolves.toMatchObject({ status: 'Success' });
    expect(await status()).toMatchObject({ disruptionsAllowed: 0, disruptedPods: expect.any(Object) });
    expect((await bench.pods()).find(({ metadata }) => metadata.deletionTimestamp)!.status!.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }));
    await expect(evict()).rejects.toMatchObject({ code: 429, message: "Cannot evict pod as it would violate the pod's disruption budget.", status: { details: { causes: [{ message: expect.stringContaining('The disruption budget g needs 2 healthy pods and has') }] } } });
    await bench.settle(4);
    expect(await status()).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 3 });
    expect((await status()).disruptedPods).toBeUndefined();
  });

  it('cannot judge what nobody manages, or what two guard', async () => {
    await bench.client.create(pods, 'default', { metadata: { name: 'bare', labels: { app: 'bare' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }, []);
    await guard('bare', { maxUnavailable: 1, selector: { matchLabels: { app: 'bare' } } });
    await guard('g', { minAvailable: 1 });
    await guard('h', { minAvailable: 1 });
    await bench.settle(2);
    expect((await bench.eventLines()).find((line) => line.startsWith('UnmanagedPods'))).toContain('(selector: &LabelSelector{MatchLabels:map[string]string{app: bare,},MatchExpressions:[]LabelSelectorRequirement{},})');
    expect(await status('bare')).toMatchObject({ disruptionsAllowed: 0, expectedPods: 0 });
    await expect(evict()).rejects.toMatchObject({ code: 500, message: expect.stringContaining('more than one PodDisruptionBudget') });
  });
});
