// The whole cluster, in memory, on a clock that stands still between steps.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoreV1Event, Node, Pod, Service, Stored } from '../contracts/k8s/index.ts';
import { ApiClient } from './client/api-client.ts';
import { events, nodes, pods, services } from './client/resource-types.ts';
import { SimCluster } from './sim-cluster.ts';

let cluster: SimCluster;
let client: ApiClient;
beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 2, seed: 7, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true });
  client = new ApiClient(cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'kubectl/v1.35.2' }));
  await cluster.clock.advance(3_000);
});
afterEach(async () => {
  await cluster.close();
  await new Promise((resolve) => setImmediate(resolve));
});

const create = (name: string, container: object, spec: object = {}, labels = {}): Promise<Stored<Pod>> =>
  client.create(pods, 'default', { metadata: { name, labels }, spec: { containers: [{ name: 'main', image: 'busybox:1.36', ...container }], ...spec } }, []);
const get = (name: string): Promise<Stored<Pod>> => client.get(pods, 'default', name);
const state = async (name: string): Promise<object> => (await get(name)).status!.containerStatuses![0]!.state!;
const eventsOf = async (name: string): Promise<string[]> => (await client.list<CoreV1Event>(events, 'default')).items.filter((event) => event.involvedObject.name === name).map((event) => `${event.reason}: ${event.message}`);
const logs = async (name: string, previous = false): Promise<string> => {
  const pod = await get(name);
  const kubelet = cluster.nodes.find((node) => node.config.name === pod.spec!.nodeName)!.kubelet.server;
  const source = await kubelet.containerLogs({ namespace: 'default', name }, 'main', { follow: false, previous, timestamps: false, signal: new AbortController().signal });
  let text = '';
  for await (const chunk of source) text += new TextDecoder().decode(chunk);
  return text;
};
const exec = async (name: string, ...command: string[]): Promise<{ output: string; exitCode: number }> => {
  const pod = await get(name);
  const kubelet = cluster.nodes.find((node) => node.config.name === pod.spec!.nodeName)!.kubelet.server;
  const session = await kubelet.exec({ namespace: 'default', name }, 'main', { command, stdin: false, stdout: true, stderr: true, tty: false, cause: [] });
  let output = '';
  const read = async (source: AsyncIterable<Uint8Array> | undefined): Promise<void> => {
    if (source) for await (const chunk of source) output += new TextDecoder().decode(chunk);
  };
  await Promise.all([read(session.stdout), read(session.stderr)]);
  return { output, ...(await session.exit) };
};

