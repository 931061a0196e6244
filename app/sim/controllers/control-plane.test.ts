// The loops together, on a real API server in memory. Nodes only exist as objects; `settle` plays their kubelets.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rfc3339 } from '../../base/clock/index.ts';
import type { Deployment, EndpointSlice, Namespace, Node, Pod, ReplicaSet, Stored } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { configMaps, deployments, endpointSlices, events, leases, namespaces, nodes, pods, replicaSets, services } from '../client/resource-types.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { ControllerManager } from './controller-manager.ts';

let api: TestApiServer;
let client: ApiClient;
let manager: ControllerManager;
let scheduler: Scheduler;

beforeEach(async () => {
  api = await createTestApiServer();
  client = new ApiClient(api.admin);
  const { clock, ids, random, trace } = api;
  manager = new ControllerManager({ transport: (caller) => api.transport(caller), clock, ids, random, rootCertificate: 'PEM' });
  scheduler = new Scheduler({ transport: (caller) => api.transport(caller), clock, random, trace, node: 'control-plane' });
  manager.start();
  scheduler.start();
  await clock.advance(10);
});
afterEach(async () => {
  manager.dispose();
  scheduler.dispose();
  await api.clock.settle();
  api.dispose();
});

const ready = (status: string): object => ({ type: 'Ready', status, reason: 'KubeletReady', lastTransitionTime: rfc3339(api.clock.now()), lastHeartbeatTime: rfc3339(api.clock.now()) });

async function addNode(name: string, cpu = '4'): Promise<void> {
  await client.create(nodes, undefined, { metadata: { name, labels: { 'kubernetes.io/hostname': name } } }, []);
  await client.patch(nodes, undefined, name, { status: { capacity: { cpu, memory: '8Gi', pods: '110' }, allocatable: { cpu, memory: '8Gi', pods: '110' }, conditions: [ready('True')] } }, [], 'status');
  await client.create(leases, 'kube-node-lease', { metadata: { name }, spec: { holderIdentity: name } }, []);
}

let beats = 1_000;
let address = 1;
/** Lets time pass; every scheduled Pod becomes ready, every deleted one goes; nodes say that they live. */
async function settle(turns = 12, beat = true): Promise<void> {
  for (let i = 0; i < turns; i++) {
    await api.clock.advance(250);
    if (beat) for (const { metadata } of (await client.list(leases, 'kube-node-lease')).items) await client.patch(leases, 'kube-node-lease', metadata.name, { spec: { leaseTransitions: i } }, []);
    for (const pod of (await client.list<Pod>(pods)).items) {
      if (!pod.spec?.nodeName) continue;
      if (pod.metadata.deletionTimestamp) await client.delete(pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 }, []);
      else if (pod.status?.phase === 'Pending' && !pod.spec.containers[0]!.image!.includes('bad')) {
        await client.patch(pods, pod.metadata.namespace, pod.metadata.name, { status: { phase: 'Running', podIP: `10.244.1.${address++}`, conditions: [ready('True')] } }, [], 'status');
      }
    }
  }
}

const deployment = (replicas: number, image: string, more: object = {}): object => ({
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } }, ...more },
});
const sets = async (): Promise<Record<string, number>> => Object.fromEntries((await client.list<ReplicaSet>(replicaSets, 'default')).items.map((set) => [set.spec!.template!.spec!.containers[0]!.image!, set.spec!.replicas!]));
const reasons = async (): Promise<string[]> => (await client.list<any>(events, 'default')).items.map((event) => `${event.reason}: ${event.message}`);

