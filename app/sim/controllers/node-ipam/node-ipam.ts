import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { nodes } from '../../client/resource-types.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** models kube-controller-manager: --cluster-cidr, --node-cidr-mask-size */
const CLUSTER = { prefix: '10.244.', ranges: 256 };

/** Gives each node without one the lowest free range of Pod addresses. models pkg/controller/nodeipam: rangeAllocator */
export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  serviceAccount: 'node-controller',
  start(context) {
    const { informers, clock } = context;
    /** What was just given, until the API shows it. */
    const given = new Map<string, string>();
    const loop = new ControlLoop('node-ipam-controller', clock, { reconcile: (name, cause) => allocate(name, given, context, cause) });
    informers.of(nodes).handle({
      onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause),
      onUpdate: ({ metadata, spec }, _, cause) => void (spec?.podCIDR || loop.queue.add(metadata.name, cause)),
      // Whoever waits for a range is in the queue's retries.
      onDelete: ({ metadata }) => void given.delete(metadata.name),
    });
    return loop;
  },
};

async function allocate(name: string, given: Map<string, string>, { informers, client, events }: ControllerContext, cause: Cause): Promise<void> {
  const node = informers.of(nodes).get(name);
  if (!node || node.spec?.podCIDR) return;
  const taken = new Set([...informers.of(nodes).list().flatMap(({ spec }) => spec?.podCIDRs ?? []), ...given.values()]);
  const before = given.get(name);
  if (before) taken.delete(before);
  let index = 0;
  while (index < CLUSTER.ranges && taken.has(rangeOf(index))) index++;
  if (index === CLUSTER.ranges) {
    events.event({ kind: 'Node', apiVersion: 'v1', metadata: node.metadata }, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`, cause);
    throw new Error('CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range');
  }
  given.set(name, rangeOf(index));
  await client.patch(nodes, undefined, name, { spec: { podCIDR: rangeOf(index), podCIDRs: [rangeOf(index)] } }, cause);
}

function rangeOf(index: number): string {
  return `${CLUSTER.prefix}${index}.0/24`;
}
