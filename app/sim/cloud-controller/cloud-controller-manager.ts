import type { Clock } from '../../base/clock/index.ts';
import { DisposableStore, Emitter } from '../../base/lifecycle/index.ts';
import type { PartId } from '../../contracts/trace/index.ts';
import { ApiClient } from '../client/api-client.ts';
import type { ControlLoop } from '../client/control-loop.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { nodes, services } from '../client/resource-types.ts';
import type { Component, Inspection } from '../machinery/component.ts';
import type { TransportFactory } from '../machinery/transport.ts';
import type { CloudAccount } from './account.ts';
import type { CloudLoop } from './loops/loop.ts';
import { nodeLoop } from './loops/node.ts';
import { serviceLoop } from './loops/service.ts';

/** The loops of cloud-controller-manager. A new one: a file in `loops` and a place in this list. */
export const cloudLoops: readonly CloudLoop[] = [serviceLoop, nodeLoop];

export interface CloudControllerOptions {
  readonly transport: TransportFactory;
  readonly clock: Clock;
  readonly account: CloudAccount;
}

/**
 * cloud-controller-manager: turns wishes in the API into orders at the provider. Stopped, Services of type LoadBalancer stay
 * `<pending>`, what is up stays up, and nodes whose machine is gone stay in the list.
 */
export class CloudControllerManager implements Component {
  readonly id: PartId = 'cloud-controller-manager';
  readonly #onDidChange = new Emitter<boolean>();
  readonly onDidChange = this.#onDidChange.event;
  readonly #options: CloudControllerOptions;
  #run: { readonly life: DisposableStore; readonly loops: readonly ControlLoop[] } | undefined;

  constructor(options: CloudControllerOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  start(): void {
    if (this.#run) return;
    const { transport, clock, account } = this.#options;
    const life = new DisposableStore();
    const callerOf = (account: string, loop?: string): ApiClient =>
      new ApiClient(transport({
        part: this.id, userAgent: 'cloud-controller-manager/v1.36.2', ...(loop ? { loop } : {}),
        user: { name: `system:serviceaccount:kube-system:${account}`, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] },
      }));
    const watcher = callerOf('service-controller');
    const nodeInformer = life.add(new Informer(watcher, clock, nodes));
    const serviceInformer = life.add(new Informer(watcher, clock, services));
    const loops = cloudLoops.map((loop) => {
      const client = callerOf(loop.serviceAccount, loop.name);
      return life.add(loop.start({ account, client, events: new EventRecorder(client, clock, loop.eventSource), clock, nodes: nodeInformer, services: serviceInformer, life }));
    });
    this.#run = { life, loops };
    nodeInformer.start();
    nodeInformer.whenSynced(() => serviceInformer.start());
    this.#onDidChange.fire(true);
  }

  stop(): void {
    if (!this.#run) return;
    this.#run.life.dispose();
    this.#run = undefined;
    this.#onDidChange.fire(false);
  }

  inspect(): Inspection {
    const { account } = this.#options;
    const reports = (this.#run?.loops ?? []).map((loop) => loop.report());
    const depth = reports.reduce((sum, report) => sum + report.depth, 0);
    return {
      now: this.#run ? `${count(account.loadBalancers.size, 'load balancer')}, ${count(depth, 'order')} queued` : 'stopped: load balancers stay pending',
      facts: [
        { name: 'Instances', value: account.instances.size },
        { name: 'Load balancers', value: `${account.loadBalancers.size} of ${account.quota}` },
        { name: 'Routes', value: account.routes.size },
        ...(account.outage === undefined ? [] : [{ name: 'Outage', value: account.outage }]),
      ],
      detail: { instances: [...account.instances.values()], loadBalancers: [...account.loadBalancers.values()], routes: [...account.routes.values()], loops: reports },
    };
  }

  dispose(): void {
    this.stop();
    this.#onDidChange.dispose();
  }
}

/** `1 load balancer`, `2 orders`. */
function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
