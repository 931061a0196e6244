// Whatever the order of events, and wherever loops are stopped and restarted: the cluster settles in the state that was
// wished for last. HISTORIES=10000 runs that many; a failing history is shrunk to the shortest one.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job, Pod, ReplicaSet, Stored } from '../../contracts/k8s/index.ts';
import type { ResourceType } from '../client/api-client.ts';
import { daemonSets, deployments, jobs, pods, replicaSets, replicationControllers, statefulSets } from '../client/resource-types.ts';
import { controllerOf } from '../machinery/objects.ts';
import { isNotFound } from '../machinery/status.ts';
import { ControllerBench } from './testing.ts';

const HISTORIES = Number(process.env['HISTORIES'] ?? 50);
const LOOPS = ['deployment', 'replicaset', 'replicationcontroller', 'statefulset', 'daemonset', 'job', 'garbagecollector'];
const MAX_TURNS = 80;

type Action =
  | { readonly do: 'scale'; readonly to: number }
  | { readonly do: 'image'; readonly to: number }
  | { readonly do: 'delete' | 'fail' | 'unlabel'; readonly pod: number }
  | { readonly do: 'stop' | 'start'; readonly loop: string }
  | { readonly do: 'restart' | 'tick' };

interface Kind {
  readonly type: ResourceType<any>;
  readonly spec: (labels: object, template: object) => object;
  readonly scales: boolean;
  readonly rolls: boolean;
  readonly released: boolean;
}
const template = (labels: object, image: string, more: object = {}): object => ({ metadata: { labels }, spec: { containers: [{ name: 'c', image }], ...more } });
const selected = (labels: object, made: object, more: object = {}): object => ({ selector: { matchLabels: labels }, template: made, ...more });
const KINDS: Readonly<Record<string, Kind>> = {
  deployment: { type: deployments, spec: (labels, made) => selected(labels, made, { replicas: 2 }), scales: true, rolls: true, released: true },
  recreate: { type: deployments, spec: (labels, made) => selected(labels, made, { replicas: 2, strategy: { type: 'Recreate' } }), scales: true, rolls: true, released: true },
  replicaset: { type: replicaSets, spec: (labels, made) => selected(labels, made, { replicas: 2 }), scales: true, rolls: false, released: true },
  replicationcontroller: { type: replicationControllers, spec: (labels, made) => ({ replicas: 2, selector: labels, template: made }), scales: true, rolls: false, released: true },
  statefulset: { type: statefulSets, spec: (labels, made) => selected(labels, made, { replicas: 2, serviceName: 's' }), scales: true, rolls: true, released: false },
  parallel: { type: statefulSets, spec: (labels, made) => selected(labels, made, { replicas: 2, serviceName: 's', podManagementPolicy: 'Parallel' }), scales: true, rolls: true, released: false },
  daemonset: { type: daemonSets, spec: (labels, made) => selected(labels, made), scales: false, rolls: true, released: true },
  surge: { type: daemonSets, spec: (labels, made) => selected(labels, made, { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }), scales: false, rolls: true, released: true },
  job: { type: jobs, spec: (_, made) => ({ completions: 3, parallelism: 2, backoffLimit: 50, template: made }), scales: false, rolls: false, released: false },
  indexed: { type: jobs, spec: (_, made) => ({ completions: 3, parallelism: 2, backoffLimit: 50, completionMode: 'Indexed', template: made }), scales: false, rolls: false, released: false },
};

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), to: fc.nat(4) }),
  fc.record({ do: fc.constant('image' as const), to: fc.nat(2) }),
  fc.record({ do: fc.constantFrom('delete' as const, 'fail' as const, 'unlabel' as const), pod: fc.nat(5) }),
  fc.record({ do: fc.constantFrom('stop' as const, 'start' as const), loop: fc.constantFrom(...LOOPS) }),
  fc.record({ do: fc.constantFrom('restart' as const, 'tick' as const) }),
);

let bench: ControllerBench;
let count = 0;
beforeEach(async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  bench.play = (pod) => (controllerOf(pod)?.kind === 'Job' ? 'succeeded' : 'ready');
});
afterEach(() => bench.dispose());

