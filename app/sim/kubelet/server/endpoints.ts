import { rfc3339, type Clock } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerRuntime, ContainerStats } from '../../container-runtime/cri.ts';
import type { KubeletAnswer } from '../../machinery/kubelet-server.ts';
import type { NodeConfig } from '../node-status/node-status.ts';

export interface EndpointOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly node: NodeConfig;
  readonly pods: () => readonly Stored<Pod>[];
}

interface ContainerUse {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly stats: ContainerStats;
}

interface PodUse {
  readonly pod: Stored<Pod>;
  readonly containers: readonly ContainerUse[];
}

/** What the kubelet and its system take for themselves, beside all Pods. */
const SYSTEM = { cpuNanoCores: 25_000_000, memoryBytes: 180 * 1024 * 1024 };
const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** The read-only side of port 10250. models pkg/kubelet/server: InstallDefaultHandlers */
export class Endpoints {
  readonly #options: EndpointOptions;
  readonly #startedAt: number;
  /** CPU time of the containers that were there last, and of those that are gone. */
  #seen = new Map<string, number>();
  #gone = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  async answer(path: string): Promise<KubeletAnswer> {
    switch (path.replace(/\/+$/, '')) {
      case '/healthz':
      case '/healthz/ping':
      case '/healthz/syncloop':
        return { code: 200, contentType: TEXT_TYPE, body: 'ok' };
      case '/pods':
        return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.#options.pods() });
      case '/runningpods':
        return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: (await this.#use()).map(({ pod, containers }) => ({ metadata: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid }, spec: { containers: containers.map(({ name }) => ({ name })) }, status: {} })) });
      case '/stats/summary':
        return { code: 200, contentType: JSON_TYPE, body: JSON.stringify(this.#summary(await this.#use()), null, 1) };
      case '/metrics/resource':
        return { code: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: this.#resourceMetrics(await this.#use()) };
      case '/configz':
        return json({ kubeletconfig: this.#configuration() });
      default:
        return { code: 404, contentType: TEXT_TYPE, body: '404 page not found\n' };
    }
  }

  /** Containers that run, by Pod. */
  async #use(): Promise<PodUse[]> {
    const { runtime, pods } = this.#options;
    return Promise.all(pods().map(async (pod) => {
      // A mirror's containers go by the uid of the static Pod.
      const podUid = pod.metadata.annotations?.['kubernetes.io/config.mirror'] ?? pod.metadata.uid;
      const running = (await runtime.listContainers({ podUid })).filter((status) => status.state === 'running' && status.config.name !== 'POD');
      return { pod, containers: await Promise.all(running.map(async (status) => ({ id: status.id, name: status.config.name, startedAt: status.startedAt, stats: await runtime.containerStats(status.id) }))) };
    }));
  }

  /** The whole machine: what is gone stays counted, as in the root cgroup. */
  #machine(pods: readonly PodUse[]): { cpuNanoCores: number; cpuCoreNanoSeconds: number; memoryBytes: number } {
    const { clock } = this.#options;
    const containers = pods.flatMap(({ containers: own }) => own);
    const now = new Map(containers.map(({ id, stats }) => [id, stats.cpuCoreNanoSeconds]));
    for (const [id, used] of this.#seen) if (!now.has(id)) this.#gone += used;
    this.#seen = now;
    const total = sum(containers);
    return { cpuNanoCores: total.cpuNanoCores + SYSTEM.cpuNanoCores, cpuCoreNanoSeconds: total.cpuCoreNanoSeconds + this.#gone + SYSTEM.cpuNanoCores * ((clock.now() - this.#startedAt) / 1000), memoryBytes: total.memoryBytes + SYSTEM.memoryBytes };
  }

  #summary(pods: readonly PodUse[]): object {
    const { node, clock } = this.#options;
    const time = rfc3339(clock.now());
    const total = this.#machine(pods);
    const cpu = ({ cpuNanoCores, cpuCoreNanoSeconds }: Pick<ContainerStats, 'cpuNanoCores' | 'cpuCoreNanoSeconds'>): object => ({ time, usageNanoCores: Math.round(cpuNanoCores), usageCoreNanoSeconds: Math.round(cpuCoreNanoSeconds) });
    const memory = (bytes: number): object => ({ time, usageBytes: bytes, workingSetBytes: bytes, rssBytes: bytes, pageFaults: 0, majorPageFaults: 0 });
    return {
      node: { nodeName: node.name, startTime: rfc3339(this.#startedAt), cpu: cpu(total), memory: { ...memory(total.memoryBytes), availableBytes: node.memory - total.memoryBytes } },
      pods: pods.filter(({ containers }) => containers.length > 0).map(({ pod, containers }) => {
        const own = sum(containers);
        return {
          podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid }, startTime: pod.status?.startTime ?? time,
          containers: containers.map(({ name, startedAt, stats }) => ({ name, startTime: rfc3339(startedAt), cpu: cpu(stats), memory: memory(stats.memoryWorkingSetBytes), rootfs: { time, usedBytes: stats.fsUsedBytes } })),
          cpu: cpu(own), memory: memory(own.memoryBytes),
        };
      }),
    };
  }

  /** models pkg/kubelet/metrics/collectors: resource_metrics.go */
  #resourceMetrics(pods: readonly PodUse[]): string {
    const at = this.#options.clock.now();
    const total = this.#machine(pods);
    const lines: string[] = [];
    const family = (name: string, type: 'counter' | 'gauge', help: string, samples: readonly string[]): void => void lines.push(`# HELP ${name} [STABLE] ${help}`, `# TYPE ${name} ${type}`, ...samples);
    const labelled = pods.flatMap(({ pod, containers }) => containers.map((container) => ({ ...container, labels: `container="${container.name}",namespace="${pod.metadata.namespace}",pod="${pod.metadata.name}"` })));
    const seconds = (nanoseconds: number): string => String(nanoseconds / 1e9);
    family('container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the container in core-seconds', labelled.map(({ labels, stats }) => `container_cpu_usage_seconds_total{${labels}} ${seconds(stats.cpuCoreNanoSeconds)} ${at}`));
    family('container_memory_working_set_bytes', 'gauge', 'Current working set of the container in bytes', labelled.map(({ labels, stats }) => `container_memory_working_set_bytes{${labels}} ${stats.memoryWorkingSetBytes} ${at}`));
    family('container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds', labelled.map(({ labels, startedAt }) => `container_start_time_seconds{${labels}} ${startedAt / 1000}`));
    family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [`node_cpu_usage_seconds_total ${seconds(total.cpuCoreNanoSeconds)} ${at}`]);
    family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [`node_memory_working_set_bytes ${total.memoryBytes} ${at}`]);
    return `${lines.join('\n')}\n`;
  }

  #configuration(): object {
    return {
      kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', staticPodPath: '/etc/kubernetes/manifests', syncFrequency: '1m0s', fileCheckFrequency: '20s', httpCheckFrequency: '20s', address: '0.0.0.0', port: 10_250,
      clusterDomain: 'cluster.local', clusterDNS: ['10.96.0.10'], nodeStatusUpdateFrequency: '10s', nodeStatusReportFrequency: '5m0s', nodeLeaseDurationSeconds: 40, cgroupDriver: 'systemd', maxPods: 110, resolvConf: '/etc/resolv.conf', serializeImagePulls: false,
      evictionHard: { 'imagefs.available': '0%', 'nodefs.available': '0%', 'nodefs.inodesFree': '0%' }, containerLogMaxSize: '10Mi', containerLogMaxFiles: 5, failSwapOn: false, containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    };
  }
}

function sum(containers: readonly ContainerUse[]): { cpuNanoCores: number; cpuCoreNanoSeconds: number; memoryBytes: number } {
  const add = (value: (stats: ContainerStats) => number): number => containers.reduce((total, { stats }) => total + value(stats), 0);
  return { cpuNanoCores: add((stats) => stats.cpuNanoCores), cpuCoreNanoSeconds: add((stats) => stats.cpuCoreNanoSeconds), memoryBytes: add((stats) => stats.memoryWorkingSetBytes) };
}

function json(object: object): KubeletAnswer {
  return { code: 200, contentType: JSON_TYPE, body: JSON.stringify(object) };
}
