import { stringify } from 'yaml';
import type { Clock, Ids, Random } from '../base/clock/index.ts';
import { DisposableStore } from '../base/lifecycle/index.ts';
import type { HostedPrograms } from './container-runtime/processes/hosted.ts';
import { Engine } from './container-runtime/engine/engine.ts';
import { imageLayer } from './container-runtime/filesystem/image-layer.ts';
import { HostMachine } from './container-runtime/host/host-machine.ts';
import { Journal } from './container-runtime/host/journal.ts';
import { KUBELET_ARGV, nodeImage } from './container-runtime/host/node-image.ts';
import { PidNamespace } from './container-runtime/processes/pid-namespace.ts';
import { toolsOf } from './container-runtime/tools/index.ts';
import { MemoryVolumeStore, type MemoryVolume } from './container-runtime/filesystem/volume.ts';
import { KubeProxy } from './kube-proxy/kube-proxy.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { NodeConfig } from './kubelet/node-status/node-status.ts';
import { MANIFESTS } from './kubelet/static-pods/static-pods.ts';
import { controlPlaneManifests } from './kubelet/static-pods/control-plane.ts';
import type { Component } from './machinery/component.ts';
import { klog } from './machinery/klog.ts';
import type { TraceRecorder } from './machinery/recorder.ts';
import type { TransportFactory } from './machinery/transport.ts';
import type { SimulatedNetwork } from './network/simulated-network.ts';

export interface SimNodeOptions {
  readonly config: NodeConfig;
  readonly subnet: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly trace: TraceRecorder;
  readonly network: SimulatedNetwork;
  readonly transport: TransportFactory;
  readonly hosted: HostedPrograms;
  /** kube-proxy is a DaemonSet's Pod here, not a program of the node. */
  readonly kubeProxyInPod: boolean;
  readonly preload: readonly string[];
  /** Files that an installer leaves on the node, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Volumes that are no node's own. */
  readonly sharedVolumes: Map<string, MemoryVolume>;
}

/** One machine: kubelet, kube-proxy and container runtime, wired. */
export class SimNode {
  readonly config: NodeConfig;
  readonly engine: Engine;
  readonly kubelet: Kubelet;
  readonly kubeProxy: KubeProxy;
  /** The node itself: its files, its processes, its services. */
  readonly machine: HostMachine;
  readonly #life = new DisposableStore();

  constructor(options: SimNodeOptions) {
    const { config, clock, ids, random, trace, network, transport, hosted } = options;
    this.config = config;
    const rules = network.addNode(config.name, config.address, options.subnet);
    const volumes = new MemoryVolumeStore({ now: () => clock.now(), shared: options.sharedVolumes, root: { image: nodeImage, lower: imageLayer(nodeImage, toolsOf(nodeImage), clock.now()) } });
    volumes.host.directory(MANIFESTS);
    if (config.role === 'control-plane') for (const [name, manifest] of Object.entries(controlPlaneManifests(config.address))) volumes.host.file(`${MANIFESTS}/${name}.yaml`, stringify(manifest), { mode: 0o600 });
    const machine = { cpus: config.cpus, memoryBytes: config.memory, bootedAt: clock.now() - 3_600_000 };
    const pids = new PidNamespace();
    this.engine = new Engine({ node: config.name, clock, ids, random, trace, network, hosted, host: volumes, machine, pids });
    this.machine = new HostMachine({ hostname: config.name, clock, ids, random, machine, host: volumes, network: network.nodeNamespace(config.name), pids, runtime: this.engine, journal: new Journal(clock) });
    for (const [path, text] of Object.entries(options.files ?? {})) volumes.host.file(path, text, { mode: 0o600 });
    for (const image of options.preload) this.engine.preload(image);
    this.kubelet = new Kubelet({
      node: config, transport, clock, ids, log: (level, text) => this.machine.log('kubelet', klog(clock.now(), level, this.machine.pidOf('kubelet'), text)), runtime: this.engine, volumes, network: network.nodeNamespace(config.name),
    });
    this.#addUnit('containerd', 'containerd container runtime', 'https://containerd.io', ['/usr/bin/containerd'], this.engine);
    this.#addUnit('kubelet', 'kubelet: The Kubernetes Node Agent', 'https://kubernetes.io/docs/', KUBELET_ARGV, this.kubelet, '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf');
    this.kubeProxy = new KubeProxy({ node: config.name, transport, clock, rules, hosted: options.kubeProxyInPod });
  }

  /** systemd looks after it. */
  #addUnit(name: string, description: string, documentation: string, argv: readonly string[], component: Component, dropIn?: string): void {
    this.machine.add({ name, description, documentation, argv, file: `/etc/systemd/system/${name}.service`, ...(dropIn ? { dropIn } : {}), get running() { return component.running; }, start: () => component.start(), stop: () => component.stop() });
    this.#life.add(component.onDidChange(() => this.machine.changed(name)));
  }

  get components(): readonly Component[] {
    return [this.kubelet, this.kubeProxy, this.engine];
  }

  start(): void {
    for (const component of this.components) component.start();
  }

  dispose(): void {
    this.#life.dispose();
    this.kubelet.dispose();
    this.kubeProxy.dispose();
    this.engine.dispose();
    this.machine.dispose();
  }
}
