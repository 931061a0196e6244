import { rfc3339 } from '../../../base/clock/index.ts';
import type { Node, NodeCondition, Stored, Taint } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { leases, nodes, pods } from '../../client/resource-types.ts';
import { deepEqual } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { NodeHealth } from './node-health.ts';
import { ZonePace } from './zone-pace.ts';

/** How often nodes are looked at. models nodelifecycle: NodeMonitorPeriod */
const MONITOR_PERIOD_MS = 5_000;
/** How long a node may be silent. models kube-controller-manager: --node-monitor-grace-period */
const GRACE_MS = 50_000;
const STARTUP_GRACE_MS = 60_000;
const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const CONDITION_TAINTS: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const MANAGED_TAINTS = new Set([...CONDITION_TAINTS.map(([, , key]) => key), 'node.kubernetes.io/unschedulable']);

/**
 * Listens to the nodes' heartbeats. A silent node becomes Unknown, is tainted, and its Pods are no longer ready; whoever
 * does not tolerate the taint is evicted by the taint eviction loop. models pkg/controller/nodelifecycle
 */
export const nodeLifecycleController: Controller = {
  name: 'nodelifecycle',
  serviceAccount: 'node-controller',
  start(context) {
    const worker = new NodeWorker(context);
    const loop = new ControlLoop('nodelifecycle', context.clock, worker, 2);
    const { informers } = context;
    informers.of(nodes).handle({
      onAdd: (node, cause) => loop.queue.add(node.metadata.name, cause),
      onUpdate: (node, _, cause) => loop.queue.add(node.metadata.name, cause),
      onDelete: (node, cause) => worker.forget(node, cause),
    });
    informers.of(leases).handle({ onAdd: (lease) => worker.heard(lease.metadata.name), onUpdate: (lease) => worker.heard(lease.metadata.name) });
    return loop;
  },
};

class NodeWorker {
  readonly #context: ControllerContext;
  readonly #health = new NodeHealth();
  readonly #zones = new ZonePace();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  heard(name: string): void {
    this.#health.heard(name, this.#context.clock.now());
  }

  forget(node: Stored<Node>, cause: Cause): void {
    this.#health.forget(node.metadata.name);
    this.#say(node, 'RemovingNode', `Removing Node ${node.metadata.name} from Controller`, cause);
  }

  async reconcile(name: string, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
    const { informers, clock } = this.#context;
    const node = informers.of(nodes).get(name);
    if (!node) return;
    if (!informers.of(leases).synced) return { requeueAfterMs: 1_000 };
    if (this.#health.isNew(name)) this.#say(node, 'RegisteredNode', `Registered Node ${name} in Controller`, cause);
    const lastHeard = this.#health.observe(node, clock.now());
    const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
    const silentFor = clock.now() - lastHeard;
    if (silentFor > (ready ? GRACE_MS : STARTUP_GRACE_MS) && ready?.status !== 'Unknown') await this.#markUnknown(node, cause);
    else {
      const waits = await this.#syncTaints(node, cause);
      if (ready && ready.status !== 'True') await this.#markPodsNotReady(name, cause);
      if (waits) return { requeueAfterMs: 1_000 };
    }
    return { requeueAfterMs: MONITOR_PERIOD_MS };
  }

  /** models nodeutil.RecordNodeEvent */
  #say(node: Stored<Node>, reason: string, text: string, cause: Cause): void {
    this.#context.events.event({ kind: 'Node', apiVersion: 'v1', metadata: node.metadata }, 'Normal', reason, `Node ${node.metadata.name} event: ${text}`, cause);
  }

  async #markUnknown(node: Stored<Node>, cause: Cause): Promise<void> {
    const { client, clock, events } = this.#context;
    const now = rfc3339(clock.now());
    const known = new Map((node.status?.conditions ?? []).map((condition) => [condition.type, condition]));
    const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type): NodeCondition => {
      const before = known.get(type);
      return before
        ? { ...before, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now }
        : { type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.', lastHeartbeatTime: node.metadata.creationTimestamp, lastTransitionTime: now };
    });
    await client.patch(nodes, undefined, node.metadata.name, { status: { conditions } }, cause, 'status');
    events.event({ kind: 'Node', apiVersion: 'v1', metadata: node.metadata }, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`, cause);
  }

  /**
   * Conditions as taints: NoSchedule for all of them, NoExecute for silence and not-ready, at the pace of the node's zone.
   * True: a NoExecute taint has to wait for its turn.
   */
  async #syncTaints(node: Stored<Node>, cause: Cause): Promise<boolean> {
    const now = rfc3339(this.#context.clock.now());
    const wanted: Taint[] = [];
    for (const [type, status, key] of CONDITION_TAINTS) {
      const condition = node.status?.conditions?.find((candidate) => candidate.type === type);
      if (condition?.status !== status) continue;
      wanted.push({ key, effect: 'NoSchedule' });
      if (type === 'Ready') wanted.push({ key, effect: 'NoExecute', timeAdded: now });
    }
    const waits = this.#pace(node, wanted);
    if (node.spec?.unschedulable) wanted.push({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
    const current = node.spec?.taints ?? [];
    const kept = current.filter((taint) => !MANAGED_TAINTS.has(taint.key) || wanted.some((candidate) => candidate.key === taint.key && candidate.effect === taint.effect));
    // A node that never said whether it is ready keeps the taint that it was born with.
    const hasSpoken = node.status?.conditions?.some((condition) => condition.type === 'Ready');
    const base = hasSpoken ? kept : [...kept, ...current.filter((taint) => taint.key === NOT_READY && !kept.includes(taint))];
    const added = wanted.filter((taint) => !base.some((candidate) => candidate.key === taint.key && candidate.effect === taint.effect)).map((taint) => ({ ...taint, timeAdded: now }));
    const next = [...base, ...added];
    if (deepEqual(next, current)) return waits;
    // The list is replaced as a whole: somebody else's taint that is not seen here yet must not go with it. models PatchNodeTaints
    const { resourceVersion } = node.metadata;
    await this.#context.client.patch(nodes, undefined, node.metadata.name, { metadata: { resourceVersion }, spec: { taints: next.length > 0 ? [...next, { $patch: 'replace' }] : [{ $patch: 'replace' }] } }, cause);
    return waits;
  }

  /** Takes the NoExecute taint out of what is wanted while the zone may not evict. */
  #pace(node: Stored<Node>, wanted: Taint[]): boolean {
    const index = wanted.findIndex(({ effect }) => effect === 'NoExecute');
    if (index < 0) return false;
    const verdict = this.#zones.ask(node, wanted[index]!, this.#context.informers.of(nodes), this.#context.clock.now());
    if (verdict === 'now') return false;
    wanted.splice(index, 1);
    return verdict === 'later';
  }

  async #markPodsNotReady(name: string, cause: Cause): Promise<void> {
    const { client, clock, informers, events } = this.#context;
    for (const pod of informers.of(pods).by('node', name)) {
      const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
      if (ready?.status !== 'True') continue;
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: rfc3339(clock.now()) };
      await client.patch(pods, pod.metadata.namespace, pod.metadata.name, { status: { conditions: [condition] } }, cause, 'status').catch(() => {});
      events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'NodeNotReady', 'Node is not ready', cause);
    }
  }
}
