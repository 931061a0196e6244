// kube-proxy and the network agent as Pods of DaemonSets, on a clock that stands still between steps.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ConfigMap, Pod } from '../../contracts/k8s/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { configMaps, daemonSets, networkPolicies, pods, services } from '../client/resource-types.ts';
import { SimCluster } from '../sim-cluster.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 7, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true, addons: ['dns', 'kube-proxy', 'kindnet'] });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(5_000);
  for (const [name, image] of [['client', 'busybox:1.36'], ['web', 'nginx:1.27']] as const) await client.create(pods, 'default', { metadata: { name, labels: { app: name } }, spec: { containers: [{ name: 'main', image, ...(name === 'client' ? { command: ['sleep', 'infinity'] } : {}) }] } }, []);
  await expose('web');
  await cluster.clock.advance(10_000);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

const expose = (name: string): Promise<unknown> => client.create(services, 'default', { metadata: { name }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }, []);
const agents = async (app: string): Promise<readonly Pod[]> => (await client.list<Pod>(pods, 'kube-system', { labelSelector: `k8s-app=${app}` })).items;
async function exec(command: string, advanceMs = 15_000): Promise<string> {
  const session = await cluster.nodes[1]!.kubelet.server.exec({ namespace: 'default', name: 'client' }, 'main', { command: ['sh', '-c', command], stdin: false, stdout: true, stderr: true, tty: false, cause: [] });
  let output = '';
  const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<void> => {
    if (source) for await (const chunk of source) output += new TextDecoder().decode(chunk);
  };
  const done = Promise.all([read(session.stdout), read(session.stderr), session.exit]);
  await cluster.clock.advance(advanceMs);
  await done;
  return output.trim();
}
const fetch = (host: string): Promise<string> => exec(`wget -T 2 -qO- http://${host} | grep -c Welcome; true`);

it('kube-proxy is a Pod on each node; without it old rules hold, new Services are dead, and it heals', async () => {
  expect((await agents('kube-proxy')).map((pod) => pod.status!.phase)).toEqual(['Running', 'Running']);
  expect(await fetch('web')).toBe('2');
  const proxy = cluster.component('kube-proxy/worker-1')!;
  await client.delete(daemonSets, 'kube-system', 'kube-proxy', { propagationPolicy: 'Background' }, []);
  await cluster.clock.advance(40_000);
  expect([await agents('kube-proxy'), proxy.running]).toEqual([[], false]);
  await expose('late');
  await cluster.clock.advance(1_000);
  expect([await fetch('web'), await fetch('late')]).toEqual(['2', 'wget: download timed out\n0']);
});

it('a switched-off kube-proxy stands still in a running Pod; a bad configuration ends it', async () => {
  const proxy = cluster.component('kube-proxy/worker-1')!;
  proxy.stop();
  await expose('late');
  await cluster.clock.advance(1_000);
  expect([proxy.running, (await agents('kube-proxy')).every((pod) => pod.status!.phase === 'Running'), await fetch('late')]).toEqual([false, true, 'wget: download timed out\n0']);
  proxy.start();
  await cluster.clock.advance(1_000);
  expect(await fetch('late')).toBe('2');
  const { data } = await client.get<ConfigMap>(configMaps, 'kube-system', 'kube-proxy');
  await client.patch(configMaps, 'kube-system', 'kube-proxy', { data: { 'config.conf': data!['config.conf']!.replace('mode: iptables', 'mode: magic') } }, []);
  for (const pod of await agents('kube-proxy')) await client.delete(pods, 'kube-system', pod.metadata!.name!, undefined, []);
  await cluster.clock.advance(60_000);
  expect((await agents('kube-proxy')).map((pod) => pod.status!.containerStatuses![0]!.state!.waiting?.reason ?? pod.status!.containerStatuses![0]!.state!.terminated?.reason)).toEqual([expect.stringMatching(/CrashLoopBackOff|Error/), expect.stringMatching(/CrashLoopBackOff|Error/)]);
  expect([proxy.running, await fetch('web')]).toEqual([false, '2']);
});

it('policies hold in both directions, names included, and go on holding without their agent', async () => {
  const policy = (name: string, spec: object): Promise<unknown> => client.create(networkPolicies, 'default', { metadata: { name }, spec: { podSelector: {}, ...spec } }, []);
  const { status } = await client.get<Pod>(pods, 'default', 'web');
  await policy('deny', { policyTypes: ['Egress'] });
  await cluster.clock.advance(1_000);
  expect([await fetch('web'), await fetch(status!.podIP!)]).toEqual(["wget: bad address 'web'\n0", 'wget: download timed out\n0']);
  await policy('dns', { policyTypes: ['Egress'], egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }], ports: [{ port: 53, protocol: 'UDP' }] }] });
  await cluster.clock.advance(1_000);
  expect(await fetch('web')).toBe('wget: download timed out\n0');
  await policy('web', { policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'web' } } }] }] });
  await cluster.clock.advance(1_000);
  expect(await fetch('web')).toBe('2');
  await client.delete(networkPolicies, 'default', 'web', undefined, []);
  await client.delete(daemonSets, 'kube-system', 'kindnet', { propagationPolicy: 'Background' }, []);
  await cluster.clock.advance(40_000);
  await client.delete(networkPolicies, 'default', 'deny', undefined, []);
  await client.delete(networkPolicies, 'default', 'dns', undefined, []);
  await cluster.clock.advance(1_000);
  expect(await fetch('web')).toContain('wget:');
});
