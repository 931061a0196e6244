// While a workload rolls, scales, is interrupted and goes on: never more Pods than it may have, never fewer available ones
// than it must keep, and in the end what was wished for last. HISTORIES=1000 plays that many; a failing one is shrunk.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod, Stored } from '../../contracts/k8s/index.ts';
import type { ResourceType } from '../client/api-client.ts';
import { deployments, pods, replicaSets, statefulSets } from '../client/resource-types.ts';
import { ControllerBench } from './testing.ts';

const HISTORIES = Number(process.env['HISTORIES'] ?? 24);
const LOOPS = ['deployment', 'replicaset', 'statefulset', 'garbagecollector'];
const MAX_TURNS = 120;
const BAD = 'bad';

type Action = { readonly do: 'scale'; readonly to: number } | { readonly do: 'image'; readonly to: string } | { readonly do: 'stop' | 'start'; readonly loop: string } | { readonly do: 'restart' | 'wait' };

const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('scale' as const), to: fc.nat(6) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('image' as const), to: fc.constantFrom('v0', 'v1', 'v2', BAD) }) },
  fc.record({ do: fc.constantFrom('stop' as const, 'start' as const), loop: fc.constantFrom(...LOOPS) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('restart' as const, 'wait' as const, 'wait' as const) }) },
);

/** How far a workload may stray from its replicas while it rolls. */
interface Budget {
  readonly surge: number;
  readonly unavailable: number;
}

interface Workload extends Budget {
  readonly type: ResourceType<any>;
  readonly spec: object;
  readonly rolls: boolean;
}

const budgets = fc.record({ surge: fc.nat(2), unavailable: fc.nat(2) }).filter(({ surge, unavailable }) => surge + unavailable > 0);
const KINDS: Readonly<Record<string, fc.Arbitrary<Workload>>> = {
  deployment: budgets.map((budget) => ({ ...budget, type: deployments, rolls: true, spec: { strategy: { rollingUpdate: { maxSurge: budget.surge, maxUnavailable: budget.unavailable } } } })),
  replicaset: fc.constant({ surge: 0, unavailable: 0, type: replicaSets, rolls: false, spec: {} }),
  statefulset: fc.constantFrom('OrderedReady', 'Parallel').map((podManagementPolicy) => ({ surge: 0, unavailable: 1, type: statefulSets, rolls: true, spec: { serviceName: 's', podManagementPolicy } })),
};

let bench: ControllerBench;
let count = 0;
let turn = 0;
beforeEach(async () => {
  bench = await ControllerBench.create({ loops: LOOPS });
  // A Pod takes some turns until it is ready; with a bad image it never is.
  bench.play = (pod) => (isReady(pod) || (pod.spec!.containers[0]!.image !== BAD && (turn + pod.metadata.uid.charCodeAt(0)) % 3 === 0) ? 'ready' : 'running');
});
afterEach(() => bench.dispose());

const isLive = ({ metadata, status }: Stored<Pod>): boolean => !metadata.deletionTimestamp && status?.phase !== 'Failed';
const isReady = (pod: Stored<Pod>): boolean => isLive(pod) && (pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false);

