import type { KubeObject, Node, Pod, Stored } from '../../../contracts/k8s/index.ts';
import { deepEqual } from '../../machinery/objects.ts';

/** Something changed that may make room for a waiting Pod. models framework: ClusterEvent */
export interface ClusterEvent {
  readonly resource: 'AssignedPod' | 'UnscheduledPod' | 'Node' | 'PersistentVolumeClaim' | 'PersistentVolume' | 'StorageClass' | 'CSINode' | 'Service' | 'ResourceClaim';
  readonly action: 'add' | 'delete' | 'update' | 'allocatable' | 'labels' | 'taints' | 'gates' | 'tolerations' | 'resources';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** What about a node changed that scheduling looks at; heartbeats are nothing. models eventhandlers: nodeSchedulingPropertiesChange */
export function nodeChanges(node: Stored<Node>, previous: Stored<Node>): ClusterEvent['action'][] {
  const actions: ClusterEvent['action'][] = [];
  if (!deepEqual(node.status?.allocatable, previous.status?.allocatable)) actions.push('allocatable');
  if (!deepEqual(node.metadata.labels, previous.metadata.labels)) actions.push('labels');
  if (!deepEqual(node.spec?.taints, previous.spec?.taints) || node.spec?.unschedulable !== previous.spec?.unschedulable) actions.push('taints');
  return actions;
}

/** models framework/events.go: podSchedulingPropertiesChange */
export function podChanges(pod: Stored<Pod>, previous: Stored<Pod>): ClusterEvent['action'][] {
  const actions: ClusterEvent['action'][] = [];
  if (!deepEqual(pod.metadata.labels, previous.metadata.labels)) actions.push('labels');
  if (!deepEqual(pod.spec?.containers, previous.spec?.containers)) actions.push('resources');
  if (!deepEqual(pod.spec?.tolerations, previous.spec?.tolerations)) actions.push('tolerations');
  if ((pod.spec?.schedulingGates ?? []).length !== (previous.spec?.schedulingGates ?? []).length) actions.push('gates');
  if (!pod.metadata.deletionTimestamp !== !previous.metadata.deletionTimestamp || !deepEqual(pod.spec?.nodeSelector, previous.spec?.nodeSelector) || !deepEqual(pod.spec?.affinity, previous.spec?.affinity)) actions.push('update');
  return actions;
}

/** The node of an event on nodes. */
export function nodeOf(event: ClusterEvent): Stored<Node> {
  return event.object as Stored<Node>;
}
