import type { Clock } from '../../../base/clock/index.ts';
import type { Container, Pod, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import type { ContainerStatus } from '../../container-runtime/cri.ts';
import type { HookRunner } from './hooks.ts';
import { runHook } from './hooks.ts';

/** models kuberuntime: minimumGracePeriodInSeconds */
const LEAST_GRACE_S = 2;

export interface StopOptions extends HookRunner {
  readonly pod: Stored<Pod>;
  readonly container: Container;
  readonly status: ContainerStatus;
  readonly graceSeconds: number;
  readonly cause: Cause;
  /** Waits for others first: sidecars go after main containers. */
  readonly after?: Promise<unknown>;
  event(container: Container, type: 'Normal' | 'Warning', reason: string, message: string): void;
  readonly message: string;
}

/** preStop hook, stop signal, and SIGKILL when the grace period is over. models kuberuntime: killContainer */
export async function stopContainer(options: StopOptions): Promise<void> {
  const { pod, container, status, graceSeconds, cause, clock, runtime, event, message, after } = options;
  const startedAt = clock.now();
  event(container, 'Normal', 'Killing', message);
  const handler = container.lifecycle?.preStop;
  if (handler && graceSeconds > 0) {
    const running = runHook(options, container, status.id, pod.status?.podIP ?? '', handler).then(() => true, () => {
      event(container, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
      return false;
    });
    await atMost(clock, graceSeconds * 1000, running);
  }
  if (after) await atMost(clock, Math.max(0, graceSeconds * 1000 - (clock.now() - startedAt)), after);
  const used = Math.floor((clock.now() - startedAt) / 1000);
  const left = graceSeconds === 0 ? 0 : used > 0 || handler || after ? Math.max(LEAST_GRACE_S, graceSeconds - used) : graceSeconds;
  await runtime.stopContainer(status.id, left, cause);
}

/** Waits for something, but not for ever. */
async function atMost(clock: Clock, milliseconds: number, waiting: Promise<unknown>): Promise<void> {
  let timer: { dispose(): void } | undefined;
  const limit = new Promise<void>((resolve) => (timer = clock.schedule(milliseconds, resolve)));
  await Promise.race([waiting, limit]);
  timer?.dispose();
}

export interface StopAll extends Omit<StopOptions, 'container' | 'status' | 'message' | 'after' | 'graceSeconds'> {
  readonly containers: readonly ContainerStatus[];
  readonly graceSeconds: number | undefined;
  /** False: nothing is said about it. */
  readonly isSilent?: boolean;
}

/** Stops all that run: main containers at once, then sidecars from the last to the first. models kuberuntime: terminationOrdering */
export async function stopAllContainers(options: StopAll): Promise<void> {
  const { pod, containers } = options;
  const running = (name: string): ContainerStatus | undefined => containers.find((status) => status.state === 'running' && status.config.name === name);
  const grace = (container: Container): number => options.graceSeconds ?? graceOf(pod, container);
  const stop = (container: Container, after?: Promise<unknown>): Promise<void> => {
    const status = running(container.name);
    if (!status) return Promise.resolve();
    return stopContainer({ ...options, container, status, graceSeconds: grace(container), message: `Stopping container ${container.name}`, ...(after ? { after } : {}) });
  };
  const spec = pod.spec!;
  const plain = [...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[]), ...(spec.initContainers ?? []).filter((container) => container.restartPolicy !== 'Always')];
  const stopping: Promise<void>[] = plain.map((container) => stop(container));
  let before: Promise<unknown> = Promise.all(stopping);
  for (const container of (spec.initContainers ?? []).filter((candidate) => candidate.restartPolicy === 'Always').reverse()) {
    const own = stop(container, before);
    stopping.push(own);
    before = Promise.all([before, own]);
  }
  await Promise.all(stopping);
}

/** The grace period of a container that is stopped while its Pod goes on. */
export function graceOf(pod: Stored<Pod>, container: Container, probe?: 'liveness' | 'startup'): number {
  const own = probe === 'liveness' ? container.livenessProbe?.terminationGracePeriodSeconds : probe === 'startup' ? container.startupProbe?.terminationGracePeriodSeconds : undefined;
  return own ?? pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
}
