import type { CSINode, Namespace, PersistentVolume, PersistentVolumeClaim, Pod, PodDisruptionBudget, ReplicaSet, ReplicationController, ResourceV1ResourceClaim, Service, StatefulSet, StorageClass, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { Clock, Random } from '../../../base/clock/index.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { Informer } from '../../client/informer.ts';
import type { NodeCache } from '../cache/node-cache.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import type { Nominator } from '../cache/nominator.ts';
import type { AssumedVolumes } from '../volumes/assumed-volumes.ts';
import type { ClusterEvent } from './cluster-events.ts';

/** Why a node does not fit. `unresolvable`: evicting other Pods would not help either. */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly unresolvable: boolean;
}

/** What plug-ins know of the cluster besides nodes: copies that informers keep current. */
export interface ClusterView {
  readonly cache: NodeCache;
  readonly nominator: Nominator;
  readonly assumed: AssumedVolumes;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly csiNodes: Informer<CSINode>;
  readonly services: Informer<Service>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly replicationControllers: Informer<ReplicationController>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly namespaces: Informer<Namespace>;
  readonly budgets: Informer<PodDisruptionBudget>;
  readonly resourceClaims: Informer<ResourceV1ResourceClaim>;
  /** An event on one of the scheduler's objects, through its recorder. */
  record(pod: Stored<Pod>, type: 'Normal' | 'Warning', reason: string, action: string, note: string, cause: Cause): void;
}

/** One try to place one Pod. */
export interface CycleState {
  readonly pod: Stored<Pod>;
  readonly nodes: readonly NodeInfo[];
  readonly cluster: ClusterView;
  /** Scratch for plug-ins, by their names: made in an early extension point, used in later ones. */
  readonly scratch: Map<string, unknown>;
  /** Plug-ins whose PreFilter had nothing to do. */
  readonly skipped: Set<string>;
}

/** Scratch that eviction trials change keeps a copy of itself. */
export interface Cloneable {
  clone(): unknown;
}

/** What became of the nodes when none fits. */
export interface Diagnosis {
  readonly total: number;
  readonly refusals: ReadonlyMap<string, { readonly plugin: string; readonly rejection: Rejection }>;
  /** A PreFilter plug-in refused all nodes at once. */
  readonly preFilter: { readonly plugin: string; readonly message: string } | undefined;
}

export interface PostFilterResult {
  /** Added to the message of FailedScheduling. */
  readonly message: string;
  /** Evicting the victims makes room there. */
  readonly nominated?: { readonly node: string; readonly victims: readonly Stored<Pod>[] };
  /** An earlier promise of a node is void. */
  readonly withdraws?: boolean;
  /** The plug-in could not even say. */
  readonly error?: boolean;
}

/** When a Pod that this plug-in refused is worth another try. `hint` undefined: always. */
export interface Interest {
  readonly event: ClusterEvent['resource'];
  readonly actions: readonly ClusterEvent['action'][];
  hint?(pod: Stored<Pod>, event: ClusterEvent, cluster: ClusterView): boolean;
}

/**
 * A plug-in takes part in whichever extension points it has a method for, in this order. models framework/interface.go
 *
 * ```
 *   queue:             preEnqueue → less
 *   scheduling cycle:  preFilter → filter → (postFilter) → preScore → score, normalize → reserve → permit
 *   binding cycle:     preBind → bind            (unreserve when anything after reserve fails)
 * ```
 */
export interface Plugin {
  readonly name: string;
  /** A text: the Pod is not even queued. */
  preEnqueue?(pod: Stored<Pod>): string | undefined;
  /** Which of two Pods goes first: negative for the first. One plug-in of a profile has it. */
  less?(a: Stored<Pod>, b: Stored<Pod>): number;
  /** 'skip': nothing to filter for this Pod. A rejection refuses all nodes; a set narrows them. */
  preFilter?(state: CycleState): 'skip' | Rejection | ReadonlySet<string> | undefined;
  /** Keeps the PreFilter's scratch true while Pods are taken from and put on a node in thought. */
  addPod?(state: CycleState, pod: Stored<Pod>, node: NodeInfo): void;
  removePod?(state: CycleState, pod: Stored<Pod>, node: NodeInfo): void;
  /** Undefined: the node fits. */
  filter?(state: CycleState, node: NodeInfo): Rejection | undefined;
  /** No node fits: can anything be done? */
  postFilter?(state: CycleState, diagnosis: Diagnosis, filter: (state: CycleState, node: NodeInfo) => Rejection | undefined): PostFilterResult;
  preScore?(state: CycleState, nodes: readonly NodeInfo[]): 'skip' | undefined;
  readonly weight?: number;
  /** 0 to 100 after normalization. */
  score?(state: CycleState, node: NodeInfo): number;
  normalize?(scores: Map<string, number>, state: CycleState): void;
  reserve?(state: CycleState, node: NodeInfo): string | undefined;
  unreserve?(state: CycleState): void;
  /** Milliseconds to wait before binding; a text refuses. */
  permit?(state: CycleState, node: NodeInfo): number | string | undefined;
  /** True: has something to do that may take time. */
  needsPreBind?(state: CycleState, node: NodeInfo): boolean;
  /** Throws when the Pod cannot be bound after all. */
  preBind?(state: CycleState, node: NodeInfo, cause: Cause): Promise<void>;
  bind?(state: CycleState, node: NodeInfo, cause: Cause): Promise<void>;
  readonly interests?: readonly Interest[];
}

/** The largest score becomes 100, the others in proportion; `reverse` turns small into good. models helper: DefaultNormalizeScore */
export function normalizeTo100(scores: Map<string, number>, reverse: boolean): void {
  let highest = 0;
  for (const score of scores.values()) highest = Math.max(highest, score);
  for (const [node, score] of scores) {
    if (highest === 0) scores.set(node, reverse ? 100 : score);
    else {
      const scaled = Math.floor((score * 100) / highest);
      scores.set(node, reverse ? 100 - scaled : scaled);
    }
  }
}
