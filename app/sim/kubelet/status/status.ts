import { parseQuantity } from '../../machinery/quantity.ts';
import { rfc3339 } from '../../../base/clock/index.ts';
import type { Container, ContainerState, ContainerStatus as ApiContainerStatus, Pod, PodCondition, PodStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';

/** What the kubelet knows of one container besides the runtime. */
export interface ContainerKnowledge {
  /** All attempts that the runtime still holds, oldest first. */
  readonly attempts: readonly ContainerStatus[];
  /** Why it is not up: ContainerCreating, ErrImagePull, CrashLoopBackOff … */
  readonly waiting: { readonly reason: string; readonly message?: string } | undefined;
  readonly restarts: number;
  readonly ready: boolean;
  readonly started: boolean;
  /** What the container left at its terminationMessagePath. */
  terminationMessage(status: ContainerStatus): string;
  /** The end of its log. */
  logTail(status: ContainerStatus): string;
}

export interface PodKnowledge {
  readonly containers: ReadonlyMap<string, ContainerKnowledge>;
  readonly sandboxReady: boolean;
  readonly podIP: string | undefined;
  readonly hostIP: string;
  readonly startedAt: number;
  readonly now: number;
  /** No container will be started any more. */
  readonly isTerminal: boolean;
}

/** The whole status of a Pod as its kubelet writes it. models pkg/kubelet: generateAPIPodStatus */
export function podStatus(pod: Stored<Pod>, knowledge: PodKnowledge): PodStatus {
  const spec = pod.spec!;
  const now = rfc3339(knowledge.now);
  const statusOf = (container: Container): ApiContainerStatus => containerStatus(container, knowledge.containers.get(container.name), pod);
  const init = (spec.initContainers ?? []).map(statusOf);
  const main = spec.containers.map(statusOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const ephemeral = ((spec.ephemeralContainers ?? []) as Container[]).map(statusOf);
  const phase = phaseOf(pod, init, main, knowledge.isTerminal);
  const before = pod.status?.conditions ?? [];
  const conditions = conditionsOf(pod, phase, init, main, knowledge).map((condition): PodCondition => {
    const known = before.find((candidate) => candidate.type === condition.type);
    const same = known?.status === condition.status && known.lastTransitionTime;
    return { ...condition, observedGeneration: pod.metadata.generation!, lastProbeTime: null as never, lastTransitionTime: same ? known.lastTransitionTime! : now };
  });
  const others = before.filter((condition) => !conditions.some((candidate) => candidate.type === condition.type));
  return {
    observedGeneration: pod.metadata.generation!,
    phase,
    conditions: [...conditions, ...others],
    hostIP: knowledge.hostIP,
    hostIPs: [{ ip: knowledge.hostIP }],
    ...(knowledge.podIP ? { podIP: knowledge.podIP, podIPs: [{ ip: knowledge.podIP }] } : {}),
    startTime: pod.status?.startTime ?? rfc3339(knowledge.startedAt),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
    containerStatuses: main,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
  };
}

function containerStatus(container: Container, known: ContainerKnowledge | undefined, pod: Stored<Pod>): ApiContainerStatus {
  const attempts = known?.attempts ?? [];
  const latest = attempts[attempts.length - 1];
  const previous = attempts[attempts.length - 2];
  const isWaiting = known?.waiting !== undefined && latest?.state !== 'running' && !isFinishedInit(container, latest, pod);
  const end = (status: ContainerStatus): ContainerState => stateOf(status, container, known!);
  const state = isWaiting ? { waiting: known.waiting } : latest ? end(latest) : { waiting: { reason: (pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating' } };
  const last = isWaiting && latest?.state === 'exited' ? latest : previous;
  const isEphemeral = (pod.spec?.ephemeralContainers ?? []).some(({ name }) => name === container.name);
  return {
    name: container.name,
    state: state as ContainerState,
    lastState: last?.state === 'exited' ? end(last) : {},
    ready: known?.ready ?? false,
    restartCount: known?.restarts ?? 0,
    image: latest?.imageName ?? container.image!,
    imageID: latest?.imageRef ?? '',
    ...(latest ? { containerID: `containerd://${latest.id}` } : {}),
    ...(isEphemeral ? {} : { started: known?.started ?? false }),
    ...(latest ? resourcesOf(container, latest) : {}),
    ...((container.volumeMounts ?? []).length > 0 && latest ? { volumeMounts: container.volumeMounts!.map(({ name, mountPath, readOnly }) => ({ name, mountPath, ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}) })) } : {}),
    ...(latest ? { user: { linux: { uid: latest.user.uid, gid: latest.user.gid, supplementalGroups: [...latest.user.supplementalGroups] } } } : {}),
  };
}

function isFinishedInit({ name }: Container, latest: ContainerStatus | undefined, pod: Stored<Pod>): boolean {
  return latest?.state === 'exited' && latest.exitCode === 0 && (pod.spec?.initContainers ?? []).some((container) => container.name === name && container.restartPolicy !== 'Always');
}

/** What it was given. models kubelet_pods: convertContainerStatusResources */
function resourcesOf(container: Container, latest: ContainerStatus): Pick<ApiContainerStatus, 'resources' | 'allocatedResources'> {
  const given = container.resources;
  if (!given || Object.keys(given).length === 0) return { resources: {} };
  const { cpuLimitMillis, memoryLimitBytes } = latest.resources;
  const limits = given.limits && { ...given.limits, ...(cpuLimitMillis !== undefined && given.limits['cpu'] !== undefined && latest.state === 'running' ? { cpu: parseQuantity(`${cpuLimitMillis}m`).toString() } : {}), ...(memoryLimitBytes !== undefined && given.limits['memory'] !== undefined && latest.state === 'running' && parseQuantity(given.limits['memory']).value() !== memoryLimitBytes ? { memory: String(memoryLimitBytes) } : {}) };
  return { resources: { ...given, ...(limits ? { limits } : {}) }, ...(given.requests ? { allocatedResources: given.requests } : {}) };
}

/** models kubelet: MaxContainerTerminationMessageLength, …LogLength, …LogLines */
const MAX_MESSAGE = 4096;
const MAX_LOG_MESSAGE = 2048;
const MAX_LOG_LINES = 80;

function stateOf(status: ContainerStatus, container: Container, known: ContainerKnowledge): ContainerState {
  if (status.state === 'running') return { running: { startedAt: rfc3339(status.startedAt) } };
  if (status.state === 'created') return { waiting: { reason: 'ContainerCreating' } };
  const message = messageOf(status, container, known);
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason,
      ...(message ? { message } : {}),
      startedAt: status.startedAt === 0 ? '1970-01-01T00:00:00Z' : rfc3339(status.startedAt),
      finishedAt: rfc3339(status.finishedAt),
      containerID: `containerd://${status.id}`,
    },
  };
}

/** models kuberuntime: getTerminationMessage */
function messageOf(status: ContainerStatus, container: Container, known: ContainerKnowledge): string {
  const left = known.terminationMessage(status);
  if (left !== '') return (status.message ? `${status.message}: ` : '') + left.slice(-MAX_MESSAGE);
  if (status.message) return status.message;
  if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || status.exitCode === 0) return '';
  return known.logTail(status).split('\n').slice(-MAX_LOG_LINES - 1).join('\n').slice(-MAX_LOG_MESSAGE);
}