class History {
  readonly name = `b${count++}`;
  readonly #workload: Workload;
  #replicas = 3;
  #image = 'v0';
  /** The most and the fewest replicas that were wished for since it was last at rest. */
  #most = 3;
  #fewest = 3;
  #available = 0;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  async play(sequence: readonly Action[]): Promise<void> {
    const { type, spec } = this.#workload;
    const labels = { app: this.name };
    await bench.client.create(type, 'default', { metadata: { name: this.name }, spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'v0' }] } }, ...spec } }, []);
    await this.#turn();
    for (const action of sequence) await this.#act(action);
    for (const loop of LOOPS) bench.manager.setLoop(loop, true);
    await this.#wish({ image: 'v1' });
    await this.#rest();
    await this.#end();
  }

  async #act(action: Action): Promise<void> {
    if (action.do === 'scale') await this.#wish({ replicas: action.to });
    else if (action.do === 'image' && this.#workload.rolls) await this.#wish({ image: action.to });
    else if (action.do === 'stop' || action.do === 'start') bench.manager.setLoop(action.loop, action.do === 'start');
    else if (action.do === 'restart') {
      bench.manager.stop();
      bench.manager.start();
    }
    for (let turns = action.do === 'wait' ? 8 : 2; turns > 0; turns--) await this.#turn();
  }

  async #wish({ replicas = this.#replicas, image = this.#image }: { replicas?: number; image?: string }): Promise<void> {
    this.#replicas = replicas;
    if (this.#workload.rolls) this.#image = image;
    this.#most = Math.max(this.#most, replicas);
    this.#fewest = Math.min(this.#fewest, replicas);
    await bench.client.patch(this.#workload.type, 'default', this.name, { spec: { replicas, template: { spec: { containers: [{ name: 'c', image: this.#image }] } } } }, []);
  }

  /** A moment passes; then the workload must be within its budget. */
  async #turn(): Promise<void> {
    turn++;
    await bench.api.clock.advance(20);
    this.#check(await this.#pods());
    await bench.settle(1, 40);
    this.#check(await this.#pods());
  }

  #check(mine: readonly Stored<Pod>[]): void {
    const live = mine.filter(isLive).length;
    const available = mine.filter(isReady).length;
    const { surge, unavailable } = this.#workload;
    expect(live, 'more Pods than allowed').toBeLessThanOrEqual(this.#most + surge);
    // Below its minimum it may be, while it starts; but it must not go further down.
    const least = Math.min(this.#available, this.#fewest - unavailable);
    expect(available, 'fewer available Pods than required').toBeGreaterThanOrEqual(least);
    this.#available = available;
  }

  async #pods(): Promise<Stored<Pod>[]> {
    return (await bench.pods()).filter(({ metadata }) => metadata.labels?.['app'] === this.name);
  }

  /** Until all is as it was wished for. */
  async #rest(): Promise<void> {
    for (let turns = 0; turns < MAX_TURNS; turns++) {
      await this.#turn();
      if (await this.#isSettled()) {
        this.#most = this.#fewest = this.#replicas;
        return;
      }
      if (turns % 10 === 9) await this.#removeBroken();
      // Time heals: informers list again, queues back off.
      if (turns > 20) await bench.api.clock.advance(2_000);
    }
    const left = (await this.#pods()).map(({ metadata, spec, status }) => `${metadata.name} ${spec!.containers[0]!.image} ${status?.phase}${metadata.deletionTimestamp ? ' going' : ''}`);
    expect(left, `${this.#replicas} Pods of ${this.#image}`).toBe('settled');
  }

  /** A StatefulSet does not get past a broken Pod by itself: a person has to delete it. */
  async #removeBroken(): Promise<void> {
    if (this.#workload.type !== statefulSets) return;
    for (const { metadata, spec } of await this.#pods()) if (spec!.containers[0]!.image === BAD) await bench.client.delete(pods, 'default', metadata.name, undefined, []);
  }

  async #isSettled(): Promise<boolean> {
    const mine = await this.#pods();
    return mine.length === this.#replicas && mine.every((pod) => isReady(pod) && (!this.#workload.rolls || pod.spec!.containers[0]!.image === this.#image));
  }

  async #end(): Promise<void> {
    await bench.client.delete(this.#workload.type, 'default', this.name, { propagationPolicy: 'Background' }, []);
    for (let turns = 0; turns < MAX_TURNS && (await this.#pods()).length > 0; turns++) await bench.settle(1, 500);
    expect((await this.#pods()).map(({ metadata }) => metadata.name)).toEqual([]);
    for (const pod of await bench.pods()) await bench.client.delete(pods, 'default', pod.metadata.name, { gracePeriodSeconds: 0 }, []).catch(() => {});
  }
}

it.each(Object.keys(KINDS))('%s: stays within its budget and settles', async (kind) => {
  await fc.assert(fc.asyncProperty(KINDS[kind]!, fc.array(actions, { maxLength: 10 }), (workload, sequence) => new History(workload).play(sequence)), { numRuns: Math.max(1, Math.round(HISTORIES / Object.keys(KINDS).length)), seed: Number(process.env['SEED'] ?? 1) });
}, 120_000 + HISTORIES * 5_000);
