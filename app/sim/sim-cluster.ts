import { SeededIds, SeededRandom, VirtualClock } from '../base/clock/index.ts';
import { DisposableStore, Emitter } from '../base/lifecycle/index.ts';
import type { Node } from '../contracts/k8s/index.ts';
import { applyManifests, chosenAddons } from './addons/index.ts';
import { etcdctlProgram } from './addons/control-plane/etcdctl.ts';
import { partProgram } from './addons/control-plane/part.ts';
import { admissionPlugins } from './apiserver/admission/index.ts';
import { APISERVER, ensureBootstrapObjects } from './apiserver/bootstrap.ts';
import { kubeconfigText } from './apiserver/pki/kubeconfig.ts';
import { makeCertificates, type ClusterCertificates } from './apiserver/pki/pki.ts';
import type { PartHealth } from './apiserver/handlers/component-status.ts';
import { ApiServer } from './apiserver/server.ts';
import { ApiServerLoops } from './apiserver-loops/apiserver-loops.ts';
import { CloudAccount } from './cloud-controller/account.ts';
import { CloudControllerManager } from './cloud-controller/cloud-controller-manager.ts';
import type { HostedPrograms } from './container-runtime/processes/hosted.ts';
import { ControllerManager } from './controllers/controller-manager.ts';
import { Etcd } from './etcd/etcd.ts';
import type { Component, Inspection } from './machinery/component.ts';
import type { KubeletConnections } from './machinery/kubelet-server.ts';
import { isNotFound } from './machinery/status.ts';
import { installedFiles } from './addons/control-plane/files.ts';
import type { Transport } from './machinery/transport.ts';
import { LoadBalancers } from './network/outside/load-balancers.ts';
import { SimulatedNetwork } from './network/simulated-network.ts';
import { startLocalPath } from './provisioners/local-path.ts';
import { resourceDefinitions } from './resources/index.ts';
import { schemas } from './resources/schemas/index.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { SimNode, type SimNodeOptions } from './sim-node.ts';
import { Trace } from './trace/trace.ts';

export interface SimClusterOptions {
  /** Workers beside the one control-plane node. */
  readonly workers: number;
  readonly seed: number;
  /** Virtual milliseconds per real millisecond. */
  readonly speed: number;
  /** Virtual time at the start: milliseconds since the epoch. */
  readonly startAt: number;
  /** What runs besides the control plane: `all`, or names of add-ons. Absent: nothing. */
  readonly addons?: readonly string[];
  /** Stand still until the clock is told to move: for tests. */
  readonly paused?: boolean;
  /** The cluster stands in the imaginary cloud: Services of type LoadBalancer get an address. Absent: as in kind, they wait for ever. */
  readonly cloud?: boolean;
  /** A default StorageClass with its provisioner, as kind has. */
  readonly storage?: boolean;
}

const CONTROL_PLANE = 'control-plane';
/** A machine that is not of the cluster: from there one sees what the world sees. `WATCHER` is another one, for looks that leave no trace. */
export const INTERNET = 'internet';
export const WATCHER = 'internet-watcher';
const INTERNET_ADDRESS = '203.0.113.10';
const CONTROL_PLANE_IMAGES = ['registry.k8s.io/kube-apiserver:v1.36.2', 'registry.k8s.io/kube-controller-manager:v1.36.2', 'registry.k8s.io/kube-scheduler:v1.36.2', 'registry.k8s.io/etcd:3.6.5-0'];
const PRELOADED = ['registry.k8s.io/pause:3.10'];
const GIGABYTE = 1024 ** 3;

/**
 * The composition root: the only file that knows every part. Builds a cluster of one control-plane node and some workers,
 * and gives each part its own door to the API server, the clock, the trace and nothing else.
 */
export class SimCluster {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly etcd: Etcd;
  readonly apiServer: ApiServer;
  readonly scheduler: Scheduler;
  readonly controllerManager: ControllerManager;
  readonly nodes: readonly SimNode[];
  /** What the cluster's owner has at the provider, and the part that orders it; only with `cloud`. */
  readonly cloud: { readonly account: CloudAccount; readonly controller: CloudControllerManager } | undefined;
  readonly network: SimulatedNetwork;
  readonly certificates: ClusterCertificates;
  readonly #life = new DisposableStore();
  readonly #onDidChangeComponents = new Emitter<void>();
  readonly onDidChangeComponents = this.#onDidChangeComponents.event;

