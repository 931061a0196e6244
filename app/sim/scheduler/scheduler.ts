import { rfc3339, type Clock, type Ids, type Random } from '../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { Node, Pod, PodCondition, Stored } from '../../contracts/k8s/index.ts';
import type { Cause, PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { NewEventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { LeaderElector } from '../client/leader-election.ts';
import { nodes, pods } from '../client/resource-types.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TraceRecorder } from '../machinery/recorder.ts';
import { isNotFound } from '../machinery/status.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import { watchCluster } from './cluster-view.ts';
import { nodeChanges, podChanges, type ClusterEvent } from './framework/cluster-events.ts';
import { Framework } from './framework/framework.ts';
import { schedulePod, type Decision, type Rotation } from './framework/schedule-pod.ts';
import type { ClusterView, CycleState } from './framework/types.ts';
import { evictVictims } from './preemption/evict.ts';
import { defaultProfile } from './profiles/default-profile.ts';
import type { Profile } from './profiles/profile.ts';
import { SchedulingQueue, type QueuedPod } from './queue/scheduling-queue.ts';

const NAME = 'default-scheduler';
const KEPT_DECISIONS = 20;
/** So many nodes judged within one moment, and the scheduler lets others run. */
const NODES_IN_A_ROW = 20_000;

export interface SchedulerOptions {
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: TraceRecorder;
  readonly node: string;
  /** Of its identity as a leader: it schedules only while it holds the Lease. Without, it leads at once (tests). */
  readonly ids?: Ids;
  /** One scheduler for each name that Pods may ask for; the default profile when absent. */
  readonly profiles?: readonly Profile[];
}

interface Run {
  readonly queue: SchedulingQueue;
  readonly cluster: ClusterView;
  readonly life: DisposableStore;
  readonly rotation: Rotation;
}

/**
 * kube-scheduler: gives each Pod without a node the one that suits it best, by writing a Binding. Knows the cluster only
 * from its informers; stopped, it forgets everything, and Pods stay Pending without a word.
 *
 * models pkg/scheduler: Scheduler.ScheduleOne
 */
export class Scheduler implements Component {
  readonly id: PartId = 'kube-scheduler';
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #options: SchedulerOptions;
  readonly #client: ApiClient;
  readonly #events: NewEventRecorder;
  readonly #frameworks: ReadonlyMap<string, Framework>;
  readonly #decisions: Decision[] = [];
  #elector: LeaderElector | undefined;
  #run: Run | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const transport = options.transport({ part: this.id, user: { name: 'system:kube-scheduler', groups: ['system:authenticated'] }, userAgent: 'kube-scheduler/v1.36.2' });
    this.#client = new ApiClient(transport);
    this.#events = new NewEventRecorder(this.#client, options.clock, NAME, `${NAME}-${options.node}`);
    this.#frameworks = new Map((options.profiles ?? [defaultProfile]).map((profile) => [profile.schedulerName, new Framework(profile)]));
  }

  get running(): boolean {
    return this.#run !== undefined || this.#elector !== undefined;
  }

  start(): void {
    if (this.running) return;
    const { clock, ids, random, node: host } = this.#options;
    if (!ids) this.#lead();
    else this.#elector = new LeaderElector({ client: this.#client, clock, ids, random, lease: this.id, host, component: NAME }, { onStartedLeading: () => this.#lead(), onStoppedLeading: () => this.#stepDown() });
    this.#onDidChange.fire(true);
  }

  #lead(): void {
    const { clock, random } = this.#options;
    const life = new DisposableStore();
    const queue = life.add(new SchedulingQueue(clock, { gate: (pod) => this.#gate(pod), less: (a, b) => this.#less(a, b) }));
    const { view, whenSynced } = watchCluster({ client: this.#client, clock, random, events: this.#events }, life, (event, cause) => this.#tell(event, cause));
    const run: Run = (this.#run = { queue, cluster: view, life, rotation: { next: 0 } });
    const nodeInformer = life.add(new Informer(this.#client, clock, nodes));
    const podInformer = life.add(new Informer(this.#client, clock, pods));
    this.#followNodes(nodeInformer, run);
    podInformer.handle({
      onAdd: (pod, cause) => this.#seen(pod, undefined, cause, run),
      onUpdate: (pod, previous, cause) => this.#seen(pod, previous, cause, run),
      onDelete: (pod, cause) => this.#gone(pod, cause, run),
    });
    nodeInformer.start();
    // Nodes and volumes first: a Pod must not be judged against a half-known cluster.
    nodeInformer.whenSynced(() => void whenSynced.then(() => podInformer.start()));
    podInformer.whenSynced(() => void this.#work(run));
  }

  stop(): void {
    if (!this.running) return;
    this.#stepDown();
    this.#elector?.dispose();
    this.#elector = undefined;
    this.#onDidChange.fire(false);
  }

  #stepDown(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.life.dispose();
  }

  inspect(): Inspection {
    const sizes = this.#run?.queue.sizes ?? { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
    const waiting = sizes.active + sizes.backoff + sizes.unschedulable;
    return {
      now: !this.#run ? (this.#elector ? 'waits for the Lease: another one leads' : 'stopped: new Pods stay Pending') : waiting === 0 ? 'waiting for Pods without a node' : `${waiting} Pods wait for a node`,
      facts: [
        { name: 'Active', value: sizes.active },
        { name: 'Backing off', value: sizes.backoff },
        { name: 'Unschedulable', value: sizes.unschedulable },
        { name: 'Gated', value: sizes.gated },
        { name: 'Nodes known', value: this.#run?.cluster.cache.nodes.length ?? 0 },
      ],
      detail: { queues: this.#run?.queue.names, decisions: [...this.#decisions], profiles: [...this.#frameworks.values()].map(({ profile }) => ({ name: profile.schedulerName, plugins: profile.plugins.map(({ name }) => name) })) },
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #frameworkOf(pod: Stored<Pod>): Framework | undefined {
    return this.#frameworks.get(pod.spec?.schedulerName ?? NAME);
  }

  #gate(pod: Stored<Pod>): string | undefined {
    for (const plugin of this.#frameworkOf(pod)?.plugins ?? []) {
      const refusal = plugin.preEnqueue?.(pod);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #less(a: Stored<Pod>, b: Stored<Pod>): number {
    return this.#frameworkOf(a)?.plugins.find((plugin) => plugin.less)?.less!(a, b) ?? 0;
  }

  #followNodes(informer: Informer<Node>, { cluster }: Run): void {
    informer.handle({
      onAdd: (node, cause) => {
        cluster.cache.setNode(node);
        this.#tell({ resource: 'Node', action: 'add', object: node }, cause);
      },
      onUpdate: (node, previous, cause) => {
        cluster.cache.setNode(node);
        for (const action of nodeChanges(node, previous)) this.#tell({ resource: 'Node', action, object: node, previous }, cause);
      },
      onDelete: (node, cause) => {
        cluster.cache.removeNode(node.metadata.name);
        this.#tell({ resource: 'Node', action: 'delete', object: node }, cause);
      },
    });
  }

  #seen(pod: Stored<Pod>, previous: Stored<Pod> | undefined, cause: Cause, run: Run): void {
    const { queue, cluster } = run;
    const isDone = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (pod.spec?.nodeName) return this.#seenAssigned(pod, previous, isDone, cause, run);
    const isMine = this.#frameworkOf(pod) !== undefined && !pod.metadata.deletionTimestamp;
    if (!isMine || isDone) {
      cluster.nominator.remove(pod.metadata.uid);
      return queue.remove(pod.metadata.uid);
    }
    if (pod.status?.nominatedNodeName) cluster.nominator.set(pod, pod.status.nominatedNodeName);
    if (!queue.has(pod.metadata.uid)) return queue.add(pod, cause);
    queue.update(pod, cause);
    if (previous) for (const action of podChanges(pod, previous)) this.#tell({ resource: 'UnscheduledPod', action, object: pod, previous }, cause);
  }

  #seenAssigned(pod: Stored<Pod>, previous: Stored<Pod> | undefined, isDone: boolean, cause: Cause, { queue, cluster }: Run): void {
    queue.remove(pod.metadata.uid);
    cluster.nominator.remove(pod.metadata.uid);
    const wasKnown = cluster.cache.nodeOf(pod.metadata.uid) !== undefined;
    if (isDone) {
      cluster.cache.removePod(pod);
      if (wasKnown) this.#tell({ resource: 'AssignedPod', action: 'delete', object: pod }, cause);
      return;
    }
    cluster.cache.setPod(pod, pod.spec!.nodeName!);
    if (!previous?.spec?.nodeName) return this.#tell({ resource: 'AssignedPod', action: 'add', object: pod }, cause);
    for (const action of podChanges(pod, previous)) this.#tell({ resource: 'AssignedPod', action, object: pod, previous }, cause);
  }

  #gone(pod: Stored<Pod>, cause: Cause, { queue, cluster }: Run): void {
    queue.remove(pod.metadata.uid);
    cluster.nominator.remove(pod.metadata.uid);
    cluster.cache.removePod(pod);
    if (pod.spec?.nodeName) this.#tell({ resource: 'AssignedPod', action: 'delete', object: pod }, cause);
  }

  /** Wakes the Pods whose refusal this news may end. models isPodWorthRequeuing */
  #tell(event: ClusterEvent, cause: Cause): void {
    const run = this.#run;
    run?.queue.move((entry) => this.#isWorth(entry, event, run.cluster), cause);
  }

  #isWorth({ pod, refusedBy }: QueuedPod, event: ClusterEvent, cluster: ClusterView): boolean {
    return (this.#frameworkOf(pod)?.plugins ?? []).some(
      (plugin) => refusedBy.includes(plugin.name) && (plugin.interests ?? []).some((interest) => interest.event === event.resource && interest.actions.includes(event.action) && (interest.hint?.(pod, event, cluster) ?? true)),
    );
  }

  async #work(run: Run): Promise<void> {
    const { clock } = this.#options;
    let judged = 0;
    let since = clock.now();
    for (let entry = await run.queue.pop(); entry; entry = await run.queue.pop()) {
      if (clock.now() !== since) [judged, since] = [0, clock.now()];
      judged += run.cluster.cache.nodes.length;
      if (judged > NODES_IN_A_ROW) await clock.sleep(1);
      if (this.#run !== run) return;
      await this.#scheduleOne(entry, run);
    }
  }

  async #scheduleOne(entry: QueuedPod, run: Run): Promise<void> {
    const { pod, cause } = entry;
    const { queue, cluster } = run;
    const framework = this.#frameworkOf(pod)!;
    const state = framework.newCycle(pod, cluster);
    const decision = schedulePod(state, framework, run.rotation);
    const seq = this.#remember(decision, cause);
    if (decision.chosen === undefined) {
      queue.giveBack(entry, { refusedBy: decision.refusedBy, failed: false });
      return this.#refused(pod, decision, [seq], cluster);
    }
    // Assumed: the next decision counts with it, before the API knows.
    cluster.cache.setPod(pod, decision.chosen);
    cluster.nominator.remove(pod.metadata.uid);
    const binding = this.#bindingCycle(entry, state, decision.chosen, [seq], run);
    // Volumes may take minutes: meanwhile others are scheduled.
    const node = cluster.cache.node(decision.chosen)!;
    if (!framework.plugins.some((plugin) => plugin.needsPreBind?.(state, node) ?? plugin.permit !== undefined)) await binding;
  }

  #remember(decision: Decision, cause: Cause): number {
    const { nominated, ...kept } = decision;
    this.#decisions.unshift(kept);
    this.#decisions.length = Math.min(this.#decisions.length, KEPT_DECISIONS);
    const [namespace, name] = decision.pod.split('/') as [string, string];
    const promise = nominated ? { nominated: { node: nominated.node, victims: nominated.victims.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) } } : {};
    return this.#options.trace.record({
      kind: 'decision', from: this.id, to: this.id, cause, object: { resource: 'pods', namespace, name },
      label: decision.chosen ? `bind ${name} → ${decision.chosen}` : nominated ? `${name}: evicts ${nominated.victims.length} on ${nominated.node}` : `${name}: no node fits`,
      detail: { verdicts: decision.verdicts, message: decision.message, ...(decision.omitted ? { omitted: decision.omitted } : {}), ...promise },
    });
  }

  /** models bindingCycle: reserve, permit, preBind, bind; what fails is undone and tried again. */
  async #bindingCycle(entry: QueuedPod, state: CycleState, nodeName: string, cause: Cause, run: Run): Promise<void> {
    const { plugins } = this.#frameworkOf(entry.pod)!;
    const { cluster, queue } = run;
    const { pod } = entry;
    const node = cluster.cache.node(nodeName)!;
    let failure: string | undefined;
    for (const plugin of plugins) failure ??= plugin.reserve?.(state, node);
    try {
      for (const plugin of plugins) {
        const verdict = failure === undefined ? plugin.permit?.(state, node) : undefined;
        if (typeof verdict === 'string') failure = verdict;
        else if (verdict) await cluster.clock.sleep(verdict);
      }
      if (failure !== undefined) throw new Error(failure);
      for (const plugin of plugins) if (plugin.preBind && (plugin.needsPreBind?.(state, node) ?? true)) await plugin.preBind(state, node, cause).catch((error: unknown) => { throw new Error(`running PreBind plugin ${JSON.stringify(plugin.name)}: ${(error as Error).message}`); });
      await plugins.find((plugin) => plugin.bind)!.bind!(state, node, cause);
      const { namespace, name } = pod.metadata;
      cluster.record(pod, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${namespace}/${name} to ${nodeName}`, cause);
    } catch (error) {
      if (this.#run !== run) return;
      for (const plugin of plugins) plugin.unreserve?.(state);
      cluster.cache.removePod(pod);
      queue.giveBack(entry, { refusedBy: [], failed: true });
      if (!isNotFound(error)) await this.#report(pod, 'SchedulerError', (error as Error).message, undefined, cause);
    }
  }

  async #refused(pod: Stored<Pod>, decision: Decision, cause: Cause, cluster: ClusterView): Promise<void> {
    const { nominated } = decision;
    if (nominated) {
      cluster.nominator.set(pod, nominated.node);
      // Less important Pods that were promised this room look for another. models prepareCandidate
      for (const other of cluster.nominator.on(nominated.node)) if ((other.spec?.priority ?? 0) < (pod.spec?.priority ?? 0)) cluster.nominator.remove(other.metadata.uid);
    } else if (decision.withdraws) cluster.nominator.remove(pod.metadata.uid);
    const promise = nominated ? nominated.node : decision.withdraws ? '' : undefined;
    await this.#report(pod, 'Unschedulable', decision.message!, promise, cause);
    if (nominated) await evictVictims(pod, nominated.node, nominated.victims, cluster, cause);
  }

  /** @param nominated a node's name, '' to take a promise back, undefined to leave it */
  async #report(pod: Stored<Pod>, reason: string, message: string, nominated: string | undefined, cause: Cause): Promise<void> {
    this.#events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'FailedScheduling', 'Scheduling', message, cause);
    const known = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    const promised = pod.status?.nominatedNodeName ?? '';
    const isNews = nominated !== undefined && nominated !== promised;
    if (known?.status === 'False' && known.reason === reason && known.message === message && !isNews) return;
    const condition: PodCondition = {
      type: 'PodScheduled', status: 'False', reason, message, lastProbeTime: null as never,
      lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime! : rfc3339(this.#options.clock.now()),
      observedGeneration: pod.metadata.generation!,
    };
    const patch = { status: { conditions: [condition], ...(isNews ? { nominatedNodeName: nominated === '' ? null : nominated } : {}) } };
    await this.#client.patch(pods, pod.metadata.namespace, pod.metadata.name, patch, cause, 'status').catch(() => {});
  }
}
