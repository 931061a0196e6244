import { afterEach, expect, it } from 'vitest';
import type { Endpoints, EndpointSlice, Stored } from '../../../contracts/k8s/index.ts';
import { endpoints, endpointSlices, nodes, pods, services } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
afterEach(() => bench.dispose());

const LOOPS = ['endpoints', 'endpointslice', 'endpointslice-mirroring'];
const pod = async (name: string, node: string, ports: object[] = [{ name: 'http', containerPort: 8080 }]): Promise<void> => {
  const created = await bench.client.create<any>(pods, 'default', { metadata: { name, labels: { app: 'web' } }, spec: { nodeName: node, containers: [{ name: 'main', image: 'nginx', ports }] } }, []);
  await bench.setPhase(created, 'ready');
};
const service = (spec: object, annotations: object = {}): Promise<unknown> => bench.client.create(services, 'default', { metadata: { name: 'web', labels: { tier: 'front' }, annotations }, spec: { ports: [{ port: 80, targetPort: 'http' }], ...spec } }, []);
const slices = async (): Promise<Stored<EndpointSlice>[]> => [...(await bench.client.list<EndpointSlice>(endpointSlices, 'default')).items].filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === 'web');
const flat = async (): Promise<Stored<Endpoints>> => bench.client.get<Endpoints>(endpoints, 'default', 'web');
const zoned = (name: string, zone: string): Promise<unknown> => bench.client.patch(nodes, undefined, name, { metadata: { labels: { 'topology.kubernetes.io/zone': zone } } }, []);

it('groups Pods by the numbers behind named ports, and addresses by the ports that they share', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  await pod('one', 'w1');
  await pod('two', 'w2', [{ name: 'http', containerPort: 9090 }]);
  await pod('three', 'w2', [{ name: 'http', containerPort: 8080 }, { name: 'admin', containerPort: 81 }]);
  await service({ selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }, { name: 'admin', port: 81, targetPort: 'admin' }] });
  await bench.settle(3);
  const seen = (await slices()).map((slice) => `${slice.ports!.map(({ port }) => port).join()}: ${slice.endpoints!.map(({ targetRef }) => targetRef!.name).join()}`);
  expect(seen.sort()).toEqual(['8080,81: three', '8080: one', '9090: two']);
  expect((await flat()).subsets!.map((subset) => `${subset.ports!.map(({ port }) => port).join()}: ${subset.addresses!.map(({ targetRef }) => targetRef!.name).join()}`)).toEqual(['81: three', '8080: one,three', '9090: two']);
});

it('puts at most 100 endpoints into a slice, writes few of them, and keeps an empty one', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  await service({ selector: { app: 'web' }, ports: [{ port: 80 }] });
  for (let index = 0; index < 120; index++) await pod(`p${index}`, 'w1');
  await bench.settle(3);
  expect((await slices()).map((slice) => slice.endpoints!.length).sort()).toEqual([100, 20]);
  const before = new Map((await slices()).map((slice) => [slice.metadata.name, slice.metadata.resourceVersion]));
  await bench.client.delete(pods, 'default', 'p110', { gracePeriodSeconds: 0 }, []);
  await bench.settle(3);
  expect((await slices()).filter((slice) => before.get(slice.metadata.name) === slice.metadata.resourceVersion).length).toBe(1);
  for (const { metadata } of await bench.pods()) await bench.client.delete(pods, 'default', metadata.name, { gracePeriodSeconds: 0 }, []);
  await bench.settle(3);
  expect((await slices()).map((slice) => [slice.endpoints, slice.ports])).toEqual([[null, null]]);
  expect((await flat()).subsets).toBeUndefined();
});

it('cuts Endpoints off at a thousand addresses and says so', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  for (let index = 0; index < 1003; index++) await pod(`p${index}`, 'w1');
  // The bench gives out 250 addresses only.
  for (const [index, { metadata }] of (await bench.pods()).entries()) await bench.client.patch(pods, 'default', metadata.name, { status: { podIP: `10.1.${index >> 8}.${index & 255}`, podIPs: null } }, [], 'status');
  await service({ selector: { app: 'web' }, ports: [{ port: 80 }] });
  await bench.settle(3);
  const { subsets, metadata } = await flat();
  expect([subsets![0]!.addresses!.length, metadata.annotations!['endpoints.kubernetes.io/over-capacity']]).toEqual([1000, 'truncated']);
  expect((await slices()).map((slice) => slice.endpoints!.length).sort()).toEqual([100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 3].sort());
}, 30_000);

it('hints at the zones or nodes that the Service prefers', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  await zoned('w1', 'a');
  await zoned('w2', 'b');
  await pod('one', 'w1');
  await pod('two', 'w2');
  const hints = async (): Promise<string[]> => (await slices()).flatMap((slice) => slice.endpoints!.map(({ targetRef, hints: given }) => `${targetRef!.name}: ${[...(given?.forZones ?? []), ...(given?.forNodes ?? [])].map(({ name }) => name).join()}`)).sort();
  await service({ selector: { app: 'web' }, trafficDistribution: 'PreferSameNode' });
  await bench.settle(2);
  expect(await hints()).toEqual(['one: a,w1', 'two: b,w2']);
  await bench.client.patch(services, 'default', 'web', { spec: { trafficDistribution: 'PreferSameZone' } }, []);
  await bench.settle(2);
  expect(await hints()).toEqual(['one: a', 'two: b']);
  await bench.client.patch(services, 'default', 'web', { spec: { trafficDistribution: null } }, []);
  await bench.settle(2);
  expect(await hints()).toEqual(['one: ', 'two: ']);
});

it('shares endpoints out to zones by their CPUs, and says when it cannot', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  await zoned('w1', 'a');
  await pod('one', 'w1');
  await pod('two', 'w1');
  await service({ selector: { app: 'web' } }, { 'service.kubernetes.io/topology-mode': 'Auto' });
  await bench.settle(2);
  await zoned('w2', 'b');
  await bench.client.patch(services, 'default', 'web', { metadata: { labels: { look: 'again' } } }, []);
  await bench.settle(2);
  expect((await slices()).flatMap((slice) => slice.endpoints!.map(({ hints }) => hints!.forZones![0]!.name)).sort()).toEqual(['a', 'b']);
  expect(await bench.eventLines()).toEqual([
    'TopologyAwareHintsDisabled: Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: IPv4',
    'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4',
  ]);
});

it('mirrors Endpoints that somebody keeps by hand, until told not to', async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  await service({});
  const body = { metadata: { name: 'web', labels: { owner: 'dba' }, annotations: { note: 'x' } }, subsets: [{ addresses: [{ ip: '192.0.2.1', hostname: 'db' }, { ip: '2001:db8::1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ port: 5432 }] }] };
  await bench.client.create(endpoints, 'default', body, []);
  await bench.settle(2);
  const mirrored = await slices();
  expect(mirrored.map((slice) => [slice.addressType, slice.endpoints!.map(({ addresses, conditions }) => `${addresses[0]} ${conditions!.ready}`).join()]).sort()).toEqual([['IPv4', '192.0.2.1 true,192.0.2.2 false'], ['IPv6', '2001:db8::1 true']]);
  expect(mirrored[0]!.metadata).toMatchObject({ labels: { owner: 'dba', 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' }, annotations: { note: 'x' } });
  await bench.client.delete(endpointSlices, 'default', mirrored[0]!.metadata.name, undefined, []);
  await bench.settle(2);
  expect((await slices()).length).toBe(2);
  await bench.client.patch(endpoints, 'default', 'web', { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } } }, []);
  await bench.settle(2);
  expect(await slices()).toEqual([]);
});
