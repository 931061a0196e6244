import { stringify } from 'yaml';
import type { Clock, Ids, Random } from '../base/clock/index.ts';
import type { HostedPrograms } from './container-runtime/processes/hosted.ts';
import { Engine } from './container-runtime/engine/engine.ts';
import { MemoryVolumeStore, type MemoryVolume } from './container-runtime/filesystem/volume.ts';
import { KubeProxy } from './kube-proxy/kube-proxy.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { NodeConfig } from './kubelet/node-status/node-status.ts';
import { MANIFESTS } from './kubelet/static-pods/static-pods.ts';
import { controlPlaneManifests } from './kubelet/static-pods/control-plane.ts';
import type { Component } from './machinery/component.ts';
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
  /** Volumes that are no node's own. */
  readonly sharedVolumes: Map<string, MemoryVolume>;
}

/** One machine: kubelet, kube-proxy and container runtime, wired. */
export class SimNode {
  readonly config: NodeConfig;
  readonly engine: Engine;
  readonly kubelet: Kubelet;
  readonly kubeProxy: KubeProxy;

  constructor(options: SimNodeOptions) {
    const { config, clock, ids, random, trace, network, transport, hosted } = options;
    this.config = config;
    const rules = network.addNode(config.name, config.address, options.subnet);
    const volumes = new MemoryVolumeStore({ now: () => clock.now(), shared: options.sharedVolumes });
    volumes.host.directory(MANIFESTS);
    if (config.role === 'control-plane') for (const [name, manifest] of Object.entries(controlPlaneManifests(config.address))) volumes.host.file(`${MANIFESTS}/${name}.yaml`, stringify(manifest), { mode: 0o600 });
    this.engine = new Engine({ node: config.name, clock, ids, random, trace, network, hosted, host: volumes, machine: { cpus: config.cpus, memoryBytes: config.memory, bootedAt: clock.now() - 3_600_000 } });
    for (const image of options.preload) this.engine.preload(image);
    this.kubelet = new Kubelet({
      node: config, transport, clock, ids, runtime: this.engine, volumes, network: network.nodeNamespace(config.name),
    });
    this.kubeProxy = new KubeProxy({ node: config.name, transport, clock, rules, hosted: options.kubeProxyInPod });
  }

  get components(): readonly Component[] {
    return [this.kubelet, this.kubeProxy, this.engine];
  }

  start(): void {
    for (const component of this.components) component.start();
  }

  dispose(): void {
    this.kubelet.dispose();
    this.kubeProxy.dispose();
    this.engine.dispose();
  }
}
