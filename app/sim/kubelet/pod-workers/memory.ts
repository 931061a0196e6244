import type { WorkerContainerView } from '../../../contracts/inspection/index.ts';
import type { Container, Pod } from '../../../contracts/k8s/index.ts';
import type { ImageState } from '../images/image-manager.ts';
import type { Prober } from '../probes/prober.ts';

/** models kubelet: containerBackOff (10 s, doubling, 5 min; forgotten after 10 min of running) */
const FIRST_BACKOFF_MS = 10_000;
const LAST_BACKOFF_MS = 300_000;
const BACKOFF_RESET_MS = 600_000;

/** What a worker remembers of one container besides what the runtime knows. */
export interface ContainerMemory {
  backoffMs: number;
  /** No start before this time. */
  notBefore: number;
  /** Why the last try to start it failed. Shows in the status from the next turn on. models kubelet: reasonCache */
  waiting: { reason: string; message?: string } | undefined;
  ready: boolean;
  started: boolean;
  prober: Prober | undefined;
  proberOf: string | undefined;
  /** A probe said that it must be restarted. */
  failedProbe: 'liveness' | 'startup' | undefined;
  /** Containers whose end was taken into account already. */
  readonly counted: Set<string>;
  readonly image: ImageState;
}

export function newMemory(): ContainerMemory {
  return { backoffMs: 0, notBefore: 0, waiting: undefined, ready: false, started: false, prober: undefined, proberOf: undefined, failedProbe: undefined, counted: new Set(), image: { failures: 0, retryAt: 0, message: '' } };
}

/** For the inspector: what holds a container back, and what its probes say. */
export function describeMemory(name: string, { ready, waiting, notBefore, image, prober }: ContainerMemory, now: number): WorkerContainerView {
  return {
    name, ready, probes: prober?.report() ?? [], ...(waiting ? { waiting: waiting.reason } : {}),
    ...(waiting && notBefore > now ? { nextStartAt: notBefore } : {}), ...(waiting && image.retryAt > now ? { nextPullAt: image.retryAt } : {}),
  };
}

/** A container ended: the first restart is at once, back-off begins with the second. */
export function countEnd(memory: ContainerMemory, id: string, startedAt: number, finishedAt: number): void {
  if (memory.counted.has(id)) return;
  const isFirst = memory.counted.size === 0;
  memory.counted.add(id);
  const ranLong = startedAt > 0 && finishedAt - startedAt > BACKOFF_RESET_MS;
  memory.backoffMs = isFirst || ranLong ? 0 : memory.backoffMs === 0 ? FIRST_BACKOFF_MS : Math.min(memory.backoffMs * 2, LAST_BACKOFF_MS);
  memory.notBefore = finishedAt + memory.backoffMs;
}

export type ContainerKind = 'init' | 'sidecar' | 'main' | 'ephemeral';

export interface KnownContainer {
  readonly container: Container;
  readonly kind: ContainerKind;
}

/** All containers of a Pod in the order in which they start. */
export function containersOf({ spec }: Pick<Pod, 'spec'>): KnownContainer[] {
  return [
    ...(spec?.initContainers ?? []).map((container): KnownContainer => ({ container, kind: container.restartPolicy === 'Always' ? 'sidecar' : 'init' })),
    ...(spec?.containers ?? []).map((container): KnownContainer => ({ container, kind: 'main' })),
    ...(spec?.ephemeralContainers ?? []).map((container): KnownContainer => ({ container: container as Container, kind: 'ephemeral' })),
  ];
}
