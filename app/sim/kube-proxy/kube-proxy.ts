import type { ProxyDetail } from '../../contracts/inspection/index.ts';
import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, Emitter, toDisposable, type Disposable } from '../../base/lifecycle/index.ts';
import type { EndpointSlice, Node, Service } from '../../contracts/k8s/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import { Informer } from '../client/informer.ts';
import { endpointSlices, nodes, services } from '../client/resource-types.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import type { RuleTable } from '../network/service-rules.ts';
import { rulesOf } from './service-rules.ts';

/** Changes are gathered this long before the rules are written again. models kube-proxy: --iptables-min-sync-period */
const SYNC_PERIOD_MS = 100;

export interface KubeProxyOptions {
  readonly node: string;
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly rules: RuleTable;
  /** It is a program in a Pod, and runs while that does ({@link KubeProxy.host}). Absent: a program of the node itself. */
  readonly hosted?: boolean;
}

interface Run {
  readonly life: DisposableStore;
  readonly services: Informer<Service>;
  readonly slices: Informer<EndpointSlice>;
  /** This node alone: its zone matters. */
  readonly node: Informer<Node>;
  timer: Disposable | undefined;
}

/**
 * Turns Services and their EndpointSlices into the rules that packets of this node follow. Stopped, the rules stay.
 *
 * In a Pod it needs both: a process, and the switch on. With the switch off the process stands still (as after `kill -STOP`):
 * its Pod is Running, and no rule is written.
 */
export class KubeProxy implements Component {
  readonly id: PartId;
  readonly #options: KubeProxyOptions;
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  #run: Run | undefined;
  #isOn = false;
  #process: { readonly user: string } | undefined;
  /** Before its first Pod there is nothing that could have been stopped. */
  #hadProcess = false;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
    this.id = `kube-proxy/${options.node}`;
  }

  get running(): boolean {
    return this.#run !== undefined || (this.#isOn && this.#options.hosted === true && !this.#hadProcess);
  }

  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    if (!this.#options.hosted) this.#begin('system:kube-proxy');
    else if (this.#process) this.#begin(this.#process.user);
    this.#onDidChange.fire(this.running);
  }

  stop(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#halt();
    this.#onDidChange.fire(false);
  }

  /** A process of it has started. Disposed when that ends. */
  host(user: string): Disposable {
    const process = { user };
    this.#process = process;
    this.#hadProcess = true;
    this.#halt();
    if (this.#isOn) this.#begin(user);
    this.#onDidChange.fire(this.running);
    return toDisposable(() => {
      if (this.#process !== process) return;
      this.#process = undefined;
      this.#halt();
      this.#onDidChange.fire(false);
    });
  }

  /** Whether the rules are those of what the API holds. */
  get synced(): boolean {
    return this.#run !== undefined && this.#run.services.synced && this.#run.slices.synced;
  }

  #begin(name: string): void {
    const { transport, clock } = this.#options;
    const namespace = /^system:serviceaccount:([^:]+):/.exec(name)?.[1];
    const user = { name, groups: [...(namespace ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : []), 'system:authenticated'] };
    const client = new ApiClient(transport({ part: this.id, user, userAgent: 'kube-proxy/v1.36.2' }));
    const life = new DisposableStore();
    const run: Run = {
      life, timer: undefined,
      node: life.add(new Informer<Node>(client, clock, nodes, { fieldSelector: `metadata.name=${this.#options.node}` })),
      services: life.add(new Informer<Service>(client, clock, services)),
      slices: life.add(new Informer<EndpointSlice>(client, clock, endpointSlices).index('service', (slice) => [`${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`])),
    };
    this.#run = run;
    const changed = (): void => this.#schedule();
    run.services.handle({ onAdd: changed, onUpdate: changed, onDelete: changed });
    run.slices.handle({ onAdd: changed, onUpdate: changed, onDelete: changed });
    run.node.handle({ onAdd: changed, onUpdate: (node, before) => node.metadata.labels?.['topology.kubernetes.io/zone'] === before.metadata.labels?.['topology.kubernetes.io/zone'] || changed() });
    run.node.start();
    run.services.start();
    run.slices.start();
  }

  #halt(): void {
    this.#run?.timer?.dispose();
    this.#run?.life.dispose();
    this.#run = undefined;
  }

  inspect(): Inspection {
    const { rules } = this.#options.rules;
    return {
      now: this.#run ? count(rules.length) : this.running ? 'waiting for its Pod' : `stopped: ${count(rules.length)} stay${rules.length === 1 ? 's' : ''} as before`,
      facts: [{ name: 'Rules', value: rules.length }],
      detail: { rules: rules.map(({ service, protocol, address, port, endpoints, drop }) => ({ service, protocol, address, port, endpoints, ...(drop ? { drop } : {}) })) } satisfies ProxyDetail,
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }

  #schedule(): void {
    const run = this.#run;
    if (!run || run.timer) return;
    run.timer = this.#options.clock.schedule(SYNC_PERIOD_MS, () => {
      run.timer = undefined;
      if (run.services.synced && run.slices.synced && run.node.synced) this.#write(run);
      else this.#schedule();
    });
  }

  #write({ services: all, slices, node }: Run): void {
    const view = { node: this.#options.node, zone: node.list()[0]?.metadata.labels?.['topology.kubernetes.io/zone'] };
    this.#options.rules.replace(all.list().flatMap((service) => rulesOf(service, slices.by('service', `${service.metadata.namespace}/${service.metadata.name}`), view)));
  }
}

function count(rules: number): string {
  return `${rules} rule${rules === 1 ? '' : 's'}`;
}