/** models pkg/kubelet: getPhase */
function phaseOf(pod: Stored<Pod>, init: readonly ApiContainerStatus[], main: readonly ApiContainerStatus[], isTerminal: boolean): string {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return pod.status.phase;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name));
  const regular = init.filter((status) => !sidecars.has(status.name));
  if (regular.some((status) => (status.state?.terminated?.exitCode ?? 0) !== 0 && policy === 'Never')) return isTerminal ? 'Failed' : 'Pending';
  if (regular.some((status) => status.state?.terminated?.exitCode !== 0)) return 'Pending';
  const ended = main.filter((status) => status.state?.terminated);
  const waitingNew = main.some((status) => status.state?.waiting && status.lastState?.terminated === undefined);
  if (waitingNew) return 'Pending';
  if (ended.length < main.length) return 'Running';
  // Only a Pod that is over for good says so: until its last container has stopped it is running.
  if (!isTerminal) return 'Running';
  return ended.every((status) => status.state!.terminated!.exitCode === 0) ? 'Succeeded' : 'Failed';
}

type Draft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

function conditionsOf(pod: Stored<Pod>, phase: string, init: readonly ApiContainerStatus[], main: readonly ApiContainerStatus[], { sandboxReady }: PodKnowledge): Draft[] {
  const isDone = phase === 'Succeeded';
  const unfinished = init.filter((status) => status.state?.terminated?.exitCode !== 0 && !(status.started && status.ready)).map((status) => status.name);
  const unready = main.filter((status) => !status.ready).map((status) => status.name);
  const gates = (pod.spec?.readinessGates ?? []).map((gate) => gate.conditionType).filter((type) => pod.status?.conditions?.find((condition) => condition.type === type)?.status !== 'True');
  const notReady = { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const ready: Draft = isDone || phase === 'Failed'
    ? { type: 'Ready', status: 'False', reason: phase === 'Failed' ? 'PodFailed' : 'PodCompleted' }
    : unready.length > 0 ? { type: 'Ready', status: 'False', ...notReady }
      : gates.length > 0 ? { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: `corresponding condition of pod readiness gate ${JSON.stringify(gates[0])} does not exist.` } : { type: 'Ready', status: 'True' };
  return [
    { type: 'PodReadyToStartContainers', status: sandboxReady ? 'True' : 'False' },
    unfinished.length > 0 ? { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${unfinished.join(' ')}]` } : { type: 'Initialized', status: 'True', ...(isDone ? { reason: 'PodCompleted' } : {}) },
    ready,
    { ...(ready.reason === 'ReadinessGatesNotReady' ? { status: 'True' } : ready), type: 'ContainersReady' },
    { type: 'PodScheduled', status: 'True' },
  ];
}
