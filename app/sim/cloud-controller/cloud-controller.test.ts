import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoreV1Event, Service, Stored } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { events, nodes, services } from '../client/resource-types.ts';
import { CloudAccount } from './account.ts';
import { CloudControllerManager } from './cloud-controller-manager.ts';

let api: TestApiServer;
let client: ApiClient;
let account: CloudAccount;
let cloud: CloudControllerManager;

beforeEach(async () => {
  api = await createTestApiServer();
  client = new ApiClient(api.admin);
  account = new CloudAccount();
  for (const name of ['n1', 'n2']) account.instances.set(name, { id: name, name, zone: 'z', address: '172.18.0.3', state: 'running' });
  cloud = new CloudControllerManager({ transport: (caller) => api.transport(caller), clock: api.clock, account });
  for (const name of ['n1', 'n2']) await addNode(name, 'True');
  cloud.start();
  await api.clock.advance(10);
});
afterEach(async () => {
  cloud.dispose();
  await api.clock.settle();
  api.dispose();
});

async function addNode(name: string, ready: string): Promise<void> {
  await client.create(nodes, undefined, { metadata: { name }, spec: { providerID: `orrery://docker/orrery/${name}` }, status: { conditions: [{ type: 'Ready', status: ready }] } }, []);
}
const addService = (name: string, type = 'LoadBalancer'): Promise<Stored<Service>> => client.create(services, 'default', { metadata: { name }, spec: { type, selector: { app: name }, ports: [{ port: 80 }] } }, []);
const get = (name: string): Promise<Stored<Service>> => client.get(services, 'default', name);
const told = async (name: string): Promise<string[]> => (await client.list<CoreV1Event>(events, 'default')).items.filter((event) => event.involvedObject.name === name).map((event) => `${event.reason}: ${event.message}`);

describe('load balancers', () => {
  it('come after a while, with events, targets and a finalizer, and go with the Service', async () => {
    await addService('web');
    await api.clock.advance(100);
    expect((await get('web')).status!.loadBalancer).toEqual({});
    await api.clock.advance(3_000);
    const web = await get('web');
    expect(web.status!.loadBalancer!.ingress).toEqual([{ ip: '172.18.255.200', ipMode: 'VIP' }]);
    expect(web.metadata.finalizers).toEqual(['service.kubernetes.io/load-balancer-cleanup']);
    expect([...account.loadBalancers.values()][0]!.targets).toEqual([{ instance: 'n1', healthy: true }, { instance: 'n2', healthy: true }]);
    await client.delete(services, 'default', 'web', undefined, []);
    await api.clock.advance(100);
    await expect(get('web')).rejects.toThrow('not found');
    expect(account.loadBalancers.size).toBe(0);
    expect(await told('web')).toEqual(['EnsuringLoadBalancer: Ensuring load balancer', 'EnsuredLoadBalancer: Ensured load balancer', 'DeletingLoadBalancer: Deleting load balancer', 'DeletedLoadBalancer: Deleted load balancer']);
  });

  it('go when the type changes', async () => {
    await addService('web');
    await api.clock.advance(3_000);
    await client.patch(services, 'default', 'web', { spec: { type: 'ClusterIP', ports: [{ port: 80, nodePort: null }] } }, []);
    await api.clock.advance(100);
    const web = await get('web');
    expect([web.metadata.finalizers, web.status!.loadBalancer]).toEqual([undefined, {}]);
  });

  it('wait while the provider refuses, and come when it no longer does', async () => {
    account.outage = 'ServiceUnavailable: try again later';
    await addService('web');
    await api.clock.advance(3_000);
    expect((await told('web')).at(-1)).toBe('SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: ServiceUnavailable: try again later');
    account.outage = undefined;
    await api.clock.advance(60_000);
    expect((await get('web')).status!.loadBalancer!.ingress).toHaveLength(1);
  });

  it('stay pending while the controller is stopped, and an address survives its restart', async () => {
    await addService('one');
    await api.clock.advance(3_000);
    cloud.stop();
    await addService('two');
    await api.clock.advance(60_000);
    expect((await get('two')).status!.loadBalancer).toEqual({});
    account.loadBalancers.clear();
    cloud.start();
    await api.clock.advance(5_000);
    expect((await get('one')).status!.loadBalancer!.ingress![0]!.ip).toBe('172.18.255.200');
    expect((await get('two')).status!.loadBalancer!.ingress).toHaveLength(1);
  });
});

describe('instances', () => {
  it('that are gone take their silent node with them', async () => {
    account.instances.delete('n2');
    await api.clock.advance(6_000);
    expect((await client.list(nodes)).items.map(({ metadata }) => metadata.name)).toEqual(['n1', 'n2']);
    const node = await client.get(nodes, undefined, 'n2');
    await client.patch(nodes, undefined, 'n2', { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, [], 'status');
    await api.clock.advance(6_000);
    expect((await client.list(nodes)).items.map(({ metadata }) => metadata.name)).toEqual(['n1']);
    expect(node.spec!.providerID).toContain('n2');
  });
});
