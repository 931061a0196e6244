import { afterEach, beforeEach, expect, it } from 'vitest';
import type { IPAddress, Service, ServiceCIDR } from '../../../contracts/k8s/index.ts';
import { ipAddresses, serviceCIDRs, services } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => void (bench = await ControllerBench.create({ loops: ['service-cidr-controller'], nodes: [], definitions: true })));
afterEach(() => bench.dispose());

const settle = (ms = 1_000): Promise<void> => bench.api.clock.advance(ms);
const service = (name: string, spec: object = {}): Promise<Service> => bench.client.create<Service>(services, 'default', { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } }, []);
const remove = (type: typeof ipAddresses | typeof serviceCIDRs | typeof services, name: string): Promise<void> => bench.client.delete(type as typeof services, type.namespaced ? 'default' : undefined, name, undefined, []);
const held = async (): Promise<string[]> => (await bench.client.list<IPAddress>(ipAddresses)).items.map(({ metadata, spec }) => `${metadata.name} ${spec?.parentRef?.resource}/${spec?.parentRef?.namespace}/${spec?.parentRef?.name}`);
const network = (name: string, cidr: string): Promise<unknown> => bench.client.create(serviceCIDRs, undefined, { metadata: { name }, spec: { cidrs: [cidr] } }, []);
const readiness = async (name: string): Promise<unknown> => (await bench.client.get<ServiceCIDR>(serviceCIDRs, undefined, name)).status?.conditions?.[0];
const API = '10.96.0.1 services/default/kubernetes';

it('keeps an IPAddress for each cluster IP, as long as it is used', async () => {
  await service('web', { clusterIP: '10.96.0.7' });
  await service('headless', { clusterIP: 'None' });
  await settle();
  expect(await held()).toEqual([API, '10.96.0.7 services/default/web']);
  await bench.client.patch(services, 'default', 'web', { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: '' } }, []);
  await settle();
  expect(await held()).toEqual([API]);
  await service('other', { clusterIP: '10.96.0.7' });
  await remove(services, 'other');
  await settle();
  expect(await held()).toEqual([API]);
  expect(await bench.eventLines()).toEqual([]);
});

it('puts right what somebody deleted, misdirected or left over', async () => {
  await service('web', { clusterIP: '10.96.0.7' });
  await settle();
  await remove(ipAddresses, '10.96.0.7');
  await settle();
  expect(await held()).toContain('10.96.0.7 services/default/web');
  const labels = { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' };
  await bench.client.create(ipAddresses, undefined, { metadata: { name: '10.96.9.9', labels }, spec: { parentRef: { resource: 'services', namespace: 'default', name: 'never' } } }, []);
  await bench.client.create(ipAddresses, undefined, { metadata: { name: '10.96.8.8' }, spec: { parentRef: { resource: 'gateways', group: 'example.com', name: 'mine' } } }, []);
  await settle(50_000);
  expect(await held()).toHaveLength(4);
  await settle(15_000);
  expect(await held()).toEqual([API, '10.96.0.7 services/default/web', '10.96.8.8 gateways/undefined/mine']);
  await expect(service('late', { clusterIP: '10.96.8.8' })).rejects.toThrow('provided IP is already allocated');
  expect(await bench.eventLines()).toEqual(['ClusterIPNotAllocated: Cluster IP [IPv4]: 10.96.0.7 is not allocated; repairing', 'IPAddressNotAllocated: IPAddress: 10.96.9.9 for Service default/never appears to have leaked: cleaning up']);
});

it('gives out addresses of further networks, and keeps one while addresses lie in no other', async () => {
  await expect(service('early', { clusterIP: '10.200.0.5' })).rejects.toThrow('does not match the current range');
  await network('more', '10.200.0.0/28');
  await settle();
  expect(await readiness('more')).toMatchObject({ status: 'True', message: 'Kubernetes Service CIDR is ready' });
  await service('web', { clusterIP: '10.200.0.5' });
  await settle();
  await remove(serviceCIDRs, 'more');
  await settle(20_000);
  expect(await readiness('more')).toMatchObject({ status: 'False', reason: 'Terminating', message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR' });
  await expect(service('late', { clusterIP: '10.200.0.6' })).rejects.toThrow('does not match the current range');
  await network('wider', '10.200.0.0/16');
  await settle();
  await expect(readiness('more')).rejects.toMatchObject({ code: 404 });
  await remove(services, 'web');
  await settle();
  await remove(serviceCIDRs, 'wider');
  await settle(5_000);
  expect(await readiness('wider')).toMatchObject({ status: 'True' });
  await settle(6_000);
  await expect(readiness('wider')).rejects.toMatchObject({ code: 404 });
});
