import type { PodView } from '../../../app/contracts/ipc/index.ts';

/** How a Pod is drawn; never by colour alone: running solid, pending hatched, failed with a mark, done and leaving in outline. */
export type PodLook = 'running' | 'pending' | 'failed' | 'done' | 'leaving';

const TROUBLE = /BackOff|Err|Invalid|Failed|OOMKilled|Evicted|Unknown|CreateContainerConfigError/;

export function look(pod: Pick<PodView, 'status' | 'phase' | 'ready' | 'deleting'>): PodLook {
  if (pod.deleting) return 'leaving';
  if (pod.phase === 'Failed' || TROUBLE.test(pod.status)) return 'failed';
  if (pod.phase === 'Succeeded' || pod.status === 'Completed') return 'done';
  if (pod.phase === 'Pending') return 'pending';
  return 'running';
}
