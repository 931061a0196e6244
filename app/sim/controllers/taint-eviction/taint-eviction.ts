import { parseTime } from '../../../base/clock/index.ts';
import type { Pod, Stored, Taint } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { nodes, pods } from '../../client/resource-types.ts';
import { keyOf, splitKey } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** Deletes Pods whose node has a NoExecute taint that they do not tolerate, or no longer. models pkg/controller/tainteviction */
export const taintEvictionController: Controller = {
  name: 'taint-eviction-controller',
  serviceAccount: 'node-controller',
  start(context) {
    const { informers } = context;
    const loop = new ControlLoop('taint-eviction-controller', context.clock, { reconcile: (key, cause) => evictIfDue(key, context, cause) }, 4);
    informers.of(nodes).handle({
      onAdd: (node, cause) => informers.of(pods).by('node', node.metadata.name).forEach((pod) => loop.queue.add(keyOf(pod), cause)),
      onUpdate(node, previous, cause) {
        if (JSON.stringify(node.spec?.taints) === JSON.stringify(previous.spec?.taints)) return;
        informers.of(pods).by('node', node.metadata.name).forEach((pod) => loop.queue.add(keyOf(pod), cause));
      },
    });
    informers.of(pods).handle({
      onAdd: (pod, cause) => loop.queue.add(keyOf(pod), cause),
      onUpdate(pod, previous, cause) {
        if (pod.spec?.nodeName !== previous.spec?.nodeName) loop.queue.add(keyOf(pod), cause);
      },
    });
    return loop;
  },
};

async function evictIfDue(key: string, { client, clock, informers, events }: ControllerContext, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
  const pod = informers.of(pods).get(key);
  if (!pod?.spec?.nodeName || pod.metadata.deletionTimestamp) return;
  const node = informers.of(nodes).get(pod.spec.nodeName);
  const taints = (node?.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
  if (taints.length === 0) return;
  const due = evictionTime(pod, taints, clock.now());
  if (due === undefined) return;
  if (due > clock.now()) return { requeueAfterMs: due - clock.now() };
  const { namespace, name } = splitKey(key);
  events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`, cause);
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' };
  await client.patch(pods, namespace, name, { status: { conditions: [condition] } }, cause, 'status').catch(() => {});
  await client.delete(pods, namespace, name, undefined, cause).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** When the Pod must go: the shortest toleration decides; undefined: it may stay for ever. */
function evictionTime(pod: Stored<Pod>, taints: readonly Taint[], now: number): number | undefined {
  let due: number | undefined;
  for (const taint of taints) {
    const matching = (pod.spec?.tolerations ?? []).filter((toleration) =>
      (!toleration.effect || toleration.effect === 'NoExecute') && (!toleration.key || toleration.key === taint.key) &&
      ((toleration.operator ?? 'Equal') === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')),
    );
    if (matching.length === 0) return now;
    const seconds = matching.map((toleration) => toleration.tolerationSeconds).filter((value) => value !== undefined);
    if (seconds.length === 0) continue;
    const at = (taint.timeAdded ? parseTime(taint.timeAdded) : now) + Math.max(0, Math.min(...seconds)) * 1000;
    due = due === undefined ? at : Math.min(due, at);
  }
  return due;
}
