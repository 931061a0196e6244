import { parseTime } from '../../../base/clock/index.ts';
import type { Job, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop } from '../../client/control-loop.ts';
import { jobs } from '../../client/resource-types.ts';
import { keyOf } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';

/** Removes finished Jobs after their ttlSecondsAfterFinished. models pkg/controller/ttlafterfinished */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  serviceAccount: 'ttl-after-finished-controller',
  start(context) {
    const loop = new ControlLoop('ttl-after-finished-controller', context.clock, { reconcile: (key, cause) => cleanUp(context, key, cause) });
    const enqueue = (job: Stored<Job>, cause: Cause): void => {
      if (expiresAt(job) !== undefined) loop.queue.add(keyOf(job), cause);
    };
    context.informers.of(jobs).handle({ onAdd: enqueue, onUpdate: (job, _, cause) => enqueue(job, cause) });
    return loop;
  },
};

async function cleanUp({ informers, client, clock }: ControllerContext, key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
  const job = informers.of(jobs).get(key);
  const at = job && expiresAt(job);
  if (!job || at === undefined) return;
  if (at > clock.now()) return { requeueAfterMs: at - clock.now() };
  const { namespace, name } = job.metadata;
  try {
    // The copy may be old, and the wish may have changed.
    const fresh = await client.get(jobs, namespace, name);
    const freshAt = expiresAt(fresh);
    if (freshAt === undefined) return;
    if (freshAt > clock.now()) return { requeueAfterMs: freshAt - clock.now() };
    await client.delete(jobs, namespace, name, { propagationPolicy: 'Foreground', preconditions: { uid: fresh.metadata.uid } }, cause);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Undefined: it stays. */
function expiresAt(job: Stored<Job>): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || job.metadata.deletionTimestamp) return undefined;
  const end = job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
  return end?.lastTransitionTime ? parseTime(end.lastTransitionTime) + ttl * 1000 : undefined;
}
