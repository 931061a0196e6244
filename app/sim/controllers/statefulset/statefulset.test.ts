import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersistentVolumeClaim, StatefulSet } from '../../../contracts/k8s/index.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => (bench = await ControllerBench.create({ loops: ['statefulset', 'garbagecollector'] })));
afterEach(() => bench.dispose());

const set = (spec: object = {}, image = 'nginx:1'): object => ({
  metadata: { name: 'db' },
  spec: { serviceName: 'db', replicas: 3, selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image }] } }, ...spec },
});
const create = (spec?: object): Promise<unknown> => bench.client.create(statefulSets, 'default', set(spec), []);
const patch = (spec: object): Promise<unknown> => bench.client.patch(statefulSets, 'default', 'db', { spec }, []);
const setImage = (image: string): Promise<unknown> => patch({ template: { spec: { containers: [{ name: 'c', image }] } } });
const names = async (): Promise<string[]> => (await bench.pods()).map(({ metadata }) => metadata.name).sort();
const images = async (): Promise<Record<string, string>> => Object.fromEntries((await bench.pods()).map((pod) => [pod.metadata.name, pod.spec!.containers[0]!.image!]));
const status = async (): Promise<NonNullable<StatefulSet['status']>> => (await bench.client.get<StatefulSet>(statefulSets, 'default', 'db')).status!;
const NO_TROUBLE = { replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, currentReplicas: 3 };