describe('a control plane', () => {
  it('turns a Deployment into ready Pods on the workers, with endpoints, events and a whole causal chain', async () => {
    await addNode('w1');
    await addNode('w2');
    await client.create(services, 'default', { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } }, []);
    await client.create(deployments, 'default', deployment(3, 'nginx:1.27'), []);
    await settle();
    const status = (await client.get<Deployment>(deployments, 'default', 'web')).status!;
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3, observedGeneration: 1 });
    expect(status.conditions!.map(({ type, status: value, reason }) => `${type}=${value} ${reason}`).sort()).toEqual(['Available=True MinimumReplicasAvailable', 'Progressing=True NewReplicaSetAvailable']);
    const running = (await client.list<Pod>(pods, 'default')).items;
    expect(new Set(running.map((pod) => pod.spec!.nodeName)).size).toBe(2);
    expect(running[0]!.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]+-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const slice = (await client.list<EndpointSlice>(endpointSlices, 'default')).items.find((item) => item.metadata.name.startsWith('web-'))!;
    expect(slice.endpoints).toHaveLength(3);
    expect(slice.ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }]);
    expect((await reasons()).filter((line) => line.startsWith('ScalingReplicaSet'))[0]).toMatch(/Scaled up replica set web-\w+ from 0 to 3/);
    const bind = [...api.trace.since(1)].find((event) => event.kind === 'decision')!;
    expect(api.trace.history(bind.seq).map((event) => event.label).filter((label) => label.startsWith('POST'))).toEqual(['POST deployments web', expect.stringMatching(/^POST replicasets web-/), expect.stringMatching(/^POST pods web-/)]);
  });

  it('rolls out, keeps old Pods when the new image is bad, and undoes', async () => {
    await addNode('w1');
    await client.create(deployments, 'default', deployment(4, 'nginx:1'), []);
    await settle();
    await client.patch(deployments, 'default', 'web', { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } }, []);
    await settle(20);
    expect(await sets()).toEqual({ 'nginx:1': 0, 'nginx:2': 4 });
    await client.patch(deployments, 'default', 'web', { spec: { template: { spec: { containers: [{ name: 'c', image: 'bad' }] } } } }, []);
    await settle(20);
    expect(await sets()).toEqual({ 'nginx:1': 0, 'nginx:2': 3, bad: 2 });
    await client.patch(deployments, 'default', 'web', { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } }, []);
    await settle(20);
    expect(await sets()).toEqual({ 'nginx:1': 0, 'nginx:2': 4, bad: 0 });
    expect((await client.get(deployments, 'default', 'web')).metadata.annotations!['deployment.kubernetes.io/revision']).toBe('4');
  });

  it('heals itself, unless it is stopped', async () => {
    await addNode('w1');
    await client.create(deployments, 'default', deployment(2, 'nginx:1'), []);
    await settle();
    const [victim] = (await client.list<Pod>(pods, 'default')).items;
    manager.stop();
    await client.delete(pods, 'default', victim!.metadata.name, { gracePeriodSeconds: 0 }, []);
    await settle();
    expect((await client.list(pods, 'default')).items).toHaveLength(1);
    manager.start();
    await settle();
    expect((await client.list(pods, 'default')).items).toHaveLength(2);
  });

  it('says why no node fits, and tries again when one comes', async () => {
    await addNode('w1', '1');
    // Until it is not tainted any more: later words about a Pod only count up the event of the first ones.
    await settle(2);
    await client.create(pods, 'default', { metadata: { name: 'big' }, spec: { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '2' } } }] } }, []);
    await settle();
    const message = '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    const pending = await client.get<Pod>(pods, 'default', 'big');
    expect(pending.status!.conditions![0]).toMatchObject({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
    expect(await reasons()).toContain(`FailedScheduling: ${message}`);
    await addNode('w2', '4');
    await settle(50);
    expect((await client.get<Pod>(pods, 'default', 'big')).spec!.nodeName).toBe('w2');
  });

  it('reports once that Pods are refused, and goes on trying later and later', async () => {
    await addNode('w1');
    await client.create(deployments, 'default', { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { serviceAccountName: 'ghost', containers: [{ name: 'c', image: 'x' }] } } } }, []);
    await settle(8);
    const [set] = (await client.list<ReplicaSet>(replicaSets, 'default')).items;
    expect(set!.status!.conditions![0]).toMatchObject({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringContaining('error looking up service account default/ghost: serviceaccount "ghost" not found') });
    const refusals = [...api.trace.since(1)].filter((event) => event.kind === 'response' && event.code === 403 && event.loop === 'replicaset').length;
    expect(refusals).toBeGreaterThan(3);
    expect(refusals).toBeLessThan(60);
  });

  it('collects what lost its owner and empties a namespace', async () => {
    await addNode('w1');
    await client.create(namespaces, undefined, { metadata: { name: 'lab' } }, []);
    await settle(2);
    expect((await client.get(configMaps, 'lab', 'kube-root-ca.crt')).data).toEqual({ 'ca.crt': 'PEM' });
    await client.create(deployments, 'lab', deployment(2, 'nginx:1'), []);
    await settle();
    await client.delete(deployments, 'lab', 'web', undefined, []);
    await settle();
    expect((await client.list(replicaSets, 'lab')).items).toHaveLength(0);
    expect((await client.list(pods, 'lab')).items).toHaveLength(0);
    await client.delete(namespaces, undefined, 'lab', undefined, []);
    expect((await client.get<Namespace>(namespaces, undefined, 'lab')).status!.phase).toBe('Terminating');
    await settle(20);
    await expect(client.get(namespaces, undefined, 'lab')).rejects.toMatchObject({ code: 404 });
  });

  it('gives up a silent node after its grace, and its Pods after five minutes', async () => {
    await addNode('w1');
    await client.create(deployments, 'default', deployment(1, 'nginx:1'), []);
    await settle();
    // A second node that lives: when all are silent, nothing is evicted.
    await addNode('w2');
    const live = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds; i += 10) {
        await api.clock.advance(10_000);
        await client.patch(leases, 'kube-node-lease', 'w2', { spec: { leaseTransitions: ++beats } }, []);
      }
    };
    await live(70);
    const node = await client.get<Node>(nodes, undefined, 'w1');
    expect(node.status!.conditions!.find((condition) => condition.type === 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' });
    expect(node.spec!.taints!.map((taint) => `${taint.key}:${taint.effect}`)).toEqual(['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute']);
    const [pod] = (await client.list<Pod>(pods, 'default')).items as Stored<Pod>[];
    expect(pod!.metadata.deletionTimestamp).toBeUndefined();
    await live(310);
    expect((await client.get<Pod>(pods, 'default', pod!.metadata.name)).metadata.deletionTimestamp).toBeDefined();
  });

  it('lets each loop be switched by itself', async () => {
    const loop = manager.loop('replicaset')!;
    loop.stop();
    await client.create(deployments, 'default', deployment(1, 'nginx:1'), []);
    await settle(4);
    expect([(await client.list(replicaSets, 'default')).items.length, (await client.list(pods, 'default')).items.length, loop.inspect().now]).toEqual([1, 0, 'switched off']);
    loop.start();
    await settle(4);
    expect([(await client.list(pods, 'default')).items.length, loop.running]).toEqual([1, true]);
  });

  it('evicts nobody when the whole cluster is silent', async () => {
    await addNode('w1');
    await api.clock.advance(70_000);
    expect((await client.get<Node>(nodes, undefined, 'w1')).spec!.taints!.map((taint) => taint.effect)).toEqual(['NoSchedule']);
  });
});
