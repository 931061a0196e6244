import type { ReplicaSet } from '../../../contracts/k8s/index.ts';
import { replicaSets } from '../../client/resource-types.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { controllerOf } from '../../machinery/objects.ts';
import type { Controller } from '../context.ts';
import { startReplicaLoop, type ReplicaKind } from './replica-worker.ts';

const kind: ReplicaKind<ReplicaSet> = {
  loop: 'replicaset',
  type: replicaSets,
  apiVersion: 'apps/v1',
  selector: (set) => selectorFromLabelSelector(set.spec?.selector),
  /** The ReplicaSets of one Deployment spread over nodes together. */
  relatives(set, { informers }) {
    const owner = controllerOf(set);
    return owner ? informers.of(replicaSets).by('owner', owner.uid).map(({ metadata }) => metadata.uid) : [set.metadata.uid];
  },
  countsTerminating: true,
};

/** Keeps as many Pods as a ReplicaSet asks for. */
export const replicaSetController: Controller = { name: 'replicaset', serviceAccount: 'replicaset-controller', start: (context) => startReplicaLoop(kind, context) };
