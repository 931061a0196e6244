import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { ServiceCIDR, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { ipAddresses, serviceCIDRs } from '../../client/resource-types.ts';
import { hasParent, isAllocatorsOwn, isWithin, networksOf } from '../../machinery/service-networks.ts';
import type { Controller, ControllerContext } from '../context.ts';

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';
/** Until every API server has heard that the network gives out no more addresses. models servicecidrs: deletionGracePeriod */
const GRACE_MS = 10_000;
const READY = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
const BLOCKED = { status: 'False', reason: 'Terminating', message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR' };

/**
 * Says which networks for Services may be used, and keeps one that is deleted as long as addresses of Services lie in no other.
 *
 * models pkg/controller/servicecidrs
 */
export const serviceCIDRController: Controller = {
  name: 'service-cidr-controller',
  serviceAccount: 'service-cidrs-controller',
  start(context) {
    const cidrs = context.informers.of(serviceCIDRs);
    const addresses = context.informers.of(ipAddresses);
    const loop = new ControlLoop('service-cidr-controller', context.clock, { reconcile: (name, cause) => sync(name, context, cause) });
    const every = (cause: Cause): void => cidrs.list().forEach(({ metadata }) => loop.queue.add(metadata.name, cause));
    // Only a network that is on its way out cares for addresses.
    const leaving = (cause: Cause): void => cidrs.list().forEach(({ metadata }) => void (metadata.deletionTimestamp && loop.queue.add(metadata.name, cause)));
    cidrs.handle({ onAdd: (_, cause) => every(cause), onUpdate: ({ metadata }, _, cause) => loop.queue.add(metadata.name, cause), onDelete: (_, cause) => leaving(cause) });
    addresses.handle({ onAdd: (_, cause) => leaving(cause), onDelete: (_, cause) => leaving(cause) });
    return loop;
  },
};

async function sync(name: string, context: ControllerContext, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
  const { informers, client, clock } = context;
  if (!informers.of(ipAddresses).synced) return { requeueAfterMs: 100 };
  const cidr = informers.of(serviceCIDRs).get(name);
  if (!cidr) return;
  const { deletionTimestamp, finalizers } = cidr.metadata;
  if (deletionTimestamp) {
    if (!canGo(cidr, context)) return say(cidr, BLOCKED, context, cause);
    const left = parseTime(deletionTimestamp) + GRACE_MS - clock.now();
    if (left > 0) return { requeueAfterMs: left };
    if (finalizers?.includes(FINALIZER)) await client.patch(serviceCIDRs, undefined, name, { metadata: { '$deleteFromPrimitiveList/finalizers': [FINALIZER] } }, cause);
    return;
  }
  if (!finalizers?.includes(FINALIZER)) await client.patch(serviceCIDRs, undefined, name, { metadata: { finalizers: [FINALIZER] } }, cause);
  await say(cidr, READY, context, cause);
}

/** No address of a Service would be left without a network. models canDeleteCIDR */
function canGo(cidr: Stored<ServiceCIDR>, { informers }: ControllerContext): boolean {
  const all = informers.of(serviceCIDRs).list();
  if (hasParent(cidr, all)) return true;
  const others = all.filter(({ metadata }) => metadata.name !== cidr.metadata.name).flatMap(networksOf);
  const own = networksOf(cidr);
  return !informers.of(ipAddresses).list().some((address) => isAllocatorsOwn(address) && own.some((network) => isWithin(network, address.metadata.name)) && !others.some((network) => isWithin(network, address.metadata.name)));
}

async function say(cidr: Stored<ServiceCIDR>, condition: typeof READY, { client, clock }: ControllerContext, cause: Cause): Promise<void> {
  const before = cidr.status?.conditions?.find(({ type }) => type === 'Ready');
  if (before?.status === condition.status && before.reason === condition.reason && before.message === condition.message) return;
  await client.applyStatus(serviceCIDRs, undefined, cidr.metadata.name, { conditions: [{ type: 'Ready', ...condition, lastTransitionTime: rfc3339(clock.now()) }] }, 'service-cidr-controller', cause);
}
