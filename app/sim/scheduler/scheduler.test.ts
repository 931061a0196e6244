// The scheduler on a real API server in memory; nodes exist as objects only.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rfc3339 } from '../../base/clock/index.ts';
import type { CoreV1Event, Node, Pod, Stored } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { events, nodes, persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, pods, serviceAccounts, storageClasses } from '../client/resource-types.ts';
import { Scheduler } from './scheduler.ts';

let api: TestApiServer;
let client: ApiClient;
let scheduler: Scheduler;

beforeEach(async () => {
  api = await createTestApiServer();
  client = new ApiClient(api.admin);
  await client.create(serviceAccounts, 'default', { metadata: { name: 'default' } }, []);
  scheduler = new Scheduler({ transport: (caller) => api.transport(caller), clock: api.clock, random: api.random, trace: api.trace, node: 'control-plane' });
  scheduler.start();
  await api.clock.advance(10);
});
afterEach(async () => {
  scheduler.dispose();
  await api.clock.settle();
  api.dispose();
});

async function addNode(name: string, more: { cpu?: string; labels?: Record<string, string>; taints?: object[] } = {}): Promise<void> {
  await client.create(nodes, undefined, { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...more.labels } } }, []);
  const current = await client.get(nodes, undefined, name);
  await client.update(nodes, { ...current, spec: { ...current.spec, taints: more.taints ?? [] } } as Stored<Node>, []);
  const amounts = { cpu: more.cpu ?? '2', memory: '4Gi', pods: '110' };
  await client.patch(nodes, undefined, name, { status: { capacity: amounts, allocatable: amounts, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: rfc3339(api.clock.now()) }] } }, [], 'status');
}

async function addPod(name: string, spec: object = {}, labels: Record<string, string> = {}): Promise<void> {
  await client.create(pods, 'default', { metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } }, []);
  await api.clock.advance(50);
}

const asks = (cpu: string): object => ({ containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }] });
const get = (name: string): Promise<Stored<Pod>> => client.get(pods, 'default', name);
const nodeOf = async (name: string): Promise<string | undefined> => (await get(name)).spec!.nodeName;
const why = async (name: string): Promise<string | undefined> => (await get(name)).status!.conditions?.find(({ type }) => type === 'PodScheduled')?.message;
const told = async (reason: string): Promise<string[]> => (await client.list<CoreV1Event>(events, 'default')).items.filter((event) => event.reason === reason).map((event) => `${event.involvedObject.name}: ${event.message}`);
const term = (labels: object, key = 'kubernetes.io/hostname'): object => ({ labelSelector: { matchLabels: labels }, topologyKey: key });

describe('a Pod that fits nowhere', () => {
  const notHelpful = (total: number): string => `no new claims to deallocate, preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`;
  const anti = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ app: 'a' })] } } };

  it.each<[string, object, string]>([
    ['a selector', { nodeSelector: { disk: 'ssd' } }, `0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s). ${notHelpful(2)}`],
    ['more than any node has', asks('3'), `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). ${notHelpful(2)}`],
    ['more than is free', asks('1900m'), '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.'],
    ['no wish to evict', { ...asks('1900m'), priorityClassName: 'polite' }, '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.'],
    ['a node by its name, as daemons ask', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['tainted'] }] }] } } } }, `0/2 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity], 1 node(s) had untolerated taint(s). ${notHelpful(2)}`],
    ['company that is not there', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ app: 'none' })] } } }, `0/2 nodes are available: 1 node(s) didn't match pod affinity rules, 1 node(s) had untolerated taint(s). ${notHelpful(2)}`],
    ['no company', anti, "0/2 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling."],
    ['a missing claim', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }, '0/2 nodes are available: persistentvolumeclaim "data" not found. not found'],
  ])('says why: %s', async (_, spec, message) => {
    await addNode('free');
    await addNode('tainted', { taints: [{ key: 'k', effect: 'NoSchedule' }] });
    await api.admin.send({ method: 'POST', path: '/apis/scheduling.k8s.io/v1/priorityclasses', body: { metadata: { name: 'polite' }, value: 10, preemptionPolicy: 'Never' }, cause: [] });
    await addPod('first', asks('200m'), { app: 'a' });
    await addPod('pod', spec);
    expect(await why('pod')).toBe(message);
    expect(await told('FailedScheduling')).toEqual([`pod: ${message}`]);
  });

  it('without any node', async () => {
    await addPod('pod');
    expect(await why('pod')).toBe('no nodes available to schedule pods');
  });

  it('is tried again only for news that may help', async () => {
    await addNode('a', { cpu: '1' });
    await addPod('big', asks('1500m'));
    await client.patch(nodes, undefined, 'a', { metadata: { labels: { x: 'y' } } }, []);
    await api.clock.advance(2_000);
    expect((await told('FailedScheduling')).length).toBe(1);
    await addNode('b', { cpu: '2' });
    await api.clock.advance(2_000);
    expect(await nodeOf('big')).toBe('b');
  });
});

