import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { deployments, replicaSets, replicationControllers, statefulSets } from '../../client/resource-types.ts';
import { controllerOf } from '../../machinery/objects.ts';
import type { ControllerContext } from '../context.ts';

/** How many Pods the controllers of these Pods want, and which have none. models disruption.go: getExpectedScale */
export async function expectedScale(context: ControllerContext, pods: readonly Stored<Pod>[]): Promise<{ count: number; unmanaged: readonly Stored<Pod>[] }> {
  const scales = new Map<string, number>();
  const unmanaged: Stored<Pod>[] = [];
  const seen = new Set<string>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      unmanaged.push(pod);
      continue;
    }
    if (seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const found = scaleOf(context, pod);
    if (found === 'none') throw new Error(`${plural(owner.kind)}${owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''} does not implement the scale subresource`);
    if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    scales.set(found.uid, found.replicas);
  }
  return { count: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
}

const plural = (kind: string): string => `${kind.toLowerCase()}s`;

/** A ReplicaSet of a Deployment stands for the Deployment. */
function scaleOf({ informers }: ControllerContext, pod: Stored<Pod>): { uid: string; replicas: number } | 'none' | undefined {
  const { kind, name, uid } = controllerOf(pod)!;
  const key = `${pod.metadata.namespace}/${name}`;
  const scaled = (object: { metadata: { uid: string }; spec?: { replicas?: number } } | undefined): { uid: string; replicas: number } | undefined => (object && object.metadata.uid === uid ? { uid, replicas: object.spec?.replicas ?? 1 } : undefined);
  switch (kind) {
    case 'ReplicaSet': {
      const set = informers.of(replicaSets).get(key);
      const owner = set && set.metadata.uid === uid ? controllerOf(set) : undefined;
      const deployment = owner?.kind === 'Deployment' ? informers.of(deployments).get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
      return deployment && deployment.metadata.uid === owner!.uid ? { uid: owner!.uid, replicas: deployment.spec?.replicas ?? 1 } : scaled(set);
    }
    case 'ReplicationController':
      return scaled(informers.of(replicationControllers).get(key));
    case 'StatefulSet':
      return scaled(informers.of(statefulSets).get(key));
    default:
      return 'none';
  }
}