/** One workload and what happened to it. */
class History {
  readonly name = `w${count++}`;
  readonly #labels = { app: this.name };
  readonly #kind: Kind;
  #replicas = 2;
  #image = 'v0';

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  async begin(): Promise<void> {
    const { type, spec } = this.#kind;
    const made = template(this.#labels, this.#image, type === jobs ? { restartPolicy: 'Never' } : {});
    await bench.client.create(type, 'default', { metadata: { name: this.name }, spec: spec(this.#labels, made) }, []);
    await bench.settle(1, 100);
  }

  async act(action: Action): Promise<void> {
    const { type, scales, rolls, released } = this.#kind;
    if (action.do === 'scale' && scales) {
      this.#replicas = action.to;
      await bench.client.patch(type, 'default', this.name, { spec: { replicas: action.to } }, []);
    } else if (action.do === 'image' && rolls) {
      this.#image = `v${action.to}`;
      await bench.client.patch(type, 'default', this.name, { spec: { template: { spec: { containers: [{ name: 'c', image: this.#image }] } } } }, []);
    } else if (action.do === 'stop' || action.do === 'start') bench.manager.setLoop(action.loop, action.do === 'start');
    else if (action.do === 'restart') {
      bench.manager.stop();
      bench.manager.start();
    } else if (action.do === 'delete' || action.do === 'fail' || (action.do === 'unlabel' && released)) await this.#disturb(action);
    await bench.settle(1, 100);
  }

  async #disturb({ do: what, pod: index }: Extract<Action, { pod: number }>): Promise<void> {
    const mine = await this.pods();
    const pod = mine[index % Math.max(1, mine.length)];
    if (!pod || pod.metadata.deletionTimestamp) return;
    if (what === 'delete') await bench.client.delete(pods, 'default', pod.metadata.name, undefined, []);
    else if (what === 'unlabel') await bench.client.patch(pods, 'default', pod.metadata.name, { metadata: { labels: { app: 'nobody' } } }, []);
    else if (pod.spec?.nodeName && pod.status?.phase !== 'Succeeded') await bench.setPhase(pod, 'failed');
  }

  async pods(): Promise<Stored<Pod>[]> {
    return (await bench.pods()).filter(({ metadata }) => metadata.labels?.['app'] === this.name || metadata.labels?.['job-name'] === this.name).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /** What is not yet as it was wished for. */
  async problems(): Promise<string[]> {
    const mine = await this.pods();
    if (this.#kind.type === jobs) return this.#jobProblems(mine);
    const live = mine.filter(({ status, metadata }) => status?.phase !== 'Failed' || metadata.deletionTimestamp);
    const wanted = this.#kind.type === daemonSets ? 2 : this.#replicas;
    const found: string[] = [];
    if (live.length !== wanted) found.push(`${live.length} Pods instead of ${wanted}`);
    for (const { metadata, spec } of live) {
      if (this.#kind.rolls && spec!.containers[0]!.image !== this.#image) found.push(`${metadata.name} runs ${spec!.containers[0]!.image}`);
      if (!controllerOf({ metadata })) found.push(`${metadata.name} is an orphan`);
      if (metadata.deletionTimestamp) found.push(`${metadata.name} is going`);
    }
    if (this.#kind.type === statefulSets) for (let index = 0; index < wanted; index++) if (live[index]?.metadata.name !== `${this.name}-${index}`) found.push(`${this.name}-${index} is missing`);
    if (this.#kind.type === daemonSets && new Set(live.map(({ spec }) => spec!.nodeName)).size !== live.length) found.push('two on one node');
    const sets = this.#kind.type === deployments ? (await bench.client.list<ReplicaSet>(replicaSets, 'default', { labelSelector: `app=${this.name}` })).items : [];
    const sum = sets.reduce((total, set) => total + (set.spec?.replicas ?? 0), 0);
    if (this.#kind.type === deployments && sum !== this.#replicas) found.push(`ReplicaSets add up to ${sum}`);
    return found;
  }

  async #jobProblems(mine: readonly Stored<Pod>[]): Promise<string[]> {
    const { status } = await bench.client.get<Job>(jobs, 'default', this.name);
    return [
      ...(status?.conditions?.some(({ type }) => type === 'Complete') ? [] : ['not complete']),
      ...(status?.succeeded === 3 ? [] : [`${status?.succeeded} counted`]),
      ...(mine.some(({ metadata }) => metadata.finalizers) ? ['a finalizer is left'] : []),
    ];
  }

  /** Everything of it goes, or the next history would find it. */
  async end(): Promise<void> {
    await bench.client.delete(this.#kind.type, 'default', this.name, { propagationPolicy: 'Background' }, []);
    for (let turn = 0; turn < MAX_TURNS && (await this.pods()).length > 0; turn++) await bench.settle(1, 500);
    expect((await this.pods()).map(({ metadata }) => metadata.name)).toEqual([]);
    for (const pod of await bench.pods()) await bench.client.delete(pods, 'default', pod.metadata.name, { gracePeriodSeconds: 0 }, []).catch((error: unknown) => expect(isNotFound(error)).toBe(true));
  }
}

async function play(kind: Kind, sequence: readonly Action[]): Promise<void> {
  const history = new History(kind);
  await history.begin();
  for (const action of sequence) await history.act(action);
  for (const loop of LOOPS) bench.manager.setLoop(loop, true);
  let problems = ['not looked'];
  for (let turn = 0; turn < MAX_TURNS && problems.length > 0; turn++) {
    await bench.settle(1, kind.type === jobs ? 2_000 : 250);
    problems = await history.problems();
  }
  expect(problems).toEqual([]);
  await history.end();
}

describe('any history', () => {
  it.each(Object.entries(KINDS))('of a %s settles', { timeout: 120_000 + HISTORIES * 5_000 }, async (_, kind) => {
    const numRuns = Math.max(1, Math.round(HISTORIES / Object.keys(KINDS).length));
    await fc.assert(fc.asyncProperty(fc.array(actions, { maxLength: 8 }), (sequence) => play(kind, sequence)), { numRuns, seed: Number(process.env['SEED'] ?? 1), endOnFailure: false });
  });
});
