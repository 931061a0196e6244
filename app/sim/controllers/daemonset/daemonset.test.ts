import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DaemonSet } from '../../../contracts/k8s/index.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => (bench = await ControllerBench.create({ loops: ['daemonset', 'garbagecollector'], nodes: ['w1', 'w2', 'w3'] })));
afterEach(() => bench.dispose());

const set = (spec: object = {}, podSpec: object = {}): object => ({
  metadata: { name: 'agent' },
  spec: { selector: { matchLabels: { app: 'agent' } }, template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...podSpec } }, ...spec },
});
const create = (spec?: object, podSpec?: object): Promise<unknown> => bench.client.create(daemonSets, 'default', set(spec, podSpec), []);
const setImage = (image: string): Promise<unknown> => bench.client.patch(daemonSets, 'default', 'agent', { spec: { template: { spec: { containers: [{ name: 'c', image }] } } } }, []);
const placed = async (): Promise<string[]> => (await bench.pods()).map((pod) => `${pod.spec!.nodeName} ${pod.spec!.containers[0]!.image}`).sort();
const status = async (): Promise<NonNullable<DaemonSet['status']>> => (await bench.client.get<DaemonSet>(daemonSets, 'default', 'agent')).status!;

describe('a DaemonSet', () => {
  it('has one Pod on each node, pinned there, with its tolerations', async () => {
    await create();
    await bench.settle(3);
    expect(await placed()).toEqual(['w1 nginx:1', 'w2 nginx:1', 'w3 nginx:1']);
    const [pod] = await bench.pods();
    expect(pod!.metadata.labels).toEqual({ app: 'agent', 'controller-revision-hash': expect.stringMatching(/^[a-z0-9]{8,10}$/), 'pod-template-generation': '1' });
    expect(pod!.spec!.affinity!.nodeAffinity!.requiredDuringSchedulingIgnoredDuringExecution!.nodeSelectorTerms[0]!.matchFields![0]).toMatchObject({ key: 'metadata.name', operator: 'In' });
    expect(pod!.spec!.tolerations!.map(({ key, effect }) => `${key!.split('/')[1]} ${effect}`)).toEqual(['not-ready NoExecute', 'unreachable NoExecute', 'disk-pressure NoSchedule', 'memory-pressure NoSchedule', 'pid-pressure NoSchedule', 'unschedulable NoSchedule']);
    expect(await status()).toEqual({ currentNumberScheduled: 3, desiredNumberScheduled: 3, numberAvailable: 3, numberMisscheduled: 0, numberReady: 3, observedGeneration: 1, updatedNumberScheduled: 3 });
  });

  it('follows nodes, their labels and their taints', async () => {
    await create({}, { nodeSelector: { disk: 'ssd' } });
    await bench.settle(2);
    expect(await placed()).toEqual([]);
    await bench.client.patch(nodes, undefined, 'w1', { metadata: { labels: { disk: 'ssd' } } }, []);
    await bench.addNode('w4', { disk: 'ssd' });
    await bench.settle(3);
    expect(await placed()).toEqual(['w1 nginx:1', 'w4 nginx:1']);
    await bench.client.patch(nodes, undefined, 'w1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }, []);
    await bench.settle(2);
    expect(await placed()).toEqual(['w1 nginx:1', 'w4 nginx:1']);
    expect(await status()).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
    await bench.client.patch(nodes, undefined, 'w1', { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }, []);
    await bench.settle(3);
    expect(await placed()).toEqual(['w4 nginx:1']);
  });

  it('rolls out one node at a time, and waits where the new one does not come up', async () => {
    await create();
    await bench.settle(3);
    bench.play = (pod) => (pod.spec!.containers[0]!.image === 'bad' ? 'running' : 'ready');
    await setImage('bad');
    await bench.settle(10);
    expect((await placed()).filter((line) => line.endsWith('bad'))).toHaveLength(1);
    await setImage('nginx:1');
    await bench.settle(6);
    expect(await placed()).toEqual(['w1 nginx:1', 'w2 nginx:1', 'w3 nginx:1']);
    expect((await bench.client.list(controllerRevisions, 'default')).items.map(({ revision }) => revision).sort()).toEqual([2, 3]);
    expect(await status()).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
  });

  it('surges: the old goes when the new is available', async () => {
    await create({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    await bench.settle(3);
    bench.play = (pod) => (pod.spec!.containers[0]!.image === 'nginx:2' ? 'running' : 'ready');
    await setImage('nginx:2');
    await bench.settle(5);
    expect(await bench.pods()).toHaveLength(4);
    bench.play = () => 'ready';
    await bench.settle(16);
    expect(await placed()).toEqual(['w1 nginx:2', 'w2 nginx:2', 'w3 nginx:2']);
  });

  it('replaces with OnDelete only what is deleted, and failed Pods with growing patience', async () => {
    await create({ updateStrategy: { type: 'OnDelete' } });
    await bench.settle(3);
    await setImage('nginx:2');
    await bench.settle(3);
    const [first] = await bench.pods();
    await bench.client.delete(pods, 'default', first!.metadata.name, undefined, []);
    await bench.settle(4);
    expect((await placed()).map((line) => line.split(' ')[1]).sort()).toEqual(['nginx:1', 'nginx:1', 'nginx:2']);
    bench.play = (pod) => (pod.spec!.nodeName === 'w1' ? 'failed' : 'ready');
    await bench.settle(40);
    const failures = (await bench.eventLines()).filter((line) => line.startsWith('FailedDaemonPod')).length;
    expect(failures).toBeGreaterThan(2);
    expect(failures).toBeLessThan(7);
  });
});
