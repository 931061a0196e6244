import type { KubeletDetail } from '../../contracts/inspection/index.ts';
import type { Clock, Ids } from '../../base/clock/index.ts';
import { DisposableStore, Emitter, toDisposable, type Disposable } from '../../base/lifecycle/index.ts';
import type { Node, Pod, Service, Stored } from '../../contracts/k8s/index.ts';
import type { Cause, PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { leases, nodes, pods, services } from '../client/resource-types.ts';
import type { ContainerRuntime, VolumeStore } from '../container-runtime/cri.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { LogLevel } from '../machinery/klog.ts';
import type { KubeletServer } from '../machinery/kubelet-server.ts';
import { isAlreadyExists, isNotFound } from '../machinery/status.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import type { NetworkNamespace } from '../network/network.ts';
import { admit, type NodeRoom } from './admission/admission.ts';
import { EvictionManager, MONITORING_MS } from './eviction/eviction-manager.ts';
import { PullQueue } from './images/image-manager.ts';
import { initialNode, nodeLease, nodeStatus, turns, type NodeConfig } from './node-status/node-status.ts';
import type { WorkerContext } from './pod-workers/context.ts';
import { PodWorker } from './pod-workers/pod-worker.ts';
import { Server } from './server/server.ts';
import { MANIFESTS, StaticPods } from './static-pods/static-pods.ts';
import { TokenManager } from './token/token-manager.ts';
import { AttachableVolumes } from './volumes/attachable-volumes.ts';

/** models kubelet configuration: nodeLeaseDurationSeconds / 4, nodeStatusUpdateFrequency, nodeStatusReportFrequency */
const LEASE_PERIOD_MS = 10_000;
const STATUS_PERIOD_MS = 10_000;
const REPORT_PERIOD_MS = 300_000;
const FILE_SETTLES_MS = 100;
/** Until the worker of a static Pod has come to what happened to its mirror: by then whoever deleted it watches it go. */
const MIRROR_SYNC_MS = 100;
const MAX_PODS = 110;

export interface KubeletOptions {
  readonly node: NodeConfig;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runtime: ContainerRuntime;
  readonly volumes: VolumeStore;
  readonly network: NetworkNamespace;
  /** Where its log goes. */
  readonly log?: (level: LogLevel, text: string) => void;
}

/** What exists between a start and a stop. */
interface Run {
  readonly life: DisposableStore;
  readonly workers: Map<string, PodWorker>;
  readonly pods: Informer<Pod>;
  readonly services: Informer<Service>;
  readonly statics: StaticPods;
  readonly evictions: EvictionManager;
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
  readonly #tokens: TokenManager;
  readonly #attachables: AttachableVolumes;
  #run: Run | undefined;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { name } = options.node;
    this.id = `kubelet/${name}`;
    const user = { name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] };
    this.#client = new ApiClient(options.transport({ part: this.id, user, userAgent: 'kubelet/v1.36.2' }));
    this.#tokens = new TokenManager(this.#client, options.clock);
    this.#attachables = new AttachableVolumes(this.#client, name);
    this.#events = new EventRecorder(this.#client, options.clock, 'kubelet', name);
    this.server = new Server({ runtime: options.runtime, clock: options.clock, node: options.node, pods: () => this.#run?.pods.list() ?? [], findPod: ({ namespace, name: pod }) => this.#findPod(`${namespace}/${pod}`) });
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    if (this.#run) return;
    const { clock, node, runtime, volumes } = this.#options;
    const life = new DisposableStore();
    const workers = new Map<string, PodWorker>();
    const run = {
      life,
      workers,
      pods: life.add(new Informer<Pod>(this.#client, clock, pods, { fieldSelector: `spec.nodeName=${node.name}` })),
      services: life.add(new Informer<Service>(this.#client, clock, services)),
      statics: new StaticPods({ node, client: this.#client, clock, volumes, unreadable: (path, reason) => this.#log('E', `file.go:187] "Could not process manifest file" path=${JSON.stringify(path)} err=${JSON.stringify(reason)}`) }),
      evictions: new EvictionManager({ runtime, volumes, memoryBytes: node.memory, now: () => clock.now(), workers: () => workers.values(), event: (pod, message) => this.#events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'Evicted', message, []), nodeEvent: (reason, message) => this.#nodeEvent('Warning', reason, message) }),
    };
    this.#run = run;
    run.pods.handle({
      onAdd: (pod, cause) => this.#seen(pod, cause),
      onUpdate: (pod, _, cause) => this.#seen(pod, cause),
      onDelete: (pod, cause) => this.#gone(pod, cause),
    });
    life.add(runtime.onContainerEvent((event) => {
      const pod = workers.get(event.podUid)?.pod;
      if (pod && PLEG_TYPES[event.type]) this.#log('I', `kubelet.go:2520] "SyncLoop (PLEG): event for pod" pod="${keyOf(pod)}" event={"ID":"${event.podUid}","Type":"${PLEG_TYPES[event.type]}","Data":"${event.containerId}"}`);
      this.#poke(event.podUid, event.cause);
    }));
    run.pods.whenSynced(() => this.#attachables.keepOnly(new Set(workers.keys())));
    run.services.start();
    run.pods.start();
    void this.#register(run);
    this.#every(life, LEASE_PERIOD_MS, () => this.#renewLease(), 'controller.go:195] "Failed to update lease"');
    this.#every(life, STATUS_PERIOD_MS, () => this.#updateStatus(), 'kubelet_node_status.go:540] "Error updating node status, will retry"');
    this.#every(life, MONITORING_MS, () => run.evictions.check(), 'eviction_manager.go:292] "Eviction manager: failed to get summary stats"');
    this.#syncStaticPods(run);
    let waiting: Disposable | undefined;
    life.add(toDisposable(() => watching.dispose()));
    const watching = volumes.watchHost(MANIFESTS, () => {
      // A file is written in pieces: look when it has settled.
      if (waiting) life.release(waiting);
      waiting = life.add(clock.schedule(FILE_SETTLES_MS, () => {
        this.#syncStaticPods(run);
        void run.statics.ensureMirrors().catch(() => {});
      }));
    });
    this.#onDidChange.fire(true);
    this.#log('I', 'server.go:213] "Starting to listen" address="0.0.0.0" port=10250');
    this.#log('I', 'kubelet.go:2400] "Starting kubelet main sync loop"');
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.life.dispose();
    for (const worker of this.#run.workers.values()) worker.dispose();
    this.#run = undefined;
    this.#tokens.clear();
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const workers = [...(this.#run?.workers.values() ?? [])];
    return {
      now: this.#run ? `${workers.length} Pod${workers.length === 1 ? '' : 's'}` : 'stopped: Pods run on, nobody looks after them',
      facts: [{ name: 'Pods', value: workers.length }, { name: 'Address', value: this.#options.node.address }],
      detail: { at: this.#options.clock.now(), pods: workers.map((worker) => worker.inspect()) } satisfies KubeletDetail,
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #context(): WorkerContext {
    const { node, clock, ids, runtime, volumes, network } = this.#options;
    const room = (): NodeRoom => ({ cpuMillis: node.cpus * 1000, memoryBytes: Math.floor(node.memory / 1024) * 1024, pods: MAX_PODS, node: this.#node });
    const others = (pod: Stored<Pod>): Stored<Pod>[] => [...(this.#run?.workers.values() ?? [])].filter((worker) => worker.pod.metadata.uid !== pod.metadata.uid && !worker.isOver).map((worker) => worker.pod);
    return {
      node, clock, ids, runtime, volumes, network, attachables: this.#attachables, client: this.#client, events: this.#events, pulls: this.#pulls, tokens: this.#tokens,
      admit: (pod) => this.#run?.evictions.admit(pod) ?? admit(pod, others(pod), room()),
      refreshNode: async (cause) => void (this.#node = await this.#client.get(nodes, undefined, node.name, cause).catch(() => this.#node)),
      fitsEmpty: (pod) => admit(pod, [], room()) === undefined,
      released: (pod) => this.#released(pod),
      services: (namespace) => this.#run?.services.inNamespace(namespace) ?? [],
      poke: (uid, cause) => this.#poke(uid, cause),
      log: (level, text) => this.#log(level, text),
    };
  }

  /** Files came, went or changed: so do Pods. */
  #syncStaticPods(run: Run): void {
    const { added, removed } = run.statics.reload();
    for (const pod of removed) run.workers.get(pod.metadata.uid)?.update(undefined, []);
    for (const pod of added) this.#startStatic(run, pod);
  }

  /** One of the same name has to be gone first. */
  #startStatic(run: Run, pod: Stored<Pod>): void {
    const sameName = [...run.workers.values()].some((worker) => worker.pod.metadata.uid !== pod.metadata.uid && worker.pod.metadata.name === pod.metadata.name && worker.pod.metadata.namespace === pod.metadata.namespace);
    if (sameName) return;
    const worker = new PodWorker(this.#context(), pod);
    run.workers.set(pod.metadata.uid, worker);
    worker.poke([]);
  }

  #released({ metadata }: Stored<Pod>): void {
    this.#attachables.released(metadata.uid);
    const run = this.#run;
    const worker = run?.workers.get(metadata.uid);
    if (!run || !worker || !isStatic(worker.pod) || run.statics.has(metadata.uid)) return;
    run.workers.delete(metadata.uid);
    void run.statics.deleteMirror(worker.pod).then(() => {
      for (const pod of run.statics.all()) if (!run.workers.has(pod.metadata.uid)) this.#startStatic(run, pod);
      return run.statics.ensureMirrors();
    }).catch(() => {});
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
      if (!worker) return void (run.statics.has(staticUid) || run.statics.deleteMirror(pod).catch(() => {}));
      if (worker.mirrorUid !== pod.metadata.uid) worker.poke(cause);
      worker.mirrorUid = pod.metadata.uid;
      worker.pod = { ...worker.pod, status: pod.status! };
      if (pod.metadata.deletionTimestamp) run.life.add(this.#options.clock.schedule(MIRROR_SYNC_MS, () => void this.#client.delete(pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } }, cause).catch(() => {})));
      return;
    }
    let worker = run.workers.get(pod.metadata.uid);
    if (worker) {
      if (pod.metadata.deletionTimestamp && !worker.pod.metadata.deletionTimestamp) this.#log('I', `kubelet.go:2489] "SyncLoop DELETE" source="api" pods=["${keyOf(pod)}"]`);
      return worker.update(pod, cause);
    }
    this.#log('I', `kubelet.go:2473] "SyncLoop ADD" source="api" pods=["${keyOf(pod)}"]`);
    worker = new PodWorker(this.#context(), pod);
    run.workers.set(pod.metadata.uid, worker);
    worker.poke(cause);
  }

  #gone(pod: Stored<Pod>, cause: Cause): void {
    const run = this.#run!;
    const staticUid = run.statics.uidOf(pod);
    if (staticUid) return void run.statics.ensureMirror(staticUid);
    this.#log('I', `kubelet.go:2483] "SyncLoop REMOVE" source="api" pods=["${keyOf(pod)}"]`);
    run.workers.get(pod.metadata.uid)?.update(undefined, cause);
    run.workers.delete(pod.metadata.uid);
    this.#tokens.forget(pod.metadata.uid);
  }

  /** models kubelet: nodeRef, whose uid is the node's name */
  #nodeEvent(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { name } = this.#options.node;
    this.#events.event({ kind: 'Node', apiVersion: 'v1', metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' } }, type, reason, message, []);
  }

  #log(level: LogLevel, text: string): void {
    this.#options.log?.(level, text);
  }

  #poke(uid: string, cause: Cause): void {
    this.#run?.workers.get(uid)?.poke(cause);
  }

  #every(life: DisposableStore, periodMs: number, action: () => Promise<void>, trouble: string): void {
    const { clock } = this.#options;
    const again = (): void => {
      const timer = life.add(clock.schedule(periodMs, () => {
        life.release(timer);
        void action().catch((error: unknown) => this.#log('E', `${trouble} err=${JSON.stringify((error as Error).message)}`)).finally(() => {
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
          this.#nodeEvent('Normal', 'Starting', 'Starting kubelet.');
        });
        await this.#updateStatus(true);
        await this.#renewLease();
        this.#log('I', `kubelet_node_status.go:78] "Successfully registered node" node="${node.name}"`);
        await run.statics.ensureMirrors();
        return;
      } catch (error) {
        this.#log('E', `kubelet_node_status.go:110] "Unable to register node with API server" err=${JSON.stringify((error as Error).message)} node="${node.name}"`);
        await clock.sleep(1_000);
      }
    }
  }

  #lastReport = 0;
  #node: Stored<Node> | undefined;
  readonly #pulls = new PullQueue();

  async #status(previous: Stored<Node> | undefined): Promise<object> {
    const { node, runtime, clock } = this.#options;
    const health = await runtime.status().then(() => ({ ok: true, message: '' }), () => ({ ok: false, message: 'container runtime is down' }));
    const images = health.ok ? await runtime.listImages() : [];
    const [memory, disk] = (['MemoryPressure', 'DiskPressure'] as const).map((type) => this.#run?.evictions.has(type) ?? false);
    const volumesInUse = this.#attachables.inUse();
    return { ...nodeStatus(node, previous, health, images, clock.now(), { memory: memory!, disk: disk! }), ...(volumesInUse ?? previous?.status?.volumesInUse ? { volumesInUse: volumesInUse ?? null } : {}) };
  }

  /** Every ten seconds if something changed, every five minutes anyway. */
  async #updateStatus(force = false): Promise<void> {
    const { node, clock } = this.#options;
    const current = await this.#client.get(nodes, undefined, node.name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (!current) return void (await this.#client.create(nodes, undefined, { ...initialNode(node), status: await this.#status(undefined) }, []));
    this.#node = current;
    const status = await this.#status(current);
    const same = (value: object | undefined): string => JSON.stringify(value, (key, item: unknown) => (key === 'lastHeartbeatTime' ? undefined : item));
    const changed = same(pick(status)) !== same(pick(current.status ?? {}));
    if (!force && !changed && clock.now() - this.#lastReport < REPORT_PERIOD_MS) return;
    this.#lastReport = clock.now();
    await this.#client.patch(nodes, undefined, node.name, { status }, [], 'status');
    for (const reason of turns(current.status, status)) this.#nodeEvent('Normal', reason, `Node ${node.name} status is now: ${reason}`);
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

const PLEG_TYPES: Readonly<Record<string, string>> = { started: 'ContainerStarted', stopped: 'ContainerDied', deleted: 'ContainerRemoved' };

function keyOf({ metadata }: Stored<Pod>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function isStatic({ metadata }: Stored<Pod>): boolean {
  return metadata.annotations?.['kubernetes.io/config.source'] === 'file';
}

/** What matters of a node's status besides its heartbeat. */
function pick(status: object): object {
  const { conditions, images, addresses, capacity, volumesInUse } = status as { conditions?: unknown; images?: unknown[]; addresses?: unknown; capacity?: unknown; volumesInUse?: unknown };
  return { conditions, images: images?.length ?? 0, addresses, capacity, volumesInUse: volumesInUse ?? null };
}
