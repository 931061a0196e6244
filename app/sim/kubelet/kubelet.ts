import type { Clock, Ids } from '../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { Node, Pod, Service, Stored } from '../../contracts/k8s/index.ts';
import type { Cause, PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { leases, nodes, pods, services } from '../client/resource-types.ts';
import type { ContainerRuntime, VolumeStore } from '../container-runtime/cri.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { KubeletServer } from '../machinery/kubelet-server.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import type { NetworkNamespace } from '../network/network.ts';
import { initialNode, nodeLease, nodeStatus, type NodeConfig } from './node-status/node-status.ts';
import type { WorkerContext } from './pod-workers/context.ts';
import { PodWorker } from './pod-workers/pod-worker.ts';
import { Server } from './server/server.ts';
import { StaticPods } from './static-pods/static-pods.ts';

/** models kubelet configuration: nodeLeaseDurationSeconds / 4, nodeStatusUpdateFrequency, nodeStatusReportFrequency */
const LEASE_PERIOD_MS = 10_000;
const STATUS_PERIOD_MS = 10_000;
const REPORT_PERIOD_MS = 300_000;

export interface KubeletOptions {
  readonly node: NodeConfig;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeStore;
  readonly network: NetworkNamespace;
  /** Manifests of /etc/kubernetes/manifests by name. */
  readonly manifests: Readonly<Record<string, object>>;
}

/** What exists between a start and a stop. */
interface Run {
  readonly life: DisposableStore;
  readonly workers: Map<string, PodWorker>;
  readonly pods: Informer<Pod>;
  readonly services: Informer<Service>;
  readonly statics: StaticPods;
}

/**
 * kubelet: registers its node, says that it lives, and makes the Pods that are bound to it run, through CRI only. Stopped,
 * containers go on; nobody reports, restarts or ends them. Started, it finds them again in the runtime.
 */
export class Kubelet implements Component {
  readonly id: PartId;
  readonly server: KubeletServer;
  readonly #options: KubeletOptions;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #client: ApiClient;
  readonly #events: EventRecorder;
  #run: Run | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { name } = options.node;
    this.id = `kubelet/${name}`;
    const user = { name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] };
    this.#client = new ApiClient(options.transport({ part: this.id, user, userAgent: 'kubelet/v1.36.2' }));
    this.#events = new EventRecorder(this.#client, options.clock, 'kubelet', name);
    this.server = new Server({ runtime: options.runtime, clock: options.clock, node: options.node, pods: () => this.#run?.pods.list() ?? [], findPod: ({ namespace, name: pod }) => this.#findPod(`${namespace}/${pod}`) });
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    if (this.#run) return;
    const { clock, node, runtime } = this.#options;
    const life = new DisposableStore();
    const run = {
      life,
      workers: new Map<string, PodWorker>(),
      pods: life.add(new Informer<Pod>(this.#client, clock, pods, { fieldSelector: `spec.nodeName=${node.name}` })),
      services: life.add(new Informer<Service>(this.#client, clock, services)),
      statics: new StaticPods(node, this.#client, this.#options.manifests),
    };
    this.#run = run;
    const context = this.#context();
    for (const pod of run.statics.list()) run.workers.set(pod.metadata.uid, new PodWorker(context, pod));
    run.pods.handle({
      onAdd: (pod, cause) => this.#seen(pod, cause),
      onUpdate: (pod, _, cause) => this.#seen(pod, cause),
      onDelete: (pod, cause) => this.#gone(pod, cause),
    });
    life.add(runtime.onContainerEvent(({ podUid, cause }) => this.#poke(podUid, cause)));
    run.services.start();
    run.pods.start();
    void this.#register(run);
    this.#every(life, LEASE_PERIOD_MS, () => this.#renewLease());
    this.#every(life, STATUS_PERIOD_MS, () => this.#updateStatus());
    for (const worker of run.workers.values()) worker.poke([]);
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.life.dispose();
    for (const worker of this.#run.workers.values()) worker.dispose();
    this.#run = undefined;
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const workers = [...(this.#run?.workers.values() ?? [])];
    return {
      now: this.#run ? `${workers.length} Pod${workers.length === 1 ? '' : 's'}` : 'stopped: Pods run on, nobody looks after them',
      facts: [{ name: 'Pods', value: workers.length }, { name: 'Address', value: this.#options.node.address }],
      detail: { pods: workers.map(({ pod }) => `${pod.metadata.namespace}/${pod.metadata.name}`) },
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #context(): WorkerContext {
    const { node, clock, ids, runtime, volumes, network } = this.#options;
    return {
      node, clock, ids, runtime, volumes, network, client: this.#client, events: this.#events,
      services: (namespace) => this.#run?.services.inNamespace(namespace) ?? [],
      poke: (uid, cause) => this.#poke(uid, cause),
    };
  }

  #findPod(key: string): Stored<Pod> | undefined {
    const pod = this.#run?.pods.get(key);
    const statics = pod && this.#run?.statics.uidOf(pod);
    // A mirror's containers are known to the runtime under the static Pod's own uid.
    return pod && statics ? { ...pod, metadata: { ...pod.metadata, uid: statics } } : pod;
  }

  #seen(pod: Stored<Pod>, cause: Cause): void {
    const run = this.#run!;
    const staticUid = run.statics.uidOf(pod);
    if (staticUid) {
      const worker = run.workers.get(staticUid);
      if (!worker) return;
      worker.mirrorUid = pod.metadata.uid;
      worker.update({ ...worker.pod, status: pod.status! }, cause);
      if (pod.metadata.deletionTimestamp) void this.#client.delete(pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 }, cause).catch(() => {});
      return;
    }
    let worker = run.workers.get(pod.metadata.uid);
    if (worker) return worker.update(pod, cause);
    worker = new PodWorker(this.#context(), pod);
    run.workers.set(pod.metadata.uid, worker);
    worker.poke(cause);
  }

  #gone(pod: Stored<Pod>, cause: Cause): void {
    const run = this.#run!;
    const staticUid = run.statics.uidOf(pod);
    if (staticUid) return void run.statics.ensureMirror(staticUid);
    run.workers.get(pod.metadata.uid)?.update(undefined, cause);
    run.workers.delete(pod.metadata.uid);
  }

  #poke(uid: string, cause: Cause): void {
    this.#run?.workers.get(uid)?.poke(cause);
  }

  #every(life: DisposableStore, periodMs: number, action: () => Promise<void>): void {
    const { clock } = this.#options;
    const again = (): void => {
      const timer = life.add(clock.schedule(periodMs, () => {
        life.release(timer);
        void action().catch(() => {}).finally(() => {
          if (!life.isDisposed) again();
        });
      }));
    };
    again();
  }

  async #register(run: Run): Promise<void> {
    const { clock, node } = this.#options;
    while (!run.life.isDisposed) {
      try {
        await this.#client.create(nodes, undefined, { ...initialNode(node), status: await this.#status(undefined) }, []).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
        await this.#updateStatus(true);
        await this.#renewLease();
        await run.statics.ensureMirrors();
        return;
      } catch {
        await clock.sleep(1_000);
      }
    }
  }

  #lastReport = 0;

  async #status(previous: Stored<Node> | undefined): Promise<object> {
    const { node, runtime, clock } = this.#options;
    const health = await runtime.status().then(() => ({ ok: true, message: '' }), () => ({ ok: false, message: 'container runtime is down' }));
    const images = health.ok ? await runtime.listImages() : [];
    return nodeStatus(node, previous, health, images, clock.now());
  }

  /** Every ten seconds if something changed, every five minutes anyway. */
  async #updateStatus(force = false): Promise<void> {
    const { node, clock } = this.#options;
    const current = await this.#client.get(nodes, undefined, node.name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (!current) return void (await this.#client.create(nodes, undefined, { ...initialNode(node), status: await this.#status(undefined) }, []));
    const status = await this.#status(current);
    const same = (value: object | undefined): string => JSON.stringify(value, (key, item: unknown) => (key === 'lastHeartbeatTime' ? undefined : item));
    const changed = same(pick(status)) !== same(pick(current.status ?? {}));
    if (!force && !changed && clock.now() - this.#lastReport < REPORT_PERIOD_MS) return;
    this.#lastReport = clock.now();
    await this.#client.patch(nodes, undefined, node.name, { status }, [], 'status');
  }

  async #renewLease(): Promise<void> {
    const { node, clock } = this.#options;
    const existing = await this.#client.get(leases, 'kube-node-lease', node.name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const owner = existing ? undefined : await this.#client.get(nodes, undefined, node.name);
    const lease = nodeLease(node, owner, existing, clock.now());
    if (existing) await this.#client.update(leases, { ...existing, ...lease } as typeof existing, []);
    else await this.#client.create(leases, 'kube-node-lease', lease, []);
  }
}

/** What matters of a node's status besides its heartbeat. */
function pick(status: object): object {
  const { conditions, images, addresses, capacity } = status as { conditions?: unknown; images?: unknown[]; addresses?: unknown; capacity?: unknown };
  return { conditions, images: images?.length ?? 0, addresses, capacity };
}
