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
}

export interface PodKnowledge {
  readonly containers: ReadonlyMap<string, ContainerKnowledge>;
  readonly sandboxReady: boolean;
  readonly podIP: string | undefined;
  readonly hostIP: string;
  readonly startedAt: number;
  readonly now: number;
}

/** The whole status of a Pod as its kubelet writes it. models pkg/kubelet: generateAPIPodStatus */
export function podStatus(pod: Stored<Pod>, knowledge: PodKnowledge): PodStatus {
  const spec = pod.spec!;
  const now = rfc3339(knowledge.now);
  const statusOf = (container: Container): ApiContainerStatus => containerStatus(container, knowledge.containers.get(container.name), pod);
  const init = (spec.initContainers ?? []).map(statusOf);
  const main = spec.containers.map(statusOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const phase = phaseOf(pod, init, main);
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
    ...(pod.status?.qosClass ? { qosClass: pod.status.qosClass } : {}),
  };
}

function containerStatus(container: Container, known: ContainerKnowledge | undefined, pod: Stored<Pod>): ApiContainerStatus {
  const attempts = known?.attempts ?? [];
  const latest = attempts[attempts.length - 1];
  const previous = attempts[attempts.length - 2];
  const isWaiting = known?.waiting !== undefined && latest?.state !== 'running';
  const state = isWaiting ? { waiting: known.waiting } : latest ? stateOf(latest) : { waiting: { reason: (pod.spec?.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating' } };
  const last = isWaiting && latest?.state === 'exited' ? latest : previous;
  return {
    name: container.name,
    state: state as ContainerState,
    lastState: last?.state === 'exited' ? stateOf(last) : {},
    ready: known?.ready ?? false,
    restartCount: known?.restarts ?? 0,
    image: latest?.imageName ?? container.image!,
    imageID: latest?.imageRef ?? '',
    ...(latest ? { containerID: `containerd://${latest.id}` } : {}),
    started: known?.started ?? false,
    ...(latest && container.resources && Object.keys(container.resources).length > 0 ? { resources: container.resources, ...(container.resources.requests ? { allocatedResources: container.resources.requests } : {}) } : latest ? { resources: {} } : {}),
    ...((container.volumeMounts ?? []).length > 0 && latest
      ? { volumeMounts: container.volumeMounts!.map(({ name, mountPath, readOnly }) => ({ name, mountPath, ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}) })) }
      : {}),
    ...(latest ? { user: { linux: { uid: latest.config.securityContext.runAsUser ?? 0, gid: latest.config.securityContext.runAsGroup ?? 0, supplementalGroups: [latest.config.securityContext.runAsGroup ?? 0] } } } : {}),
  };
}

function stateOf(status: ContainerStatus): ContainerState {
  if (status.state === 'running') return { running: { startedAt: rfc3339(status.startedAt) } };
  if (status.state === 'created') return { waiting: { reason: 'ContainerCreating' } };
  return {
    terminated: {
      exitCode: status.exitCode,
      reason: status.reason,
      ...(status.message ? { message: status.message } : {}),
      startedAt: status.startedAt === 0 ? '1970-01-01T00:00:00Z' : rfc3339(status.startedAt),
      finishedAt: rfc3339(status.finishedAt),
      containerID: `containerd://${status.id}`,
    },
  };
}

/** models pkg/kubelet: getPhase */
function phaseOf(pod: Stored<Pod>, init: readonly ApiContainerStatus[], main: readonly ApiContainerStatus[]): string {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return pod.status.phase;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name));
  const regular = init.filter((status) => !sidecars.has(status.name));
  if (regular.some((status) => (status.state?.terminated?.exitCode ?? 0) !== 0 && policy === 'Never')) return 'Failed';
  if (regular.some((status) => status.state?.terminated?.exitCode !== 0)) return 'Pending';
  const ended = main.filter((status) => status.state?.terminated);
  const waitingNew = main.some((status) => status.state?.waiting && status.lastState?.terminated === undefined);
  if (waitingNew) return 'Pending';
  if (ended.length < main.length || policy === 'Always') return 'Running';
  if (ended.every((status) => status.state!.terminated!.exitCode === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
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
