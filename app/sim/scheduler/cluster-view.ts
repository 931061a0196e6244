import type { Clock, Random } from '../../base/clock/index.ts';
import type { DisposableStore } from '../../base/lifecycle/index.ts';
import type { ApiClient, ResourceType } from '../client/api-client.ts';
import type { NewEventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import {
  csiNodes, namespaces, persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, replicaSets, replicationControllers, resourceClaims, services, statefulSets, storageClasses,
} from '../client/resource-types.ts';
import { NodeCache } from './cache/node-cache.ts';
import { Nominator } from './cache/nominator.ts';
import type { ClusterEvent } from './framework/cluster-events.ts';
import type { ClusterView } from './framework/types.ts';
import { AssumedVolumes } from './volumes/assumed-volumes.ts';

interface Tools {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NewEventRecorder;
}

/**
 * What the scheduler knows of the cluster besides nodes and Pods, as informers keep it.
 * @param tell hears of changes that waiting Pods may have waited for
 */
export function watchCluster(tools: Tools, life: DisposableStore, tell: (event: ClusterEvent, cause: readonly number[]) => void): { readonly view: ClusterView; readonly whenSynced: Promise<void> } {
  const { client, clock, random, events } = tools;
  const informers: Informer<any>[] = [];
  const follow = <T>(type: ResourceType<T>, resource?: ClusterEvent['resource']): Informer<T> => {
    const informer = life.add(new Informer<T>(client, clock, type));
    if (resource) {
      informer.handle({
        onAdd: (object, cause) => tell({ resource, action: 'add', object }, cause),
        onUpdate: (object, previous, cause) => tell({ resource, action: 'update', object, previous }, cause),
        onDelete: (object, cause) => tell({ resource, action: 'delete', object }, cause),
      });
    }
    informer.start();
    informers.push(informer);
    return informer;
  };
  const view: ClusterView = {
    cache: new NodeCache(), nominator: new Nominator(), assumed: new AssumedVolumes(), client, clock, random,
    claims: follow(persistentVolumeClaims, 'PersistentVolumeClaim'), volumes: follow(persistentVolumes, 'PersistentVolume'), classes: follow(storageClasses, 'StorageClass'),
    csiNodes: follow(csiNodes, 'CSINode'), services: follow(services), replicaSets: follow(replicaSets), replicationControllers: follow(replicationControllers),
    statefulSets: follow(statefulSets), namespaces: follow(namespaces), budgets: follow(podDisruptionBudgets), resourceClaims: follow(resourceClaims, 'ResourceClaim'),
    record: (pod, type, reason, action, note, cause) => events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, type, reason, action, note, cause),
  };
  // A volume that its claim now shows is assumed no longer.
  view.volumes.handle({ onUpdate: ({ metadata, spec }) => spec?.claimRef && view.assumed.forget(metadata.name), onDelete: ({ metadata }) => view.assumed.forget(metadata.name) });
  return { view, whenSynced: Promise.all(informers.map((informer) => new Promise<void>((resolve) => informer.whenSynced(resolve)))).then(() => {}) };
}
