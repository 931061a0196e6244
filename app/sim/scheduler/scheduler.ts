import { rfc3339, type Clock, type Random } from '../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { Pod, PodCondition, Stored } from '../../contracts/k8s/index.ts';
import type { Cause, PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { NewEventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { nodes, pods } from '../client/resource-types.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TraceRecorder } from '../machinery/recorder.ts';
import { isNotFound } from '../machinery/status.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import { NodeCache } from './cache/node-cache.ts';
import { decide, type Decision } from './framework/decide.ts';
import { SchedulingQueue } from './queue/scheduling-queue.ts';

const NAME = 'default-scheduler';
const KEPT_DECISIONS = 20;

export interface SchedulerOptions {
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: TraceRecorder;
  readonly node: string;
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
  readonly #decisions: Decision[] = [];
  #run: { queue: SchedulingQueue; cache: NodeCache; life: DisposableStore } | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const transport = options.transport({ part: this.id, user: { name: 'system:kube-scheduler', groups: ['system:authenticated'] }, userAgent: 'kube-scheduler/v1.36.2' });
    this.#client = new ApiClient(transport);
    this.#events = new NewEventRecorder(this.#client, options.clock, NAME, `${NAME}-${options.node}`);
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    if (this.#run) return;
    const life = new DisposableStore();
    const queue = life.add(new SchedulingQueue(this.#options.clock));
    const cache = new NodeCache();
    this.#run = { queue, cache, life };
    const nodeInformer = life.add(new Informer(this.#client, this.#options.clock, nodes));
    const podInformer = life.add(new Informer(this.#client, this.#options.clock, pods));
    nodeInformer.handle({
      onAdd: (node, cause) => (cache.setNode(node), queue.moveAll(cause)),
      onUpdate: (node, previous, cause) => {
        cache.setNode(node);
        // Heartbeats change nothing that a Pod waits for.
        const before = JSON.stringify([previous.spec, previous.metadata.labels, previous.status?.allocatable]);
        if (before !== JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable])) queue.moveAll(cause);
      },
      onDelete: (node) => cache.removeNode(node.metadata.name),
    });
    podInformer.handle({
      onAdd: (pod, cause) => this.#seen(pod, cause),
      onUpdate: (pod, _, cause) => this.#seen(pod, cause),
      onDelete: (pod, cause) => {
        queue.remove(pod.metadata.uid);
        cache.removePod(pod);
        if (pod.spec?.nodeName) queue.moveAll(cause);
      },
    });
    nodeInformer.start();
    // Nodes first: a Pod must not be judged against a half-known cluster.
    nodeInformer.whenSynced(() => podInformer.start());
    podInformer.whenSynced(() => void this.#work(queue, cache));
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.life.dispose();
    this.#run = undefined;
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const sizes = this.#run?.queue.sizes ?? { active: 0, backoff: 0, unschedulable: 0 };
    const waiting = sizes.active + sizes.backoff + sizes.unschedulable;
    return {
      now: !this.#run ? 'stopped: new Pods stay Pending' : waiting === 0 ? 'waiting for Pods without a node' : `${waiting} Pods wait for a node`,
      facts: [
        { name: 'Active', value: sizes.active },
        { name: 'Backing off', value: sizes.backoff },
        { name: 'Unschedulable', value: sizes.unschedulable },
        { name: 'Nodes known', value: this.#run?.cache.nodes.length ?? 0 },
      ],
      detail: { queues: this.#run?.queue.names, decisions: [...this.#decisions] },
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #seen(pod: Stored<Pod>, cause: Cause): void {
    const { queue, cache } = this.#run!;
    const isDone = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (pod.spec?.nodeName) {
      queue.remove(pod.metadata.uid);
      if (isDone) {
        cache.removePod(pod);
        queue.moveAll(cause);
      } else cache.setPod(pod, pod.spec.nodeName);
      return;
    }
    const isMine = (pod.spec?.schedulerName ?? NAME) === NAME && !pod.metadata.deletionTimestamp && (pod.spec?.schedulingGates ?? []).length === 0;
    if (!isMine || isDone) return queue.remove(pod.metadata.uid);
    if (!queue.refresh(pod) && !this.#assumed.has(pod.metadata.uid)) queue.add(pod, cause);
  }

  /** Pods that are being bound: the API will show them with a node soon. */
  readonly #assumed = new Set<string>();

  async #work(queue: SchedulingQueue, cache: NodeCache): Promise<void> {
    for (let next = await queue.pop(); next; next = await queue.pop()) {
      const { pod, cause } = next;
      const decision = decide(pod, cache.nodes, this.#options.random, this.#options.clock.now());
      const seq = this.#remember(decision, cause);
      if (decision.chosen === undefined) {
        queue.addUnschedulable(pod, cause);
        await this.#reportFailure(pod, decision.message!, [seq]);
      } else {
        this.#assumed.add(pod.metadata.uid);
        cache.setPod(pod, decision.chosen);
        await this.#bind(pod, decision.chosen, [seq], queue, cache);
        this.#assumed.delete(pod.metadata.uid);
      }
    }
  }

  #remember(decision: Decision, cause: Cause): number {
    this.#decisions.unshift(decision);
    this.#decisions.length = Math.min(this.#decisions.length, KEPT_DECISIONS);
    const [namespace, name] = decision.pod.split('/') as [string, string];
    return this.#options.trace.record({
      kind: 'decision', from: this.id, to: this.id, cause, object: { resource: 'pods', namespace, name },
      label: decision.chosen ? `bind ${name} → ${decision.chosen}` : `${name}: no node fits`,
      detail: { verdicts: decision.verdicts, message: decision.message },
    });
  }

  async #bind(pod: Stored<Pod>, node: string, cause: Cause, queue: SchedulingQueue, cache: NodeCache): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const binding = { kind: 'Binding', apiVersion: 'v1', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } };
    try {
      await this.#client.createSubresource(pods, namespace, name, 'binding', binding, cause);
      this.#events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${namespace}/${name} to ${node}`, cause);
    } catch (error) {
      cache.removePod(pod);
      if (!isNotFound(error)) queue.addFailed(pod, cause);
    }
  }

  async #reportFailure(pod: Stored<Pod>, message: string, cause: Cause): Promise<void> {
    this.#events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'FailedScheduling', 'Scheduling', message, cause);
    const known = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    if (known?.status === 'False' && known.message === message) return;
    const condition: PodCondition = {
      type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null as never,
      lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime! : rfc3339(this.#options.clock.now()),
      observedGeneration: pod.metadata.generation!,
    };
    await this.#client.patch(pods, pod.metadata.namespace, pod.metadata.name, { status: { conditions: [condition] } }, cause, 'status').catch(() => {});
  }
}
