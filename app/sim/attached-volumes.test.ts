import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Node, Pod, VolumeAttachment } from '../contracts/k8s/index.ts';
import { ApiClient } from './client/api-client.ts';
import { csiNodes, events, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from './client/resource-types.ts';
import { SimCluster } from './sim-cluster.ts';

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 1, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(3_000);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

const driver = 'disk.example.com';
const phase = async (): Promise<string | undefined> => (await client.get<Pod>(pods, 'default', 'web')).status?.phase;
const node = (): Promise<Node> => client.get<Node>(nodes, undefined, 'worker-1');
const lines = async (): Promise<string[]> => (await client.list<any>(events, 'default')).items.map(({ reason, message }) => `${reason}: ${message}`);

it('mounts a volume of a driver when it is attached and the driver is at the node, and lets go of it afterwards', async () => {
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'x' };
  await client.create(persistentVolumes, undefined, { metadata: { name: 'v' }, spec: { ...spec, capacity: { storage: '1Gi' }, csi: { driver, volumeHandle: 'one' } } }, []);
  await client.create(persistentVolumeClaims, 'default', { metadata: { name: 'data' }, spec: { ...spec, volumeName: 'v', resources: { requests: { storage: '1Gi' } } } }, []);
  await client.create(pods, 'default', { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10', volumeMounts: [{ name: 'd', mountPath: '/data' }] }], terminationGracePeriodSeconds: 1, volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } }, []);
  await cluster.clock.advance(45_000);
  expect(await phase()).toBe('Pending');
  expect((await node()).status).toMatchObject({ volumesInUse: ['kubernetes.io/csi/disk.example.com^one'] });
  // Nobody attaches yet: that is not the Pod's fault, and no event says anything.
  expect((await lines()).filter((line) => /FailedMount|FailedAttach/.test(line))).toEqual([]);
  const [attachment] = (await client.list<VolumeAttachment>(volumeAttachments)).items;
  await client.patch(volumeAttachments, undefined, attachment!.metadata.name, { status: { attached: true } }, [], 'status');
  await cluster.clock.advance(60_000);
  expect(await lines()).toEqual(expect.arrayContaining([
    'SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "v" ',
    'FailedMount: MountVolume.MountDevice failed for volume "v" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name disk.example.com not found in the list of registered CSI drivers',
  ]));
  await client.create(csiNodes, undefined, { metadata: { name: 'worker-1' }, spec: { drivers: [{ name: driver, nodeID: 'worker-1' }] } }, []);
  await cluster.clock.advance(150_000);
  expect(await phase()).toBe('Running');
  await client.delete(pods, 'default', 'web', undefined, []);
  await cluster.clock.advance(30_000);
  expect((await client.list(volumeAttachments)).items).toEqual([]);
  const { volumesInUse, volumesAttached } = (await node()).status!;
  expect([volumesInUse, volumesAttached]).toEqual([undefined, undefined]);
});
