import type { ReplicationController } from '../../../contracts/k8s/index.ts';
import { replicationControllers } from '../../client/resource-types.ts';
import { selectorFromSet } from '../../machinery/labels.ts';
import type { Controller } from '../context.ts';
import { startReplicaLoop, type ReplicaKind } from '../replicaset/replica-worker.ts';

const kind: ReplicaKind<ReplicationController> = {
  loop: 'replicationcontroller',
  type: replicationControllers,
  apiVersion: 'v1',
  selector: (controller) => selectorFromSet(controller.spec?.selector),
  relatives: (controller) => [controller.metadata.uid],
  countsTerminating: false,
};

/** ReplicaSets of the first hour: the same loop. */
export const replicationControllerController: Controller = { name: 'replicationcontroller', serviceAccount: 'replication-controller', start: (context) => startReplicaLoop(kind, context) };
