/** What the diagram draws besides messages: state, pushed whole whenever it changes (it is small). */

export type ClusterState = 'starting' | 'running' | 'degraded' | 'stopped' | 'failed';

/** A part with its power switch. */
export interface PartView {
  /** A `PartId` of the trace. */
  readonly id: string;
  readonly running: boolean;
  /** One line: what it is doing now. */
  readonly now: string;
}

export interface ContainerView {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  readonly ready: boolean;
  readonly restarts: number;
  /** `CrashLoopBackOff`, `ImagePullBackOff`, `Completed` … */
  readonly reason?: string;
}

export interface PodView {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent while nobody has picked a node. */
  readonly node?: string;
  /** What `kubectl get pods` prints under STATUS. */
  readonly status: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly ip?: string;
  readonly containers: readonly ContainerView[];
  /** A mirror of a static Pod on its node: part of the cluster itself. */
  readonly isStatic: boolean;
  readonly deleting: boolean;
  readonly owner?: string;
}

export interface NodeView {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly ready: boolean;
  /** `Ready`, `NotReady`, `Ready,SchedulingDisabled`: the STATUS column. */
  readonly status: string;
  readonly address?: string;
  /** Requested share of allocatable, 0–1. */
  readonly cpuRequested: number;
  readonly memoryRequested: number;
}

export interface ServiceView {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly clusterIP: string;
  readonly ports: readonly string[];
  /** UIDs of the Pods behind it now. */
  readonly podUids: readonly string[];
}

export interface ClusterSnapshot {
  readonly provider: 'sim' | 'kind' | 'context';
  /** Of a kind cluster or a context. */
  readonly name?: string;
  readonly state: ClusterState;
  readonly message: string;
  /** Kubernetes version, `v1.36.2`. */
  readonly version: string;
  readonly revision: number;
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly services: readonly ServiceView[];
  readonly parts: readonly PartView[];
}
