import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { nodes } from '../../client/resource-types.ts';
import { isNotFound } from '../../machinery/status.ts';
import { instanceIdOf } from '../account.ts';
import type { CloudLoop, CloudLoopContext } from './loop.ts';

/** How often the account is asked about silent nodes. models cloud-node-lifecycle-controller: nodeMonitorPeriod */
const PERIOD_MS = 5_000;
const SHUTDOWN = { key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' };

/**
 * A node whose instance is gone from the account goes too; one whose instance is stopped is tainted. Nodes that still
 * answer are left alone. models k8s.io/cloud-provider/controllers/nodelifecycle
 */
export const nodeLoop: CloudLoop = {
  name: 'cloud-node-lifecycle-controller',
  serviceAccount: 'node-controller',
  eventSource: 'cloud-node-lifecycle-controller',
  start(context) {
    const loop = new ControlLoop('cloud-node-lifecycle-controller', context.clock, { reconcile: (name, cause) => lookAt(name, context, cause) });
    context.nodes.handle({
      onAdd: ({ metadata }, cause) => loop.queue.add(metadata.name, cause),
      onDelete: ({ metadata }) => void context.account.routes.delete(metadata.name),
    });
    return loop;
  },
};

async function lookAt(name: string, { account, client, nodes: known, events }: CloudLoopContext, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
  const node = known.get(name);
  const id = instanceIdOf(node?.spec?.providerID);
  if (!node || id === undefined) return;
  if (node.spec?.podCIDR) account.routes.set(name, { destination: node.spec.podCIDR, instance: id });
  const isReady = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const instance = account.instances.get(id);
  if (isReady && instance?.state !== 'stopped') return { requeueAfterMs: PERIOD_MS };
  if (!instance) {
    events.event({ kind: 'Node', apiVersion: 'v1', metadata: node.metadata }, 'Normal', 'DeletingNode', `Deleting node ${name} because it does not exist in the cloud provider`, cause);
    await client.delete(nodes, undefined, name, undefined, cause).catch((error: unknown) => { if (!isNotFound(error)) throw error; });
    return;
  }
  const isTainted = node.spec?.taints?.some(({ key }) => key === SHUTDOWN.key) ?? false;
  if ((instance.state === 'stopped') !== isTainted) {
    const others = (node.spec?.taints ?? []).filter(({ key }) => key !== SHUTDOWN.key);
    await client.patch(nodes, undefined, name, { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: [...others, ...(isTainted ? [] : [SHUTDOWN]), { $patch: 'replace' }] } }, cause);
  }
  return { requeueAfterMs: PERIOD_MS };
}