describe('a cluster', () => {
  it('comes up with Ready nodes and itself as static Pods', async () => {
    const all = (await client.list<Node>(nodes)).items;
    expect(all.map((node) => [node.metadata.name, node.status!.conditions!.find((condition) => condition.type === 'Ready')!.status])).toEqual([['control-plane', 'True'], ['worker-1', 'True'], ['worker-2', 'True']]);
    const system = (await client.list<Pod>(pods, 'kube-system')).items;
    expect(system.map((pod) => `${pod.metadata.name} ${pod.status!.phase}`)).toEqual(['etcd-control-plane Running', 'kube-apiserver-control-plane Running', 'kube-controller-manager-control-plane Running', 'kube-scheduler-control-plane Running']);
  });

  it('gives a running container more, says when it starts and ends, and why it must wait', async () => {
    const resources = (cpu: string): object => ({ requests: { memory: '32Mi', cpu }, limits: { cpu } });
    await create('grows', { command: ['sleep', 'infinity'], resources: resources('100m') }, { nodeName: 'worker-1' });
    await create('other', { command: ['sleep', 'infinity'], resources: { requests: { cpu: '3' } } }, { nodeName: 'worker-1' });
    await cluster.clock.advance(5_000);
    const resize = (cpu: string): Promise<unknown> => client.patch(pods, 'default', 'grows', { spec: { containers: [{ name: 'main', resources: resources(cpu) }] } }, [], 'resize');
    await resize('200m');
    await cluster.clock.advance(5_000);
    await resize('2');
    await cluster.clock.advance(5_000);
    const about = (cpu: string, generation: number): string => `{"containers":[{"name":"main","resources":{"limits":{"cpu":"${cpu}"},"requests":{"cpu":"${cpu}","memory":"32Mi"}}}],"generation":${generation}`;
    expect((await eventsOf('grows')).filter((text) => text.startsWith('Resize'))).toEqual([
      `ResizeStarted: Pod resize started: ${about('200m', 2)}}`,
      `ResizeCompleted: Pod resize completed: ${about('200m', 2)}}`,
      expect.stringMatching(/^ResizeDeferred: Pod resize Deferred: .*"generation":3,"error":"Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"}$/),
    ]);
    expect((await get('grows')).status!.conditions!.filter(({ type }) => type.startsWith('PodResize')).map(({ type, reason }) => [type, reason])).toEqual([['PodResizePending', 'Deferred']]);
    expect((await get('grows')).status!.containerStatuses![0]!.resources!.limits).toEqual({ cpu: '200m' });
  });

  it('takes a mirror away a moment after it was deleted, and puts another there', async () => {
    const name = 'kube-scheduler-control-plane';
    const { uid } = (await client.get(pods, 'kube-system', name)).metadata;
    await client.delete(pods, 'kube-system', name, {}, []);
    await cluster.clock.settle();
    expect((await client.get(pods, 'kube-system', name)).metadata.uid).toBe(uid);
    await cluster.clock.advance(1_000);
    const after = await client.get<Pod>(pods, 'kube-system', name);
    expect(after.metadata.uid).not.toBe(uid);
    expect(after.metadata.deletionTimestamp).toBeUndefined();
  });

  it('tells of a full disk by condition, taint and events, and ends what filled it', async () => {
    await create('full', { command: ['sh', '-c', 'fallocate -l 66G /data/big; sleep infinity'], volumeMounts: [{ name: 'data', mountPath: '/data' }] }, { nodeName: 'worker-1', volumes: [{ name: 'data', emptyDir: {} }] });
    await create('small', { command: ['sleep', 'infinity'] }, { nodeName: 'worker-1' });
    await cluster.clock.advance(45_000);
    expect((await get('full')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect((await get('full')).status!.message).toMatch(/^The node was low on resource: ephemeral-storage\. Threshold quantity: \d+, available: \d+\w*\. $/);
    expect((await get('small')).status!.phase).toBe('Running');
    const node = async (): Promise<Stored<Node>> => client.get(nodes, undefined, 'worker-1');
    const pressure = async (): Promise<string> => (await node()).status!.conditions!.find(({ type }) => type === 'DiskPressure')!.status;
    expect(await pressure()).toBe('True');
    expect((await node()).spec!.taints!.map(({ key }) => key)).toEqual(['node.kubernetes.io/disk-pressure']);
    await create('late', { command: ['sleep', 'infinity'] }, { nodeName: 'worker-1' });
    await cluster.clock.advance(2_000);
    expect((await get('late')).status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message: 'Pod was rejected: The node had condition: [DiskPressure]. ' });
    await cluster.clock.advance(5 * 60_000 + 20_000);
    expect(await pressure()).toBe('False');
    expect((await node()).spec!.taints ?? []).toEqual([]);
    const reasons = (await eventsOf('worker-1')).map((text) => text.split(':')[0]);
    expect(reasons.filter((reason) => reason !== 'RegisteredNode')).toEqual(['EvictionThresholdMet', 'NodeHasDiskPressure', 'NodeHasNoDiskPressure']);
  });

  it('asks gRPC servers how they are', async () => {
    const server = { image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['grpc-health-checking', '--service=shop'] };
    await create('well', { ...server, readinessProbe: { grpc: { port: 5000, service: 'shop' }, periodSeconds: 2, failureThreshold: 1 } });
    await create('unknown', { ...server, readinessProbe: { grpc: { port: 5000, service: 'cellar' } } });
    await create('http', { image: 'nginx:1.27', readinessProbe: { grpc: { port: 80 } } });
    await create('closed', { ...server, readinessProbe: { grpc: { port: 5001 }, timeoutSeconds: 2 } });
    await cluster.clock.advance(15_000);
    const isReady = async (name: string): Promise<boolean> => (await get(name)).status!.containerStatuses![0]!.ready!;
    expect(await Promise.all(['well', 'unknown', 'http', 'closed'].map(isReady))).toEqual([true, false, false, false]);
    const unhealthy = async (name: string): Promise<string | undefined> => (await eventsOf(name)).find((text) => text.startsWith('Unhealthy'))?.replace(/\d+\.\d+\.\d+\.\d+/, 'IP');
    expect(await unhealthy('unknown')).toBe('Unhealthy: Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service');
    expect(await unhealthy('http')).toBe('Unhealthy: Readiness probe failed: timeout: failed to connect service "IP:80" within 1s: context deadline exceeded');
    expect(await unhealthy('closed')).toBe('Unhealthy: Readiness probe failed: timeout: failed to connect service "IP:5001" within 2s: context deadline exceeded');
    const told = exec('well', 'wget', '-qO-', 'localhost:8080/make-not-serving');
    await cluster.clock.advance(5_000);
    await told;
    expect(await isReady('well')).toBe(false);
    expect(await unhealthy('well')).toBe('Unhealthy: Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
    expect(await logs('well')).toContain('2026/01/01 00:00:');
  });

  it('leads a host port of its node to a Pod, and refuses a second Pod there', async () => {
    const ports = [{ containerPort: 80, hostPort: 8080 }];
    await create('web', { image: 'nginx:1.27', ports }, { nodeName: 'worker-1' });
    await create('box', { command: ['sleep', 'infinity'] }, { nodeName: 'worker-2' });
    await cluster.clock.advance(5_000);
    await create('late', { image: 'nginx:1.27', ports }, { nodeName: 'worker-1' });
    await cluster.clock.advance(2_000);
    expect((await get('late')).status).toMatchObject({ phase: 'Failed', reason: 'NodePorts', message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports" });
    const { hostIP } = (await get('web')).status!;
    const fetched = exec('box', 'wget', '-qO-', `${hostIP}:8080`);
    await cluster.clock.advance(1_000);
    expect((await fetched).output).toContain('Welcome to nginx!');
  });

  it('renews the token in a Pod when four fifths of its life are over', async () => {
    const source = { serviceAccountToken: { audience: 'vault', expirationSeconds: 600, path: 'token' } };
    await create('box', { command: ['sleep', 'infinity'], volumeMounts: [{ name: 'own', mountPath: '/own' }] }, { volumes: [{ name: 'own', projected: { sources: [source] } }] });
    const token = async (): Promise<string> => (await exec('box', 'cat', '/own/token')).output;
    await cluster.clock.advance(5_000);
    const first = await token();
    expect(first.split('.')).toHaveLength(3);
    await cluster.clock.advance(450_000);
    expect(await token()).toBe(first);
    await cluster.clock.advance(110_000);
    expect((await token()).split('.')).toHaveLength(3);
    expect(await token()).not.toBe(first);
  }, 120_000);

  it('runs a Pod with the events, the status and the causes of a real one', async () => {
    await create('web', { image: 'nginx:1.27' });
    await cluster.clock.advance(5_000);
    const { status, spec } = await get('web');
    expect(status).toMatchObject({ phase: 'Running', qosClass: 'BestEffort', observedGeneration: 1 });
    expect(status!.podIP).toMatch(/^10\.244\.[12]\.2$/);
    expect(status!.conditions!.map((condition) => `${condition.type}=${condition.status}`).sort()).toEqual(['ContainersReady=True', 'Initialized=True', 'PodReadyToStartContainers=True', 'PodScheduled=True', 'Ready=True']);
    expect(await eventsOf('web')).toEqual([
      `Scheduled: Successfully assigned default/web to ${spec!.nodeName}`, 'Pulling: Pulling image "nginx:1.27"', expect.stringMatching(/^Pulled: Successfully pulled image "nginx:1.27" in 1\.\d+s/), 'Created: Container created', 'Started: Container started',
    ]);
    const started = [...cluster.trace.since(1)].find((event) => event.kind === 'container' && event.label === 'main started')!;
    const path = cluster.trace.history(started.seq).map((event) => event.label);
    expect(path).toEqual(expect.arrayContaining(['POST pods web', 'put /registry/pods/default/web', `bind web → ${spec!.nodeName}`, 'POST pods/binding web', 'StartContainer web/main']));
  });

  it('restarts what crashes, later each time, and keeps the previous log', async () => {
    await create('crash', { command: ['sh', '-c', 'echo attempt; exit 3'] });
    await cluster.clock.advance(8_000);
    // The reason shows from the next look at the Pod on.
    expect(await state('crash')).toMatchObject({ terminated: { exitCode: 3, reason: 'Error' } });
    await client.patch(pods, 'default', 'crash', { metadata: { annotations: { look: '1' } } }, []);
    await cluster.clock.advance(100);
    expect(await state('crash')).toMatchObject({ waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('back-off 10s restarting failed container=main') } });
    expect((await get('crash')).status!.containerStatuses![0]).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 3, reason: 'Error' } } });
    await cluster.clock.advance(40_000);
    expect((await get('crash')).status!.containerStatuses![0]!.restartCount).toBe(3);
    expect(await logs('crash', true)).toBe('attempt\n');
  });

  it('says what is wrong with an image that is not there, and with a command that is not', async () => {
    await create('bad', { image: 'nginx:9.99-none' });
    await create('missing', { command: ['nope'] }, { restartPolicy: 'Never' });
    await cluster.clock.advance(4_000);
    const text = 'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:9.99-none": failed to resolve image: docker.io/library/nginx:9.99-none: not found';
    expect(await state('bad')).toEqual({ waiting: { reason: 'ErrImagePull', message: text } });
    expect(await eventsOf('bad')).toContain(`Failed: Failed to pull image "nginx:9.99-none": ${text}`);
    expect(await state('missing')).toMatchObject({ terminated: { exitCode: 128, reason: 'StartError', startedAt: '1970-01-01T00:00:00Z' } });
    expect((await get('missing')).status!.phase).toBe('Failed');
  });

  it('executes commands, reaches Services, and ends Pods with their grace', async () => {
    await create('web', { image: 'nginx:1.27' }, {}, { app: 'web' });
    await create('box', { command: ['sleep', '3600'] });
    await client.create(services, 'default', { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }, []);
    await cluster.clock.advance(6_000);
    const { spec } = await client.get<Service>(services, 'default', 'web');
    expect(await exec('box', 'sh', '-c', `wget -qO- ${spec!.clusterIP} | grep "<h1>"; exit 4`)).toEqual({ output: '<h1>Welcome to nginx!</h1>\n', exitCode: 4 });
    expect(await logs('web')).toContain('"GET / HTTP/1.1" 200 615 "-" "Wget" "-"');
    await client.delete(pods, 'default', 'web', undefined, []);
    await client.delete(pods, 'default', 'box', undefined, []);
    await cluster.clock.advance(5_000);
    await expect(get('web')).rejects.toMatchObject({ code: 404 });
    // PID 1 without a handler does not hear SIGTERM.
    expect((await get('box')).metadata.deletionTimestamp).toBeDefined();
    await cluster.clock.advance(28_000);
    await expect(get('box')).rejects.toMatchObject({ code: 404 });
  });

  it('lets a Pod in whose node has just got the label that it asks for', async () => {
    await create('moon', { command: ['sleep', '60'] }, { nodeSelector: { planet: 'moon' } });
    await cluster.clock.advance(1_000);
    expect((await get('moon')).status!.phase).toBe('Pending');
    await client.patch(nodes, undefined, 'worker-1', { metadata: { labels: { planet: 'moon' } } }, []);
    await cluster.clock.advance(4_000);
    expect((await get('moon')).status!.phase).toBe('Running');
  });

  it('breaks exactly where a part is stopped, and heals when it is started', async () => {
    cluster.scheduler.stop();
    await create('waits', { command: ['sleep', '9'] });
    await cluster.clock.advance(10_000);
    expect((await get('waits')).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(await eventsOf('waits')).toEqual([]);
    cluster.scheduler.start();
    await cluster.clock.advance(3_000);
    expect((await get('waits')).status!.phase).toBe('Running');
    cluster.etcd.stop();
    await expect(get('waits')).rejects.toMatchObject({ code: 500, message: 'etcdserver: request timed out' });
    cluster.etcd.start();
    await cluster.clock.advance(3_000);
    await expect(get('waits')).resolves.toBeDefined();
    const worker = cluster.nodes.find((node) => node.config.name === 'worker-1')!;
    worker.kubelet.stop();
    await cluster.clock.advance(60_000);
    expect((await client.get<Node>(nodes, undefined, 'worker-1')).status!.conditions!.find((condition) => condition.type === 'Ready')!.status).toBe('Unknown');
    worker.kubelet.start();
    await cluster.clock.advance(15_000);
    expect((await client.get<Node>(nodes, undefined, 'worker-1')).spec!.taints ?? []).toEqual([]);
  });

  it('gives the same trace for the same seed', async () => {
    const other = await SimCluster.create({ workers: 2, seed: 7, speed: 1, startAt: Date.UTC(2026, 0, 1), paused: true }, cluster.certificates);
    await other.clock.advance(3_000);
    const lines = (one: SimCluster): string[] => [...one.trace.since(1)].map((event) => `${event.at} ${event.from} ${event.label} ${event.cause.join()}`);
    expect(lines(other)).toEqual(lines(cluster));
    await other.close();
  });
});

describe('a terminal in a container', () => {
  it('prompts, echoes, begins lines at the left, and hears ^D', async () => {
    await create('box', { command: ['sleep', '3600'] });
    await cluster.clock.advance(4_000);
    const pod = await get('box');
    const kubelet = cluster.nodes.find((node) => node.config.name === pod.spec!.nodeName)!.kubelet.server;
    const session = await kubelet.exec({ namespace: 'default', name: 'box' }, 'main', { command: ['sh'], stdin: true, stdout: true, stderr: true, tty: true, cause: [] });
    await cluster.clock.advance(10);
    session.stdin!.write(new TextEncoder().encode('echp\u007fo a; hostname\r'));
    await cluster.clock.advance(100);
    session.stdin!.write(new TextEncoder().encode('\u0004'));
    let text = '';
    for await (const chunk of session.stdout) text += new TextDecoder().decode(chunk);
    expect(text).toBe('/ # echp\b \bo a; hostname\r\na\r\nbox\r\n/ # ');
    expect((await session.exit).exitCode).toBe(0);
  });
});
