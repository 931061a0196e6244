import type { LoopsDetail } from '../../contracts/inspection/index.ts';
import type { Clock, Ids, Random } from '../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import type { ControlLoop, LoopReport } from '../client/control-loop.ts';
import { LeaderElector } from '../client/leader-election.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import { loopCaller, SharedInformers, type Controller, type SignToken } from './context.ts';
import { controllers } from './index.ts';
import { LoopAccounts } from './loop-accounts.ts';
import { LoopSwitch } from './loop-switch.ts';

export interface ControllerManagerOptions {
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly rootCertificate: string;
  /** The host it runs on: it leads only while it holds the Lease. Without, it leads at once (tests of loops). */
  readonly electionHost?: string;
  readonly signer?: { readonly certificate: string; readonly key: string };
  readonly signToken?: SignToken;
}

/** kube-controller-manager: all loops in one process, each with its own switch. Stopped, nothing heals itself. */
export class ControllerManager implements Component {
  readonly id: PartId = 'kube-controller-manager';
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #options: ControllerManagerOptions;
  readonly #off = new Set<string>();
  readonly #switches: ReadonlyMap<string, LoopSwitch> = new Map(controllers.map(({ name }) => [name, new LoopSwitch(name, this)]));
  #elector: LeaderElector | undefined;
  #run: { life: DisposableStore; informers: SharedInformers; accounts: LoopAccounts; loops: Map<string, { loop: ControlLoop; life: DisposableStore }> } | undefined;

  constructor(options: ControllerManagerOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#run !== undefined || this.#elector !== undefined;
  }

  get loopNames(): readonly string[] {
    return controllers.map(({ name }) => name);
  }

  /** A loop as a part with a switch of its own. */
  loop(name: string): LoopSwitch | undefined {
    return this.#switches.get(name);
  }

  isOn(name: string): boolean {
    return !this.#off.has(name);
  }

  report(name: string): LoopReport | undefined {
    return this.#run?.loops.get(name)?.loop.report();
  }

  start(): void {
    if (this.running) return;
    const { electionHost: host, clock, ids, random } = this.#options;
    if (host === undefined) this.#lead();
    else this.#elector = new LeaderElector({ client: this.#client(), clock, ids, random, lease: this.id, host, component: this.id }, { onStartedLeading: () => this.#lead(), onStoppedLeading: () => this.#stepDown() });
    this.#onDidChange.fire(true);
  }

  #client(): ApiClient {
    const user = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };
    return new ApiClient(this.#options.transport({ part: this.id, user, userAgent: 'kube-controller-manager/v1.36.2' }));
  }

  #lead(): void {
    const life = new DisposableStore();
    const client = this.#client();
    const informers = new SharedInformers(client, this.#options.clock, life);
    this.#run = { life, informers, accounts: life.add(new LoopAccounts(client, this.#options.clock, informers)), loops: new Map() };
    for (const controller of controllers) if (!this.#off.has(controller.name)) this.#startLoop(controller);
  }

  stop(): void {
    if (!this.running) return;
    this.#stepDown();
    this.#elector?.dispose();
    this.#elector = undefined;
    this.#onDidChange.fire(false);
  }

  #stepDown(): void {
    for (const { life } of this.#run?.loops.values() ?? []) life.dispose();
    this.#run?.life.dispose();
    this.#run = undefined;
  }

  /** Switches one loop. A loop that is off stays off when the manager restarts. */
  setLoop(name: string, on: boolean): void {
    const controller = controllers.find((candidate) => candidate.name === name);
    if (!controller) throw new RangeError(`there is no loop ${name}`);
    if (on) this.#off.delete(name);
    else this.#off.add(name);
    const running = this.#run?.loops.get(name);
    if (!on && running) {
      running.life.dispose();
      this.#run!.loops.delete(name);
    } else if (on && this.#run && !running) {
      this.#startLoop(controller);
    }
    this.#onDidChange.fire(this.running);
  }

  inspect(): Inspection {
    const reports = [...(this.#run?.loops.values() ?? [])].map(({ loop }) => loop.report());
    const depth = reports.reduce((sum, report) => sum + report.depth, 0);
    return {
      now: this.#run ? `${reports.length} loops, ${depth} keys queued` : this.#elector ? 'waits for the Lease: another one leads' : 'stopped: nothing heals itself',
      facts: reports.map((report) => ({ name: report.name, value: report.depth === 0 ? 'idle' : `${report.depth} queued` })),
      detail: { at: this.#options.clock.now(), loops: controllers.map(({ name }) => reports.find((report) => report.name === name) ?? { name, running: false, depth: 0, retrying: 0 }) } satisfies LoopsDetail,
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #startLoop(controller: Controller): void {
    const { clock, ids, random, transport, rootCertificate, signer, signToken } = this.#options;
    const life = new DisposableStore();
    if (controller.serviceAccount) this.#run!.accounts.ensure(controller.serviceAccount);
    const client = loopCaller(controller, transport);
    const events = new EventRecorder(client, clock, EVENT_SOURCES[controller.name] ?? controller.serviceAccount ?? controller.name);
    const loop = life.add(controller.start({ clock, ids, random, client, events, informers: this.#run!.informers, life, rootCertificate, signer, signToken }));
    this.#run!.loops.set(controller.name, { loop, life });
  }
}

/** Loops whose events name another source than their service account. */
const EVENT_SOURCES: Readonly<Record<string, string>> = {
  nodelifecycle: 'node-controller', 'node-ipam-controller': 'cidrAllocator', 'taint-eviction-controller': 'taint-eviction-controller', 'persistentvolume-binder-controller': 'persistentvolume-controller',
  'ephemeral-volume-controller': 'ephemeral_volume', 'persistentvolume-attach-detach-controller': 'attachdetach-controller', 'service-cidr-controller': 'service-cidr-controller', 'persistentvolume-expander-controller': 'volume_expand',
  daemonset: 'daemonset-controller', disruption: 'controllermanager',
};
