/**
 * The trace: every message between two parts of the cluster, with what caused it. The diagram, the inspectors, the
 * `trace` checks of the labs and the golden scenarios all read this and nothing else.
 */

/** Sequence numbers of the trace events that led here; `[]` means the learner. */
export type Cause = readonly number[];

/**
 * A part of the cluster as the diagram draws it. Parts on a node carry its name after a slash.
 * `you` is whoever sits at the terminal (kubectl, helm, curl).
 */
export type PartId =
  | 'you'
  | 'kube-apiserver'
  | 'etcd'
  | 'kube-scheduler'
  | 'kube-controller-manager'
  | `kube-controller-manager/${string}`
  | 'cloud-controller-manager'
  | `kubelet/${string}`
  | `kube-proxy/${string}`
  | `container-runtime/${string}`
  | `pod/${string}/${string}`;

export type TraceKind =
  /** A request to the API server (from any part) and, with `code`, its answer. */
  | 'request'
  | 'response'
  /** API server → etcd: a transaction that changed a key (`label`: `put /registry/pods/default/web`). */
  | 'store'
  /** API server → a part: a watch event that the part received. */
  | 'watch'
  /** kubelet → container runtime: a CRI call. */
  | 'cri'
  /** Inside one part: a decision worth seeing (scheduler's choice, a reconcile that did something). */
  | 'decision'
  /** A container process or the runtime did something (started, exited, pulled). */
  | 'container'
  /** A packet's way through the cluster network (on request only: never for every byte). */
  | 'network';

export interface TraceEvent {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** Virtual time, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly cause: Cause;
  readonly from: PartId;
  readonly to: PartId;
  readonly kind: TraceKind;
  /** Short, as a person reads it: `POST pods web`, `put /registry/pods/default/web`, `bind web → worker-2`, `RunPodSandbox`. */
  readonly label: string;
  /** The loop inside kube-controller-manager, the plug-in inside the scheduler and the like. */
  readonly loop?: string;
  /** The object in question. */
  readonly object?: { readonly resource: string; readonly namespace?: string; readonly name: string; readonly uid?: string };
  /** The store's revision after a `store` event; the resource version delivered by a `watch` event. */
  readonly revision?: number;
  /** HTTP status of a `response`. */
  readonly code?: number;
  /** Anything more that an inspector shows; JSON only, small. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** What a part writes; the trace adds `seq` and `at`. */
export type TraceEntry = Omit<TraceEvent, 'seq' | 'at'>;