  private constructor(options: SimClusterOptions, certificates: ClusterCertificates, traceAfter: number) {
    this.certificates = certificates;
    const clock = (this.clock = this.#life.add(new VirtualClock({ start: options.startAt, speed: options.speed, paused: options.paused ?? false })));
    const random = new SeededRandom(options.seed);
    // A stream of its own: more objects at the start must not change where Pods go.
    const ids = new SeededIds(new SeededRandom(options.seed + 1));
    const trace = (this.trace = new Trace(clock, { after: traceAfter }));
    this.etcd = this.#life.add(new Etcd({ members: [`etcd-${CONTROL_PLANE}`], clock, random, observer: (batch) => this.#recordStore(batch) }));
    this.network = new SimulatedNetwork(clock, random);
    const kubelets: KubeletConnections = (name) => {
      const kubelet = this.nodes.find((node) => node.config.name === name)?.kubelet;
      return kubelet?.running ? kubelet.server : undefined;
    };
    this.apiServer = new ApiServer({
      store: this.etcd, clock, ids, random, trace, resources: resourceDefinitions, schemas, admission: admissionPlugins,
      kubelets,
      nodeAddress: (name) => this.nodes.find((node) => node.config.name === name)?.config.address,
      dial: (host, port) => this.network.nodeNamespace(CONTROL_PLANE).dial(host, port),
      isEtcdReady: () => this.etcd.running, etcdElection: () => this.etcd.members.election(),
      partHealth: () => this.#partHealth(),
    });
    const transport = this.apiServer.transport.bind(this.apiServer);
    const chosen = chosenAddons(options.addons ?? []);
    const hosted = Object.assign(this.#controlPlanePrograms(), ...chosen.map((addon) => addon.programs({ transport, kubelets, extend: (api) => this.apiServer.extend(api), kubeProxy: (name) => this.nodes.find(({ config }) => config.name === name)?.kubeProxy, setFilter: (name, filter) => this.network.setFilter(name, filter) }))) as HostedPrograms;
    this.scheduler = new Scheduler({ transport, clock, ids, random, trace, node: CONTROL_PLANE });
    const account = new CloudAccount();
    this.cloud = options.cloud ? { account, controller: new CloudControllerManager({ transport, clock, account }) } : undefined;
    const sharedVolumes: SimNodeOptions['sharedVolumes'] = new Map();
    this.controllerManager = new ControllerManager({ transport, clock, ids, random, rootCertificate: certificates.authority.certificate, electionHost: CONTROL_PLANE, signer: certificates.authority, signToken: (request) => this.apiServer.tokens.issueLasting(request) });
    this.nodes = Array.from({ length: options.workers + 1 }, (_, index) => {
      const role = index === 0 ? ('control-plane' as const) : ('worker' as const);
      const name = index === 0 ? CONTROL_PLANE : `worker-${index}`;
      const config = { name, role, address: `172.18.${(index + 2) >> 8}.${(index + 2) & 255}`, podCIDR: `10.${244 + (index >> 8)}.${index & 255}.0/24`, cpus: 4, memory: 8 * GIGABYTE };
      const files = installedFiles({ config, controlPlane: `172.18.0.2`, certificates });
      return new SimNode({ config, files, subnet: index, clock, ids, random, trace, network: this.network, transport, hosted, sharedVolumes, kubeProxyInPod: chosen.some(({ name: addon }) => addon === 'kube-proxy'), preload: [...PRELOADED, ...chosen.flatMap((addon) => addon.images), ...(index === 0 ? CONTROL_PLANE_IMAGES : [])] });
    });
    for (const { config } of this.nodes) account.instances.set(config.name, { id: config.name, name: config.name, zone: 'orrery-1', address: config.address, state: 'running' });
    this.network.addMachine(INTERNET, INTERNET_ADDRESS);
    this.network.addMachine(WATCHER, '203.0.113.11');
    this.#life.add(new LoadBalancers({
      machines: this.network, clock, account, addressOf: (instance) => account.instances.get(instance)?.address,
      onForward: ({ client, listener, instance, nodePort }) => void (client.startsWith(`${INTERNET_ADDRESS}:`) && trace.record({ kind: 'network', from: 'you', to: `kube-proxy/${instance}`, cause: [], label: `${listener} → ${instance}:${nodePort}`, detail: { loadBalancer: listener } })),
    }));
    for (const component of this.components) this.#life.add(component.onDidChange(() => this.#onDidChangeComponents.fire()));
  }

  /**
   * Builds the cluster and starts all parts; nodes become Ready within moments of virtual time.
   * @param traceAfter sequence numbers go on after this one, when this cluster takes the place of an earlier one.
   */
  static async create(options: SimClusterOptions, certificates?: ClusterCertificates, traceAfter = 0): Promise<SimCluster> {
    const cluster = new SimCluster(options, certificates ?? (await makeCertificates(options.startAt)), traceAfter);
    await ensureBootstrapObjects(cluster.apiServer.transport(APISERVER), { ip: cluster.nodes[0]!.config.address, port: 6443 });
    cluster.#runApiServerLoops();
    cluster.controllerManager.start();
    cluster.scheduler.start();
    cluster.cloud?.controller.start();
    if (options.storage) cluster.#life.add(await startLocalPath(cluster.adminTransport(), cluster.apiServer.transport.bind(cluster.apiServer), cluster.clock));
    for (const node of cluster.nodes) node.start();
    const kubeadm = cluster.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'orrery/0.1' });
    for (const addon of chosenAddons(options.addons ?? [])) await applyManifests(kubeadm, addon.manifests);
    void cluster.#markControlPlane();
    return cluster;
  }

  /** What runs in the containers of the control plane's static Pods. */
  #controlPlanePrograms(): HostedPrograms {
    return {
      etcd: partProgram(() => this.etcd), 'kube-apiserver': partProgram(() => this.apiServer), 'kube-controller-manager': partProgram(() => this.controllerManager), 'kube-scheduler': partProgram(() => this.scheduler),
      etcdctl: etcdctlProgram(() => this.etcd),
    };
  }

  /** The ports of kubeadm's parts, and what it is like to knock where nobody listens. */
  #partHealth(): readonly PartHealth[] {
    const refused = (port: number): string => `Get "https://127.0.0.1:${port}/healthz": dial tcp 127.0.0.1:${port}: connect: connection refused`;
    const of = (name: string, { running }: Component, port: number): PartHealth => ({ name, healthy: running, message: running ? 'ok' : refused(port) });
    return [of('controller-manager', this.controllerManager, 10_257), of('scheduler', this.scheduler, 10_259), this.etcd.running ? { name: 'etcd-0', healthy: true, message: 'ok' } : { name: 'etcd-0', healthy: false, error: 'context deadline exceeded' }];
  }

  /** Every part with a power switch. */
  get components(): readonly Component[] {
    return [this.apiServer, this.etcd, this.scheduler, this.controllerManager, ...(this.cloud ? [this.cloud.controller] : []), ...this.nodes.flatMap((node) => node.components)];
  }

  component(id: string): Component | undefined {
    // Loops have switches, but are no parts of the diagram.
    if (id.startsWith('kube-controller-manager/')) return this.controllerManager.loop(id.slice('kube-controller-manager/'.length));
    return this.components.find((candidate) => candidate.id === id);
  }

  inspect(id: string): Inspection | undefined {
    return this.component(id)?.inspect();
  }

  /** A door for Orrery itself; it leaves no trace. */
  adminTransport(): Transport {
    return this.apiServer.transport({ part: 'you', user: { name: 'orrery', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'orrery/0.1' });
  }

  async listen(host: string, port: number): Promise<{ server: string; kubeconfig: string }> {
    const bound = await this.apiServer.listen({ host, port, certificates: this.certificates });
    const server = `https://${host}:${bound}`;
    return { server, kubeconfig: kubeconfigText(server, this.certificates) };
  }

  /**
   * Gives the first node its role, once its kubelet has registered it: a kubelet may not. An installer does it once; a node
   * that is deleted and comes back has no role. models kubeadm: mark-control-plane
   */
  async #markControlPlane(): Promise<void> {
    const transport = this.apiServer.transport({ part: 'you', user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, userAgent: 'orrery/kubeadm' });
    const labels = { 'node-role.kubernetes.io/control-plane': '', 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    const request = { method: 'PATCH' as const, path: `/api/v1/nodes/${CONTROL_PLANE}`, body: { metadata: { labels } }, contentType: 'application/strategic-merge-patch+json', query: { fieldManager: 'kubeadm' }, cause: [] };
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        await transport.send(request);
        return;
      } catch (error) {
        if (!isNotFound(error)) return;
        await this.clock.sleep(10).catch(() => {});
      }
    }
  }

  /** Resolves when every node is Ready. */
  async whenReady(): Promise<void> {
    const transport = this.adminTransport();
    for (;;) {
      const { body } = await transport.send<{ items: readonly Node[] }>({ method: 'GET', path: '/api/v1/nodes', cause: [] });
      const ready = body.items.filter((node) => node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'));
      if (ready.length === this.nodes.length && ready.some((node) => node.metadata?.labels?.['node-role.kubernetes.io/control-plane'] !== undefined)) return;
      await this.clock.sleep(10);
    }
  }

  /** What a real kube-apiserver does in its own process beside answering. */
  #runApiServerLoops(): void {
    const loops = this.#life.add(new ApiServerLoops(this.apiServer.transport(APISERVER), this.clock));
    loops.start();
    this.#life.add(this.apiServer.onDidChange((running) => (running ? loops.start() : loops.stop())));
  }

  async close(): Promise<void> {
    this.scheduler.dispose();
    this.controllerManager.dispose();
    this.cloud?.controller.dispose();
    for (const node of this.nodes) node.dispose();
    await this.apiServer.close();
    this.#life.dispose();
    this.#onDidChangeComponents.dispose();
  }

  #recordStore(batch: Parameters<NonNullable<ConstructorParameters<typeof Etcd>[0]['observer']>>[0]): readonly number[] {
    return batch.changes.map((change) =>
      this.trace.record({
        kind: 'store', from: 'kube-apiserver', to: 'etcd', cause: batch.cause, revision: batch.revision, label: `${change.type} ${change.key}`,
        ...(change.key.startsWith('/registry/leases/') ? { detail: { lease: true } } : {}),
      }),
    );
  }
}
