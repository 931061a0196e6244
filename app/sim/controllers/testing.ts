import { rfc3339 } from '../../base/clock/index.ts';
import type { Pod, Stored } from '../../contracts/k8s/index.ts';
import { createTestApiServer, type TestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { events, nodes, pods } from '../client/resource-types.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { ControllerManager } from './controller-manager.ts';

/** What a played kubelet makes of a Pod that runs here. Undefined: leave it. */
export type PlayedKubelet = (pod: Stored<Pod>) => 'ready' | 'running' | 'succeeded' | 'failed' | { exitCode: number } | undefined;

/** The loops on a real API server in memory. Nodes exist as objects only; `settle` plays their kubelets. */
export class ControllerBench {
  readonly api: TestApiServer;
  readonly client: ApiClient;
  readonly manager: ControllerManager;
  readonly scheduler: Scheduler;
  play: PlayedKubelet = () => 'ready';
  #address = 1;

  private constructor(api: TestApiServer) {
    this.api = api;
    this.client = new ApiClient(api.admin);
    const { clock, ids, random, trace } = api;
    this.manager = new ControllerManager({ transport: (caller) => api.transport(caller), clock, ids, random, rootCertificate: 'PEM', signToken: (request) => api.server.tokens.issueLasting(request) });
    this.scheduler = new Scheduler({ transport: (caller) => api.transport(caller), clock, random, trace, node: 'control-plane' });
  }

  /** @param options.loops which loops run, beside the one that makes service accounts; all when not given. `definitions`: custom resources are served */
  static async create(options: { loops?: readonly string[]; nodes?: readonly string[]; definitions?: boolean } = {}): Promise<ControllerBench> {
    const bench = new ControllerBench(await createTestApiServer({ loops: options.definitions ?? false }));
    if (options.loops) for (const name of bench.manager.loopNames) if (!['serviceaccount', ...options.loops].includes(name)) bench.manager.setLoop(name, false);
    for (const name of options.nodes ?? ['w1', 'w2']) await bench.addNode(name);
    bench.manager.start();
    bench.scheduler.start();
    await bench.api.clock.advance(10);
    return bench;
  }

  async dispose(): Promise<void> {
    this.manager.dispose();
    this.scheduler.dispose();
    await this.api.clock.settle();
    this.api.dispose();
  }

  async addNode(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.client.create(nodes, undefined, { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } } }, []);
    // A node is born not ready; here nobody would notice that it is.
    await this.client.patch(nodes, undefined, name, { spec: { taints: null } }, []);
    const room = { cpu: '64', memory: '64Gi', pods: '500' };
    await this.client.patch(nodes, undefined, name, { status: { capacity: room, allocatable: room, conditions: [this.#ready('True')] } }, [], 'status');
  }

  async pods(namespace = 'default'): Promise<Stored<Pod>[]> {
    return [...(await this.client.list<Pod>(pods, namespace)).items];
  }

  /** `reason: message`, in order of their making. */
  async eventLines(namespace = 'default'): Promise<string[]> {
    const { items } = await this.client.list<any>(events, namespace);
    const suffix = (event: any): string => event.metadata.name.split('.').pop()!;
    return [...items].sort((a, b) => (suffix(a) < suffix(b) ? -1 : 1)).map((event) => `${event.reason}: ${event.message}`);
  }

  /** Lets time pass; Pods with a node do what `play` says, deleted ones go. */
  async settle(turns = 8, stepMs = 250): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await this.api.clock.advance(stepMs);
      for (const pod of (await this.client.list<Pod>(pods)).items) await this.#kubelet(pod);
    }
    await this.api.clock.advance(stepMs);
  }

  async #kubelet(pod: Stored<Pod>): Promise<void> {
    if (!pod.spec?.nodeName) return;
    const { namespace, name } = pod.metadata;
    if (pod.metadata.deletionTimestamp) {
      if ((pod.metadata.deletionGracePeriodSeconds ?? 0) > 0) await this.client.delete(pods, namespace, name, { gracePeriodSeconds: 0 }, []);
      // A finalizer holds it: it has ended all the same.
      const left = (await this.client.list<Pod>(pods, namespace)).items.find(({ metadata }) => metadata.uid === pod.metadata.uid);
      if (left && left.status?.phase !== 'Failed' && left.status?.phase !== 'Succeeded') await this.setPhase(pod, 'failed');
      return;
    }
    const wanted = this.play(pod);
    if (wanted && (pod.status?.phase === 'Pending' || pod.status?.phase === 'Running')) await this.setPhase(pod, wanted);
  }

  async setPhase(pod: Stored<Pod>, to: NonNullable<ReturnType<PlayedKubelet>>): Promise<void> {
    const exitCode = typeof to === 'object' ? to.exitCode : to === 'succeeded' ? 0 : to === 'failed' ? 1 : undefined;
    const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    const phase = exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed';
    if (phase === pod.status?.phase && (phase !== 'Running' || isReady === (to === 'ready'))) return;
    const container = pod.spec!.containers[0]!.name;
    const status = {
      phase, podIP: pod.status?.podIP ?? `10.244.1.${this.#address++ % 250}`, conditions: [this.#ready(to === 'ready' ? 'True' : 'False')],
      ...(exitCode === undefined ? {} : { containerStatuses: [{ name: container, image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode, finishedAt: rfc3339(this.api.clock.now()) } } }] }),
    };
    await this.client.patch(pods, pod.metadata.namespace, pod.metadata.name, { status }, [], 'status');
  }

  #ready(status: string): object {
    return { type: 'Ready', status, reason: 'KubeletReady', lastTransitionTime: rfc3339(this.api.clock.now()) };
  }
}