describe('of two schedulers', () => {
  it('one leads, by the Lease, and the other goes on when it stops', async () => {
    scheduler.stop();
    const { clock, ids, random, trace } = api;
    const [a, b] = ['a', 'b'].map((node) => new Scheduler({ transport: (caller) => api.transport(caller), clock, ids, random, trace, node })) as [Scheduler, Scheduler];
    a.start();
    await clock.advance(10);
    b.start();
    await addNode('n');
    await addPod('first');
    expect([await nodeOf('first'), b.inspect().now]).toEqual(['n', 'waits for the Lease: another one leads']);
    a.stop();
    await addPod('second');
    expect(await nodeOf('second')).toBeUndefined();
    await clock.advance(5_000);
    expect(await nodeOf('second')).toBe('n');
    const told = (await client.list<CoreV1Event>(events, 'kube-system')).items.filter(({ reason }) => reason === 'LeaderElection');
    expect(told.map(({ involvedObject: { kind, name }, source, message }) => [kind, name, source?.component, message?.replace(/_\S+/, '_ID')])).toEqual([
      ['Lease', 'kube-scheduler', 'default-scheduler', 'a_ID became leader'], ['Lease', 'kube-scheduler', 'default-scheduler', 'b_ID became leader'],
    ]);
    b.dispose();
  });
});

describe('queue', () => {
  it('leaves gated Pods and those of other schedulers alone', async () => {
    await addNode('a');
    await addPod('gated', { schedulingGates: [{ name: 'example.com/g' }] });
    await addPod('foreign', { schedulerName: 'night-shift' });
    expect([await nodeOf('gated'), await nodeOf('foreign')]).toEqual([undefined, undefined]);
    expect(await told('FailedScheduling')).toEqual([]);
  });
});

describe('spreading', () => {
  it('keeps the skew of a hard constraint', async () => {
    for (const [name, zone] of [['a', 'north'], ['b', 'north'], ['c', 'south']] as const) await addNode(name, { labels: { 'topology.kubernetes.io/zone': zone } });
    const spread = { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 's' } } }] };
    for (let i = 0; i < 4; i++) await addPod(`s${i}`, spread, { app: 's' });
    const placed = await Promise.all([0, 1, 2, 3].map((i) => nodeOf(`s${i}`)));
    expect(placed.filter((node) => node === 'c').length).toBe(2);
  });

  it('prefers empty nodes, and with a preferred affinity the company', async () => {
    await addNode('a');
    await addNode('b');
    await addPod('one', asks('500m'), { app: 'x' });
    await addPod('two', asks('500m'));
    expect(new Set([await nodeOf('one'), await nodeOf('two')])).toEqual(new Set(['a', 'b']));
    await addPod('friend', { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term({ app: 'x' }) }] } } });
    expect(await nodeOf('friend')).toBe(await nodeOf('one'));
  });
});

describe('preemption', () => {
  const important = (cpu: string, priority: number): object => ({ ...asks(cpu), priorityClassName: priority > 1_000 ? 'system-node-critical' : 'system-cluster-critical' });

  it('evicts the least harm, promises the node, and takes it', async () => {
    await addNode('a');
    await addNode('b');
    await addPod('guarded', asks('1500m'), { app: 'guarded' });
    await addPod('loose', asks('1500m'));
    await client.create(podDisruptionBudgets, 'default', { metadata: { name: 'keep' }, spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'guarded' } } } }, []);
    await api.clock.advance(10);
    const room = (await nodeOf('loose'))!;
    await addPod('vip', important('1', 1), {});
    const vip = await get('vip');
    expect(vip.status!.nominatedNodeName).toBe(room);
    expect((await get('loose')).metadata.deletionTimestamp).toBeDefined();
    expect(await told('Preempted')).toEqual([`loose: Preempted by pod ${vip.metadata.uid} on node ${room}`]);
    // The promised room is not given to a less important Pod meanwhile.
    await client.delete(pods, 'default', 'loose', { gracePeriodSeconds: 0 }, []);
    await addPod('late', asks('1500m'));
    await api.clock.advance(2_000);
    expect(await nodeOf('vip')).toBe(room);
    expect(await nodeOf('late')).toBeUndefined();
  });
});

describe('volumes', () => {
  const local = (name: string, node: string): object => ({
    metadata: { name },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'local', local: { path: '/mnt' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] } } },
  });

  it('takes the node where a volume is, and reserves it', async () => {
    await addNode('a');
    await addNode('b');
    await client.create(storageClasses, undefined, { metadata: { name: 'local' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' }, []);
    const made = await client.create(persistentVolumes, undefined, local('disk-b', 'b'), []);
    await client.update(persistentVolumes, { ...made, status: { phase: 'Available' } }, [], 'status');
    await client.create(persistentVolumeClaims, 'default', { metadata: { name: 'data' }, spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, []);
    await api.clock.advance(20);
    await addPod('db', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
    expect((await client.get(persistentVolumes, undefined, 'disk-b')).spec!.claimRef?.name).toBe('data');
    // The binder's part, played here.
    const claim = await client.get(persistentVolumeClaims, 'default', 'data');
    await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { ...claim.spec, volumeName: 'disk-b' } }, []);
    await api.clock.advance(500);
    expect(await nodeOf('db')).toBe('b');
  });

  it('says when no volume is near', async () => {
    await addNode('a');
    await client.create(storageClasses, undefined, { metadata: { name: 'local' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' }, []);
    await client.create(persistentVolumeClaims, 'default', { metadata: { name: 'data' }, spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }, []);
    await api.clock.advance(20);
    await addPod('db', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] });
    expect(await why('db')).toBe("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.");
  });
});
