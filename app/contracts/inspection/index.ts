/**
 * What the parts tell of their insides, for the inspector: `Inspection.detail` of each kind of part. Plain data, made on demand,
 * small. Times are virtual milliseconds since the epoch; `at` is when it was said, so that what remains can be counted.
 */
export interface LoopView {
  readonly name: string;
  readonly running: boolean;
  /** Keys that wait for a worker. */
  readonly depth: number;
  /** Keys that failed and wait for another try. */
  readonly retrying: number;
  readonly lastReconcileAt?: number | undefined;
  readonly lastKey?: string | undefined;
  readonly lastError?: string | undefined;
}

/** kube-controller-manager */
export interface LoopsDetail {
  readonly at: number;
  readonly loops: readonly LoopView[];
}

/** kube-scheduler: the Pods of each queue, as `namespace/name`, and the last decisions, the newest first. */
export interface SchedulerDetail {
  readonly queues?: Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', readonly string[]>>;
  readonly decisions: readonly DecisionView[];
}

export interface DecisionView {
  readonly pod: string;
  readonly at: number;
  readonly chosen?: string | undefined;
  readonly verdicts: readonly VerdictView[];
  readonly omitted?: number;
  readonly message?: string | undefined;
}

/** What became of one node: refused by a plug-in, or scored by several. */
export interface VerdictView {
  readonly node: string;
  readonly refusedBy?: string;
  readonly reasons?: readonly string[];
  readonly scores?: Readonly<Record<string, number>>;
  readonly total?: number;
}

/** cloud-controller-manager: what stands in the account at the provider. */
export interface CloudDetail {
  readonly instances: readonly { readonly id: string; readonly name: string; readonly zone: string; readonly address: string; readonly state: string }[];
  readonly loadBalancers: readonly {
    readonly name: string; readonly service: string; readonly address: string;
    readonly listeners: readonly { readonly port: number; readonly nodePort: number; readonly protocol: string }[];
    readonly targets: readonly { readonly instance: string; readonly healthy: boolean }[];
  }[];
}

/** kubelet */
export interface KubeletDetail {
  readonly at: number;
  readonly pods: readonly WorkerView[];
}

/** One Pod as its worker in the kubelet sees it. */
export interface WorkerView {
  /** `namespace/name` */
  readonly pod: string;
  readonly phase: string;
  readonly containers: readonly WorkerContainerView[];
}

export interface WorkerContainerView {
  readonly name: string;
  readonly ready: boolean;
  /** Why it does not run: CrashLoopBackOff, ErrImagePull, … */
  readonly waiting?: string | undefined;
  /** No start before this time. */
  readonly nextStartAt?: number | undefined;
  /** No pull before this time. */
  readonly nextPullAt?: number | undefined;
  readonly probes: readonly ProbeView[];
}

export interface ProbeView {
  readonly kind: 'startup' | 'liveness' | 'readiness';
  /** When it is asked next; absent while it waits for the startup probe, or is over. */
  readonly nextAt?: number | undefined;
  /** The last answer; absent before the first. */
  readonly last?: boolean | undefined;
  /** So many answers like the last in a row. */
  readonly inARow: number;
  /** So many failures in a row count. */
  readonly failureThreshold: number;
}

/** container-runtime */
export interface RuntimeDetail {
  readonly images: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly containers: readonly {
    readonly pod: string; readonly name: string; readonly state: string; readonly image: string;
    readonly memoryBytes: number; readonly cpuMillis: number;
    readonly processes: readonly { readonly pid: number; readonly command: string }[];
  }[];
}

/** kube-proxy: the rule table of its node, in force whether it runs or not. */
export interface ProxyDetail {
  readonly rules: readonly RuleView[];
}

export interface RuleView {
  /** `namespace/name:port` */
  readonly service: string;
  readonly protocol: string;
  /** '' : a node port, on every address of the node. */
  readonly address: string;
  readonly port: number;
  readonly endpoints: readonly { readonly address: string; readonly port: number; readonly node?: string }[];
  readonly drop?: boolean;
}

/** etcd */
export interface MembersDetail {
  readonly members: readonly { readonly name: string; readonly running: boolean; readonly leader: boolean }[];
}