describe('a StatefulSet', () => {
  it('makes its Pods one after the other, and takes them away from the top', async () => {
    bench.play = (pod) => (pod.metadata.name === 'db-1' ? 'running' : 'ready');
    await create();
    await bench.settle();
    expect(await names()).toEqual(['db-0', 'db-1']);
    bench.play = () => 'ready';
    await bench.settle();
    const [first] = await bench.pods();
    expect(first!.metadata).toMatchObject({ name: 'db-0', generateName: 'db-', labels: { 'apps.kubernetes.io/pod-index': '0', 'statefulset.kubernetes.io/pod-name': 'db-0', 'controller-revision-hash': expect.stringMatching(/^db-[a-z0-9]+$/) } });
    expect(first!.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
    expect(await status()).toMatchObject(NO_TROUBLE);
    await patch({ replicas: 1 });
    await bench.settle();
    expect((await bench.eventLines()).filter((line) => line.includes('StatefulSet'))).toEqual([
      'SuccessfulCreate: Create Pod db-0 in StatefulSet db successful', 'SuccessfulCreate: Create Pod db-1 in StatefulSet db successful', 'SuccessfulCreate: Create Pod db-2 in StatefulSet db successful',
      'SuccessfulDelete: Delete Pod db-2 in StatefulSet db successful', 'SuccessfulDelete: Delete Pod db-1 in StatefulSet db successful',
    ]);
    await bench.client.delete(statefulSets, 'default', 'db', undefined, []);
    await bench.settle();
    expect(await names()).toEqual([]);
  });

  it('starts at another number, and moves when that changes', async () => {
    await create({ ordinals: { start: 5 }, podManagementPolicy: 'Parallel' });
    await bench.settle(3);
    expect(await names()).toEqual(['db-5', 'db-6', 'db-7']);
    await patch({ ordinals: { start: 6 } });
    await bench.settle();
    expect(await names()).toEqual(['db-6', 'db-7', 'db-8']);
  });

  it('rolls out from the top, down to the partition, and keeps versions', async () => {
    await create();
    await bench.settle();
    await patch({ updateStrategy: { rollingUpdate: { partition: 2 } } });
    await setImage('nginx:2');
    await bench.settle();
    expect(await images()).toEqual({ 'db-0': 'nginx:1', 'db-1': 'nginx:1', 'db-2': 'nginx:2' });
    expect(await status()).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
    await bench.client.delete(pods, 'default', 'db-0', undefined, []);
    await bench.settle();
    expect((await images())['db-0']).toBe('nginx:1');
    await patch({ updateStrategy: { rollingUpdate: { partition: 0 } } });
    await bench.settle(14);
    expect(await images()).toEqual({ 'db-0': 'nginx:2', 'db-1': 'nginx:2', 'db-2': 'nginx:2' });
    expect(await status()).toMatchObject(NO_TROUBLE);
    await setImage('nginx:1');
    await bench.settle(14);
    const revisions = (await bench.client.list(controllerRevisions, 'default')).items;
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([2, 3]);
  });

  it('leaves a broken Pod alone in order, until it is deleted by hand', async () => {
    await create();
    await bench.settle();
    bench.play = (pod) => (pod.spec!.containers[0]!.image === 'bad' ? 'running' : 'ready');
    await setImage('bad');
    await bench.settle();
    await setImage('nginx:1');
    await bench.settle();
    expect((await images())['db-2']).toBe('bad');
    await bench.client.delete(pods, 'default', 'db-2', undefined, []);
    await bench.settle();
    expect(await images()).toEqual({ 'db-0': 'nginx:1', 'db-1': 'nginx:1', 'db-2': 'nginx:1' });
  });

  it('replaces nothing with OnDelete, several at once with maxUnavailable', async () => {
    await create({ updateStrategy: { type: 'OnDelete' } });
    await bench.settle();
    await setImage('nginx:2');
    await bench.settle();
    expect(new Set(Object.values(await images()))).toEqual(new Set(['nginx:1']));
    await patch({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } });
    await bench.api.clock.advance(20);
    expect((await bench.pods()).filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name).sort()).toEqual(['db-1', 'db-2']);
  });

  it('leaves its Pods behind as orphans when told so', async () => {
    await create({ replicas: 1 });
    await bench.settle(3);
    await bench.client.delete(statefulSets, 'default', 'db', { propagationPolicy: 'Orphan' }, []);
    await bench.settle(4);
    expect((await bench.pods()).map(({ metadata }) => [metadata.name, metadata.ownerReferences, metadata.deletionTimestamp])).toEqual([['db-0', undefined, undefined]]);
    await expect(bench.client.get(statefulSets, 'default', 'db')).rejects.toMatchObject({ code: 404 });
  });

  it('gives each Pod its claims, and keeps or drops them as the policy says', async () => {
    const claims = async (): Promise<string[]> => (await bench.client.list<PersistentVolumeClaim>(persistentVolumeClaims, 'default')).items.map(({ metadata }) => metadata.name);
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } } }];
    await create({ podManagementPolicy: 'Parallel', volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } });
    await bench.settle();
    expect(await claims()).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    expect((await bench.pods())[0]!.spec!.volumes![0]).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } });
    expect((await bench.client.get(persistentVolumeClaims, 'default', 'data-db-0')).metadata.labels).toEqual({ app: 'db' });
    for (const name of await claims()) await bench.client.patch(persistentVolumeClaims, 'default', name, { metadata: { finalizers: null } }, []);
    for (const pod of await bench.pods()) await bench.client.createSubresource(pods, 'default', pod.metadata.name, 'binding', { metadata: { name: pod.metadata.name }, target: { kind: 'Node', name: 'w1' } }, []).catch(() => {});
    await patch({ replicas: 2 });
    await bench.settle(12);
    expect(await claims()).toEqual(['data-db-0', 'data-db-1']);
  });

  it('owns the claims of a Pod that still waits for them, too, when they go with the set', async () => {
    await create({ volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } } }], persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' } });
    await bench.settle(3);
    const claims = (await bench.client.list<PersistentVolumeClaim>(persistentVolumeClaims, 'default')).items;
    expect(claims.map(({ metadata }) => [metadata.name, metadata.ownerReferences?.map(({ kind }) => kind)])).toEqual([['data-db-0', ['StatefulSet']]]);
  });
});
