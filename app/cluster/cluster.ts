import type { Disposable, Event } from '../base/lifecycle/index.ts';
import type { KubeObject } from '../contracts/k8s/index.ts';
import type { ClusterState, PartView } from '../contracts/ipc/map.ts';
import type { TraceEvent } from '../contracts/trace/index.ts';

export interface ClusterStatus {
  readonly state: ClusterState;
  /** What it is doing or what is wrong, one sentence. */
  readonly message: string;
}

/** Told how far a long operation is. */
export interface Progress {
  /** `fraction` in [0, 1]; absent when unknown. */
  report(step: string, fraction?: number): void;
}

/** A small core; what only one provider can do is a capability, never a method that throws. */
export interface Cluster extends AsyncDisposable {
  readonly provider: 'sim' | 'kind' | 'context';
  /** A private kubeconfig (mode 0600) that reaches this cluster. */
  readonly kubeconfigPath: string;
  readonly client: KubeClient;
  readonly status: ClusterStatus;
  readonly onDidChangeStatus: Event<ClusterStatus>;
  start(progress: Progress, signal: AbortSignal): Promise<void>;
  /** Back to the state of a fresh cluster. */
  reset(signal: AbortSignal): Promise<void>;
  capability<K extends keyof Capabilities>(name: K): Capabilities[K] | undefined;
}

export interface Capabilities {
  readonly trace: TraceCapability;
  readonly time: TimeCapability;
  readonly components: ComponentsCapability;
  readonly inside: InsideCapability;
  readonly network: NetworkCapability;
  readonly nodeShell: NodeShellCapability;
}

/** Something is wrong with the wires between two nodes, one way; a node that is left out is any. */
export interface LinkFault {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly latencyMs?: number | undefined;
  readonly lossPercent?: number | undefined;
}

/** The wires between the nodes, and the way of one packet over them. */
export interface NetworkCapability {
  /** What is wrong now. */
  list(): readonly LinkFault[];
  /** Disposing heals it; so does a reset. */
  add(fault: LinkFault): { dispose(): void };
  /** All wires are good again. */
  heal(): void;
  /**
   * The way that a first packet would take now, step by step: rules, endpoint, policies, wires. Nothing is sent.
   * @param from a node, or `namespace/pod`
   */
  explain(from: string, to: { readonly address: string; readonly port: number; readonly protocol?: 'tcp' | 'udp' }): readonly { readonly kind: string; readonly node: string }[];
}

/** A root shell on a machine of the cluster: crictl, systemctl, journalctl, /etc/kubernetes. */
export interface NodeShellCapability {
  /** Names of the machines that have one. */
  nodes(): readonly string[];
  /** Undefined: there is no such machine. */
  open(node: string): NodeShell | undefined;
}

export interface NodeShell extends Disposable {
  write(data: Uint8Array): void;
  /** Characters. */
  resize(columns: number, rows: number): void;
  /** What the terminal shows, until the shell ends. One reader. */
  readonly output: AsyncIterable<Uint8Array>;
  readonly exited: Promise<number>;
}

/** Requests from a machine of the cluster, through kube-proxy's rules and the cluster network. */
export interface InsideCapability {
  /**
   * @param url `http://10.96.1.2:80/path`
   * @param options.node where it starts; a worker if left out; `internet`: a machine outside the cluster, where there is one
   * @param options.pod `namespace/name`: from inside this Pod, with its own resolver, instead
   * @param options.silent leaves no trace: a check that looks by itself is not something that the learner did
   * @throws DialError and its like
   */
  get(url: string, options?: { node?: string; pod?: string; timeoutMs?: number; silent?: boolean }): Promise<{ readonly code: number; readonly body: string }>;
}

export interface TraceCapability {
  readonly last: number;
  since(seq: number): readonly TraceEvent[];
  readonly onDidAppend: Event<TraceEvent>;
}

export interface TimeState {
  /** Virtual milliseconds since the epoch. */
  readonly now: number;
  readonly paused: boolean;
  readonly speed: number;
}

export interface TimeCapability {
  readonly state: TimeState;
  readonly onDidChange: Event<TimeState>;
  pause(): void;
  resume(): void;
  /** The next thing that would happen, then still again. */
  step(): Promise<void>;
  setSpeed(speed: number): void;
}

/** Power switches and inspectors of the parts. */
export interface ComponentsCapability {
  list(): readonly PartView[];
  readonly onDidChange: Event<readonly PartView[]>;
  start(id: string): void;
  stop(id: string): void;
  /** Undefined: there is no such part. */
  inspect(id: string): PartInspection | undefined;
}

/** What a part tells of itself. */
export interface PartInspection {
  readonly now: string;
  readonly facts: readonly { readonly name: string; readonly value: string | number }[];
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** An object with the cells that `kubectl get -o wide` would print for it, by column name. */
export interface TableRow<T> {
  readonly object: T;
  readonly cells: Readonly<Record<string, string>>;
}

export interface ListResult<T = KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** A resource by path: `{ group: '', version: 'v1', resource: 'pods', namespace: 'lab' }`. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
}

/** The API client that checks, the diagram and the labs use: HTTPS with the cluster's kubeconfig, on every provider. */
export interface KubeClient {
  list<T = KubeObject>(ref: ResourceRef, options?: { labelSelector?: string; fieldSelector?: string; signal?: AbortSignal }): Promise<ListResult<T>>;
  get<T = KubeObject>(ref: ResourceRef, name: string, signal?: AbortSignal): Promise<T | undefined>;
  create<T = KubeObject>(ref: ResourceRef, object: unknown, signal?: AbortSignal): Promise<T>;
  /** Server-side apply as `orrery`, forced. */
  apply<T = KubeObject>(ref: ResourceRef, name: string, object: unknown, signal?: AbortSignal): Promise<T>;
  delete(ref: ResourceRef, name: string, options?: { gracePeriodSeconds?: number; signal?: AbortSignal }): Promise<void>;
  /** List, then watch, again and again, until disposed. `onChange` gets the whole current set. */
  watchAll<T = KubeObject>(ref: ResourceRef, onChange: (items: ReadonlyMap<string, T>) => void, onError?: (error: Error) => void): { dispose(): void };
  /** As `watchAll`, with the cells that the server prints: pictures say what kubectl says. */
  watchRows<T = KubeObject>(ref: ResourceRef, onChange: (rows: ReadonlyMap<string, TableRow<T>>) => void, onError?: (error: Error) => void): { dispose(): void };
  /** Any path; for `http` checks through the service proxy and for /readyz. */
  raw(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }): Promise<{ code: number; headers: Record<string, string>; body: string }>;
  /** Resources served now, for resolving kinds. */
  resolveKind(apiVersion: string | undefined, kind: string): Promise<ResourceRef & { namespaced: boolean }>;
}
