import type { Pod, PodCondition, PodStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';
import { deepEqual } from '../../machinery/objects.ts';
import { isNotFound } from '../../machinery/status.ts';
import { podStatus, type ContainerKnowledge } from '../status/status.ts';
import { wantsRestart } from './actions.ts';
import type { WorkerContext } from './context.ts';
import { containersOf, type ContainerMemory } from './memory.ts';

export interface Report {
  readonly pod: Stored<Pod>;
  /** The uid under which the API knows the Pod: a static Pod's mirror. */
  readonly apiUid: string;
  readonly containers: readonly ContainerStatus[];
  readonly sandboxReady: boolean;
  readonly podIP: string | undefined;
  readonly startedAt: number;
  memory(name: string): ContainerMemory;
  readonly override: Partial<PodStatus>;
  /** Besides those that follow from the containers. */
  readonly conditions: readonly PodCondition[];
  /** No container will be started any more. */
  readonly isTerminal: boolean;
}

/** The status as it is now. models pkg/kubelet: generateAPIPodStatus */
export function statusOf(context: WorkerContext, report: Report): PodStatus {
  const { pod, containers, sandboxReady, startedAt, memory, isTerminal } = report;
  const known = new Map(containersOf(pod).map((container): [string, ContainerKnowledge] => {
    const { name } = container.container;
    const attempts = containers.filter((status) => status.config.name === name).sort((a, b) => a.config.attempt - b.config.attempt);
    const { waiting, ready, started } = memory(name);
    const latest = attempts[attempts.length - 1];
    // What will not be started again waits for nothing.
    const isOver = latest?.state === 'exited' && (isTerminal || !wantsRestart(pod, container, latest));
    return [name, { attempts, waiting: isOver ? undefined : waiting, ready, started, restarts: Math.max(0, latest?.config.attempt ?? 0), terminationMessage: (status) => context.volumes.get(`${pod.metadata.uid}/containers/${name}/${status.config.attempt}`)?.readText() ?? '', logTail: (status) => context.runtime.logTail(status.id) }];
  }));
  const isHost = pod.spec?.hostNetwork === true;
  const computed = podStatus(pod, { containers: known, sandboxReady, podIP: isHost ? context.node.address : report.podIP, hostIP: context.node.address, startedAt, now: context.clock.now(), isTerminal });
  const own = new Set(['PodResizePending', 'PodResizeInProgress']);
  return { ...computed, conditions: [...(computed.conditions ?? []).filter(({ type }) => !own.has(type) && !report.conditions.some((condition) => condition.type === type)), ...report.conditions], ...report.override };
}

/** Writes the status if it differs from what the API has; returns the Pod as it is then. models status manager: syncPod */
export async function writeStatus(context: WorkerContext, report: Report, cause: Cause): Promise<Stored<Pod> | undefined> {
  const { client } = context;
  const { pod, apiUid } = report;
  const status = statusOf(context, report);
  if (deepEqual(withoutTimes(status), withoutTimes(pod.status))) return undefined;
  const orAbsent = (error: unknown): undefined => {
    if (isNotFound(error)) return undefined;
    throw error;
  };
  const fresh = await client.get(pods, pod.metadata.namespace, pod.metadata.name, cause).catch(orAbsent);
  if (!fresh || fresh.metadata.uid !== apiUid) return undefined;
  return client.patch(pods, fresh.metadata.namespace, fresh.metadata.name, { metadata: { uid: fresh.metadata.uid }, status }, cause, 'status').catch(orAbsent);
}

function withoutTimes(status: object | undefined): unknown {
  return JSON.parse(JSON.stringify(status ?? {}, (key, value: unknown) => (key === 'lastTransitionTime' || key === 'startTime' ? undefined : value)));
}
