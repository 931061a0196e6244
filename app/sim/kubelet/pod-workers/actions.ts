import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';
import { containersOf, type ContainerMemory, type KnownContainer } from './memory.ts';

export const HASH_LABEL = 'io.kubernetes.container.hash';

export interface PodActions {
  /** All is over: the Pod's containers are to be stopped. */
  readonly killPod: boolean;
  readonly kill: readonly { readonly container: Container; readonly status: ContainerStatus; readonly message: string }[];
  readonly start: readonly KnownContainer[];
}

export interface PodFacts {
  readonly pod: Stored<Pod>;
  readonly containers: readonly ContainerStatus[];
  memory(name: string): ContainerMemory;
  /** In-place resizing wants these stopped and started again. */
  readonly restartForResize: ReadonlySet<string>;
}

export function latestOf(containers: readonly ContainerStatus[], name: string): ContainerStatus | undefined {
  let latest: ContainerStatus | undefined;
  for (const status of containers) if (status.config.name === name && (!latest || status.config.attempt > latest.config.attempt)) latest = status;
  return latest;
}

/** What identifies a container's wish: of what may change in a running Pod, its image. */
export function containerHash({ image }: Container): string {
  return image ?? '';
}

/** models pkg/kubelet/container: ShouldContainerBeRestarted, and container restart rules */
export function wantsRestart(pod: Stored<Pod>, { container, kind }: KnownContainer, latest: ContainerStatus): boolean {
  if (latest.state === 'created' || latest.state === 'running') return false;
  if (kind === 'ephemeral') return false;
  if (kind === 'sidecar') return true;
  const rules = container.restartPolicyRules ?? [];
  for (const { action, exitCodes } of rules) {
    const isIn = (exitCodes?.values ?? []).includes(latest.exitCode);
    if ((exitCodes?.operator === 'NotIn') !== isIn) return action === 'Restart' || action === 'RestartAllContainers';
  }
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (kind === 'init') return latest.exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && latest.exitCode !== 0);
}

/** What is to be done next with the containers of a running sandbox. models kuberuntime: computePodActions */
export function podActions(facts: PodFacts): PodActions {
  const { pod, containers } = facts;
  const all = containersOf(pod);
  const kill: { container: Container; status: ContainerStatus; message: string }[] = [];
  const start: KnownContainer[] = [];
  const init = initStep(facts, all, kill, start);
  if (init === 'failed') return { killPod: true, kill: [], start: [] };
  if (init === 'waiting') return { killPod: false, kill, start: [...start, ...ephemeralToStart(all, containers)] };
  let alive = 0;
  for (const known of all.filter(({ kind }) => kind === 'main')) {
    const latest = latestOf(containers, known.container.name);
    if (!latest) {
      start.push(known);
      alive++;
    } else if (latest.state !== 'running') {
      if (latest.state === 'created' || wantsRestart(pod, known, latest)) {
        alive++;
        if (latest.state !== 'created') start.push(known);
      }
    } else {
      alive++;
      const message = reasonToKill(facts, known.container, latest);
      if (message) kill.push({ container: known.container, status: latest, message });
    }
  }
  if (alive === 0) return { killPod: true, kill: [], start: [] };
  return { killPod: false, kill, start: [...start, ...ephemeralToStart(all, containers)] };
}

/** Init containers one after the other; a sidecar only has to have started. */
function initStep(facts: PodFacts, all: readonly KnownContainer[], kill: { container: Container; status: ContainerStatus; message: string }[], start: KnownContainer[]): 'done' | 'waiting' | 'failed' {
  const mainsBegan = all.some(({ container, kind }) => kind === 'main' && latestOf(facts.containers, container.name));
  for (const known of all.filter(({ kind }) => kind === 'init' || kind === 'sidecar')) {
    const { container, kind } = known;
    const latest = latestOf(facts.containers, container.name);
    if (kind === 'init') {
      if (mainsBegan || (latest?.state === 'exited' && latest.exitCode === 0)) continue;
      if (latest?.state === 'running' || latest?.state === 'created') return 'waiting';
      if (latest && !wantsRestart(facts.pod, known, latest)) return 'failed';
      start.push(known);
      return 'waiting';
    }
    if (latest?.state === 'running') {
      const message = reasonToKill(facts, container, latest);
      if (message) kill.push({ container, status: latest, message });
      if (!mainsBegan && !facts.memory(container.name).started) return 'waiting';
      continue;
    }
    if (latest?.state !== 'created') start.push(known);
    if (!mainsBegan) return 'waiting';
  }
  return 'done';
}

function reasonToKill({ memory, restartForResize }: PodFacts, container: Container, latest: ContainerStatus): string | undefined {
  const known = latest.config.labels[HASH_LABEL];
  if (known !== undefined && known !== containerHash(container)) return `Container ${container.name} definition changed, will be restarted`;
  const { failedProbe } = memory(container.name);
  if (failedProbe) return `Container ${container.name} failed ${failedProbe} probe, will be restarted`;
  return restartForResize.has(container.name) ? `Container ${container.name} resize requires restart` : undefined;
}

function ephemeralToStart(all: readonly KnownContainer[], containers: readonly ContainerStatus[]): KnownContainer[] {
  return all.filter(({ container, kind }) => kind === 'ephemeral' && !latestOf(containers, container.name));
}
