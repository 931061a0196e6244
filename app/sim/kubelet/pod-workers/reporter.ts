import type { Pod, PodCondition, PodStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { pods } from '../../client/resource-types.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';
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

/** Conditions that are there only while they say something. */
const OWN_WHILE_RESIZING = new Set(['PodResizePending', 'PodResizeInProgress']);

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
  return { ...computed, conditions: [...(computed.conditions ?? []).filter(({ type }) => !OWN_WHILE_RESIZING.has(type) && !report.conditions.some((condition) => condition.type === type)), ...report.conditions], ...report.override };
}

/** Writes the status if it differs from what the API has; returns the Pod as it is then. models status manager: syncPod */
export async function writeStatus(context: WorkerContext, report: Report, cause: Cause): Promise<Stored<Pod> | undefined> {
  const { client } = context;
  const { pod, apiUid } = report;
  const status = statusOf(context, report);
  if (isSameButTimes(status, pod.status ?? {})) return undefined;
  const orAbsent = (error: unknown): undefined => {
    if (isNotFound(error)) return undefined;
    throw error;
  };
  const fresh = await client.get(pods, pod.metadata.namespace, pod.metadata.name, cause).catch(orAbsent);
  if (!fresh || fresh.metadata.uid !== apiUid) return undefined;
  return client.patch(pods, fresh.metadata.namespace, fresh.metadata.name, { metadata: { uid: fresh.metadata.uid }, status: statusPatch(status, fresh.status) }, cause, 'status').catch(orAbsent);
}

/**
 * The strategic merge patch from one status to the other: conditions are merged by type, so what is no longer there is
 * named, or the reason why a Pod was not ready would stay when it is. models strategicpatch: CreateTwoWayMergePatch
 */
export function statusPatch(next: PodStatus, previous: PodStatus | undefined): unknown {
  const before = new Map((previous?.conditions ?? []).map((condition) => [condition.type, condition]));
  const conditions = (next.conditions ?? []).map((condition) => ({ ...condition, ...gone(before.get(condition.type), condition) }));
  const ended = [...OWN_WHILE_RESIZING].filter((type) => before.has(type) && !next.conditions?.some((condition) => condition.type === type));
  const { reason, message } = previous ?? {};
  return { ...next, ...gone({ ...(reason ? { reason } : {}), ...(message ? { message } : {}) }, next), conditions: [...conditions, ...ended.map((type) => ({ type, $patch: 'delete' }))] };
}

/** A null for each key that is left out. */
function gone(previous: object | undefined, next: object): Record<string, null> {
  return Object.fromEntries(Object.keys(previous ?? {}).filter((key) => (next as Record<string, unknown>)[key] === undefined).map((key) => [key, null]));
}

/** Equal as JSON, whenever it came to be so. */
function isSameButTimes(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!TIMES.has(key) && !(left[key] === undefined ? right[key] === undefined : isSameButTimes(left[key], right[key]))) return false;
  for (const key in right) if (!TIMES.has(key) && right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

const TIMES = new Set(['lastTransitionTime', 'startTime']);
