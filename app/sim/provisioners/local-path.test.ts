import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DisposableStore } from '../../base/lifecycle/index.ts';
import type { CoreV1Event, PersistentVolumeClaim, Stored } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { events, nodes, persistentVolumeClaims, persistentVolumes, pods, serviceAccounts } from '../client/resource-types.ts';
import { ControllerManager } from '../controllers/controller-manager.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { startLocalPath } from './local-path.ts';

let api: TestApiServer;
let client: ApiClient;
let manager: ControllerManager;
let scheduler: Scheduler;
let provisioner: DisposableStore;

beforeEach(async () => {
  api = await createTestApiServer();
  client = new ApiClient(api.admin);
  const { clock, ids, random, trace } = api;
  const transport = api.transport.bind(api);
  manager = new ControllerManager({ transport, clock, ids, random, rootCertificate: 'PEM' });
  scheduler = new Scheduler({ transport, clock, random, trace, node: 'control-plane' });
  provisioner = await startLocalPath(api.admin, transport, clock);
  manager.start();
  scheduler.start();
  await clock.advance(100);
  await client.create(serviceAccounts, 'default', { metadata: { name: 'default' } }, []).catch(() => {});
  const amounts = { cpu: '2', memory: '4Gi', pods: '110' };
  await client.create(nodes, undefined, { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1' } }, status: { allocatable: amounts, conditions: [{ type: 'Ready', status: 'True' }] } }, []);
  await clock.advance(1_000);
});
afterEach(async () => {
  provisioner.dispose();
  manager.dispose();
  scheduler.dispose();
  await api.clock.settle();
  api.dispose();
});

const claim = async (name: string, modes = ['ReadWriteOnce']): Promise<void> => void (await client.create(persistentVolumeClaims, 'default', { metadata: { name }, spec: { accessModes: modes, resources: { requests: { storage: '1Gi' } } } }, []));
const get = (name: string): Promise<Stored<PersistentVolumeClaim>> => client.get(persistentVolumeClaims, 'default', name);
const told = async (name: string): Promise<string[]> => (await client.list<CoreV1Event>(events, 'default')).items.filter(({ involvedObject }) => involvedObject.name === name).map(({ reason, message }) => `${reason}: ${message}`);
const use = (name: string): Promise<unknown> => client.create(pods, 'default', { metadata: { name: `${name}-user` }, spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }] } }, []);

it('makes a volume for the default class once a Pod wants it, and removes it with the claim', async () => {
  await claim('data');
  await api.clock.advance(20_000);
  expect((await get('data')).spec!.storageClassName).toBe('standard');
  expect((await get('data')).status!.phase).toBe('Pending');
  expect((await told('data'))[0]).toBe('WaitForFirstConsumer: waiting for first consumer to be created before binding');
  await use('data');
  await api.clock.advance(20_000);
  const bound = await get('data');
  const name = `pvc-${bound.metadata.uid}`;
  expect([bound.status!.phase, bound.spec!.volumeName, bound.status!.capacity!['storage']]).toEqual(['Bound', name, '1Gi']);
  expect((await client.get(persistentVolumes, undefined, name)).spec!.hostPath!.path).toBe(`/var/local-path-provisioner/${name}_default_data`);
  expect((await client.get(pods, 'default', 'data-user')).spec!.nodeName).toBe('n1');
  expect(await told('data')).toEqual(expect.arrayContaining([
    "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'rancher.io/local-path' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    'Provisioning: External provisioner is provisioning volume for claim "default/data"',
    `ProvisioningSucceeded: Successfully provisioned volume ${name}`,
  ]));
  // In use: the claim stays until the Pod is gone, the volume until the claim is gone.
  await client.delete(persistentVolumeClaims, 'default', 'data', undefined, []);
  await api.clock.advance(1_000);
  expect((await get('data')).metadata.deletionTimestamp).toBeDefined();
  await client.delete(pods, 'default', 'data-user', { gracePeriodSeconds: 0 }, []);
  await api.clock.advance(20_000);
  await expect(get('data')).rejects.toThrow('not found');
  expect((await client.list(persistentVolumes)).items).toEqual([]);
});

it('says why it cannot', async () => {
  await claim('shared', ['ReadWriteMany']);
  await use('shared');
  await api.clock.advance(5_000);
  expect(await told('shared')).toContain('ProvisioningFailed: failed to provision volume with StorageClass "standard": NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes');
  expect((await get('shared')).status!.phase).toBe('Pending');
});
