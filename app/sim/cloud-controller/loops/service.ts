import type { Service, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { services } from '../../client/resource-types.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import type { CloudLoop, CloudLoopContext } from './loop.ts';

const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
/** How long the provider takes to put up a load balancer. */
const BUILD_MS = 2_000;
const NODES = 'nodes';

/** Puts a load balancer before each Service that asks for one. models k8s.io/cloud-provider/controllers/service */
export const serviceLoop: CloudLoop = {
  name: 'service-lb-controller',
  serviceAccount: 'service-controller',
  eventSource: 'service-controller',
  start(context) {
    const worker = new ServiceWorker(context);
    const loop: ControlLoop = new ControlLoop('service-lb-controller', context.clock, {
      async reconcile(key, cause): Promise<void> {
        if (key !== NODES) return worker.sync(key, cause);
        for (const service of context.services.list()) if (wantsLoadBalancer(service)) await worker.sync(keyOf(service), cause, true);
      },
    });
    context.services.handle({
      onAdd: (service, cause) => void (isConcerned(service) && loop.queue.add(keyOf(service), cause)),
      onUpdate: (service, previous, cause) => void ((isConcerned(service) || isConcerned(previous)) && loop.queue.add(keyOf(service), cause)),
    });
    context.nodes.handle({
      onAdd: (_, cause) => loop.queue.add(NODES, cause),
      onUpdate: (node, previous, cause) => void (isTarget(node) !== isTarget(previous) && loop.queue.add(NODES, cause)),
      onDelete: (_, cause) => loop.queue.add(NODES, cause),
    });
    return loop;
  },
};

function wantsLoadBalancer(service: Stored<Service>): boolean {
  return service.spec?.type === 'LoadBalancer' && service.spec.loadBalancerClass === undefined;
}

function isConcerned(service: Stored<Service>): boolean {
  return wantsLoadBalancer(service) || (service.metadata.finalizers ?? []).includes(FINALIZER);
}

/** Takes traffic: alive, and not kept out by its label. models serviceController: getNodeConditionPredicate */
function isTarget(node: { metadata: { labels?: Record<string, string> }; status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return node.metadata.labels?.[EXCLUDED] === undefined && (node.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

class ServiceWorker {
  readonly #context: CloudLoopContext;

  constructor(context: CloudLoopContext) {
    this.#context = context;
  }

  /** @param isNodeNews only the targets may have changed */
  async sync(key: string, cause: Cause, isNodeNews = false): Promise<void> {
    const service = this.#context.services.get(key);
    if (!service) return;
    if (!wantsLoadBalancer(service) || service.metadata.deletionTimestamp) return this.#remove(service, cause);
    const say = this.#teller(service, cause);
    const isUp = this.#context.account.loadBalancers.has(nameOf(service));
    try {
      if (!isUp) say('Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
      const current = await this.#addFinalizer(service, cause);
      // What is up already, from before a restart of the cluster, is found again by its address.
      if (!isUp && (service.status?.loadBalancer?.ingress ?? []).length === 0) await this.#context.clock.sleep(BUILD_MS);
      await this.#ensure(current, cause);
      if (!isUp) say('Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
      else if (isNodeNews) say('Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts');
    } catch (error) {
      say('Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: failed to ensure load balancer: ${(error as Error).message}`);
      throw error;
    }
  }

  async #ensure(service: Stored<Service>, cause: Cause): Promise<void> {
    const { account, nodes, client } = this.#context;
    const known = service.status?.loadBalancer?.ingress?.[0]?.ip;
    const made = account.ensureLoadBalancer(
      {
        name: nameOf(service), service: keyOf(service),
        listeners: (service.spec?.ports ?? []).map(({ port, nodePort = 0, protocol = 'TCP' }) => ({ port, nodePort, protocol })),
        targets: nodes.list().filter(({ metadata }) => metadata.labels?.[EXCLUDED] === undefined).map((node) => ({ instance: node.metadata.name, healthy: isTarget(node) })),
      },
      service.spec?.loadBalancerIP || known,
    );
    const status = { loadBalancer: { ingress: [{ ip: made.address, ipMode: 'VIP' }] } };
    if (deepEqual(service.status?.loadBalancer, status.loadBalancer)) return;
    await client.patch(services, service.metadata.namespace, service.metadata.name, { status }, cause, 'status');
  }

  async #remove(service: Stored<Service>, cause: Cause): Promise<void> {
    const { account, client } = this.#context;
    if (!(service.metadata.finalizers ?? []).includes(FINALIZER)) return;
    const say = this.#teller(service, cause);
    try {
      say('Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
      account.deleteLoadBalancer(nameOf(service));
    } catch (error) {
      say('Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: failed to delete load balancer: ${(error as Error).message}`);
      throw error;
    }
    if ((service.status?.loadBalancer?.ingress ?? []).length > 0 && !service.metadata.deletionTimestamp) {
      await client.patch(services, service.metadata.namespace, service.metadata.name, { status: { loadBalancer: { ingress: null } } }, cause, 'status');
    }
    // The role may write the status subresource only; metadata goes with it there. models servicehelper: patch
    await client.patch(services, service.metadata.namespace, service.metadata.name, { metadata: { '$deleteFromPrimitiveList/finalizers': [FINALIZER] } }, cause, 'status');
    say('Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
  }

  async #addFinalizer(service: Stored<Service>, cause: Cause): Promise<Stored<Service>> {
    if ((service.metadata.finalizers ?? []).includes(FINALIZER)) return service;
    return this.#context.client.patch(services, service.metadata.namespace, service.metadata.name, { metadata: { finalizers: [FINALIZER] } }, cause, 'status');
  }

  #teller(service: Stored<Service>, cause: Cause): (type: 'Normal' | 'Warning', reason: string, message: string) => void {
    return (type, reason, message) => this.#context.events.event({ kind: 'Service', apiVersion: 'v1', metadata: service.metadata }, type, reason, message, cause);
  }
}

/** models cloudprovider: DefaultLoadBalancerName */
function nameOf(service: Stored<Service>): string {
  return `a${service.metadata.uid.replaceAll('-', '')}`.slice(0, 32);
}
