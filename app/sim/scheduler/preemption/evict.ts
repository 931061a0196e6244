import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import { isNotFound } from '../../machinery/status.ts';
import type { ClusterView } from '../framework/types.ts';

/** Says why, deletes, and tells. models framework/preemption: Executor.preemptPod */
export async function evictVictims(preemptor: Stored<Pod>, node: string, victims: readonly Stored<Pod>[], cluster: ClusterView, cause: Cause): Promise<void> {
  const { client, clock } = cluster;
  const scheduler = preemptor.spec?.schedulerName ?? 'default-scheduler';
  for (const victim of victims) {
    const { namespace, name } = victim.metadata;
    if (!victim.metadata.deletionTimestamp) {
      const condition = {
        type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: `${scheduler}: preempting to accommodate a higher priority pod`,
        observedGeneration: victim.metadata.generation, lastTransitionTime: rfc3339(clock.now()),
      };
      try {
        await client.patch(pods, namespace, name, { status: { conditions: [condition] } }, cause, 'status');
        await client.delete(pods, namespace, name, { preconditions: { uid: victim.metadata.uid } }, cause);
      } catch (error) {
        if (!isNotFound(error)) continue;
      }
    }
    cluster.record(victim, 'Normal', 'Preempted', 'Preempting', `Preempted by pod ${preemptor.metadata.uid} on node ${node}`, cause);
  }
}
