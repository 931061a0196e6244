import { afterEach, beforeEach, expect, it } from 'vitest';
import { csiDrivers, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../client/resource-types.ts';
import { attachmentName, uniqueVolumeName } from '../../machinery/csi-volumes.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
const csi = { driver: 'disk.example.com', volumeHandle: 'vol-1' };
const NAME = uniqueVolumeName(csi);

beforeEach(async () => {
  bench = await ControllerBench.create({ loops: ['persistentvolume-binder-controller', 'persistentvolume-attach-detach-controller'] });
  for (const name of ['w1', 'w2']) await patchNode(name, { metadata: { annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' } } });
  bench.play = () => undefined;
});
afterEach(() => bench.dispose());

const patchNode = (name: string, patch: object, subresource?: string): Promise<unknown> => bench.client.patch(nodes, undefined, name, patch, [], subresource);
const setInUse = (name: string, volumes: string[] | null): Promise<unknown> => patchNode(name, { status: { volumesInUse: volumes } }, 'status');
const attachedTo = async (name: string): Promise<unknown> => (await bench.client.get(nodes, undefined, name)).status?.volumesAttached;
const attachments = async (): Promise<string[]> => (await bench.client.list<any>(volumeAttachments)).items.map(({ spec, status }) => `${spec.source.persistentVolumeName}@${spec.nodeName} ${status.attached}`);
const settle = (ms = 2_000): Promise<void> => bench.api.clock.advance(ms);
const driverSays = (node: string, status: object): Promise<unknown> => bench.client.patch(volumeAttachments, undefined, attachmentName(csi, node), { status }, [], 'status');

async function volume(accessMode = 'ReadWriteOnce'): Promise<void> {
  await bench.client.create(persistentVolumes, undefined, { metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, accessModes: [accessMode], storageClassName: 'x', csi } }, []);
  await bench.client.create(persistentVolumeClaims, 'default', { metadata: { name: 'data' }, spec: { accessModes: [accessMode], storageClassName: 'x', volumeName: 'v', resources: { requests: { storage: '1Gi' } } } }, []);
  await settle(20_000);
}

const pod = (name: string, nodeName: string): Promise<unknown> => bench.client.create(pods, 'default', { metadata: { name }, spec: { nodeName, containers: [{ name: 'c', image: 'x' }], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } }, []);
const removePod = (name: string): Promise<unknown> => bench.client.delete(pods, 'default', name, { gracePeriodSeconds: 0 }, []);

it('asks for a volume, reports it, and takes it away once it is unmounted', async () => {
  await volume();
  await pod('a', 'w1');
  await settle();
  expect(await attachments()).toEqual(['v@w1 false']);
  expect(await attachedTo('w1')).toBeUndefined();
  await setInUse('w1', [NAME]);
  await driverSays('w1', { attached: true });
  await settle();
  expect(await attachedTo('w1')).toEqual([{ name: NAME, devicePath: '' }]);
  expect(await bench.eventLines()).toContain('SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "v" ');
  await removePod('a');
  await settle(600_000);
  // A node that is well has all the time it wants.
  expect(await attachments()).toEqual(['v@w1 true']);
  await setInUse('w1', null);
  await settle();
  expect(await attachments()).toEqual([]);
  expect(await attachedTo('w1')).toBeUndefined();
});

it('says who has a volume that is for one node, once, and gives it to the next when it is free', async () => {
  await volume();
  await pod('a', 'w1');
  await settle();
  await driverSays('w1', { attached: true });
  await pod('b', 'w2');
  await settle(60_000);
  expect(await attachments()).toEqual(['v@w1 true']);
  expect((await bench.eventLines()).filter((line) => line.startsWith('FailedAttachVolume'))).toEqual(['FailedAttachVolume: Multi-Attach error for volume "v" Volume is already used by pod(s) a']);
  await removePod('a');
  await settle();
  expect(await attachments()).toEqual(['v@w2 false']);
});

it('lets several nodes have a volume that is for many', async () => {
  await volume('ReadWriteMany');
  await pod('a', 'w1');
  await pod('b', 'w2');
  await settle();
  expect((await attachments()).sort()).toEqual(['v@w1 false', 'v@w2 false']);
});

it.each([
  ['is out of service, at once', { spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } }, undefined, 2_000],
  ['was not well for six minutes', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, 'status', 362_000],
] as const)('takes a mounted volume from a node that %s', async (_, patch, subresource, ms) => {
  await volume();
  await pod('a', 'w1');
  await settle();
  await driverSays('w1', { attached: true });
  await setInUse('w1', [NAME]);
  await settle();
  await removePod('a');
  await patchNode('w1', patch, subresource);
  if (ms > 5_000) {
    await settle(ms - 5_000);
    expect(await attachments()).toEqual(['v@w1 true']);
  }
  await settle(5_000);
  expect(await attachments()).toEqual([]);
});

it.each([
  ['nobody attaches', undefined, 122_000, 'timed out waiting for external-attacher of disk.example.com CSI driver to attach volume vol-1'],
  ['the driver cannot', { attached: false, attachError: { message: 'rpc error: code = NotFound desc = no such disk' } }, 2_000, 'rpc error: code = NotFound desc = no such disk'],
] as const)('says so when %s', async (_, status, ms, words) => {
  await volume();
  await pod('a', 'w1');
  await settle();
  if (status) await driverSays('w1', status);
  await settle(ms);
  expect(await bench.eventLines()).toContain(`FailedAttachVolume: AttachVolume.Attach failed for volume "v" : ${words}`);
});

it('leaves volumes alone whose driver needs no attaching', async () => {
  await bench.client.create(csiDrivers, undefined, { metadata: { name: csi.driver }, spec: { attachRequired: false } }, []);
  await volume();
  await pod('a', 'w1');
  await settle();
  expect(await attachments()).toEqual([]);
});

it('goes on with what is there when it was switched off and on', async () => {
  await bench.client.create(csiDrivers, undefined, { metadata: { name: csi.driver }, spec: { attachRequired: true } }, []);
  await volume();
  bench.manager.setLoop('persistentvolume-attach-detach-controller', false);
  await pod('a', 'w1');
  await settle();
  expect(await attachments()).toEqual([]);
  bench.manager.setLoop('persistentvolume-attach-detach-controller', true);
  await settle();
  expect(await attachments()).toEqual(['v@w1 false']);
});
