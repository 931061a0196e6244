import { parseTime } from '../../../base/clock/index.ts';
import type { ContainerStatus, Pod } from '../../../contracts/k8s/index.ts';
import type { PrintContext } from '../definition.ts';
import { humanDuration } from './ages.ts';

export interface PodSummary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
}

interface Tally {
  reason: string;
  ready: number;
  total: number;
  restarts: number;
  sidecarRestarts: number;
  lastRestart: number;
  lastSidecarRestart: number;
  initializing: boolean;
}

/** READY, STATUS and RESTARTS of `kubectl get pods`: models pkg/printers/internalversion: printPod */
export function summarizePod(pod: Readonly<Pod>, { now }: PrintContext): PodSummary {
  const spec = pod.spec;
  const status = pod.status ?? {};
  const sidecars = new Set((spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always').map((container) => container.name));
  const gated = status.conditions?.some((condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated');
  const tally: Tally = {
    reason: gated ? 'SchedulingGated' : status.reason || status.phase || '',
    ready: 0,
    total: (spec?.containers?.length ?? 0) + sidecars.size,
    restarts: 0,
    sidecarRestarts: 0,
    lastRestart: 0,
    lastSidecarRestart: 0,
    initializing: false,
  };
  tallyInitContainers(pod, sidecars, tally);
  const initialized = status.conditions?.some((condition) => condition.type === 'Initialized' && condition.status === 'True');
  if (!tally.initializing || initialized) tallyContainers(pod, tally);
  if (pod.metadata?.deletionTimestamp) {
    if (status.reason === 'NodeLost') tally.reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') tally.reason = 'Terminating';
  }
  const since = tally.restarts > 0 && tally.lastRestart > 0 ? ` (${humanDuration(now - tally.lastRestart)} ago)` : '';
  return { ready: `${tally.ready}/${tally.total}`, status: tally.reason, restarts: `${tally.restarts}${since}` };
}

function lastTermination(status: ContainerStatus): number {
  const finished = status.lastState?.terminated?.finishedAt;
  return finished ? parseTime(finished) : 0;
}

function tallyInitContainers(pod: Readonly<Pod>, sidecars: ReadonlySet<string>, tally: Tally): void {
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(status.name);
    tally.restarts += status.restartCount;
    tally.lastRestart = Math.max(tally.lastRestart, lastTermination(status));
    if (isSidecar) {
      tally.sidecarRestarts += status.restartCount;
      tally.lastSidecarRestart = Math.max(tally.lastSidecarRestart, lastTermination(status));
    }
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0 && terminated) continue;
    if (isSidecar && status.started) {
      if (status.ready) tally.ready++;
      continue;
    }
    if (terminated) {
      if (terminated.reason) tally.reason = `Init:${terminated.reason}`;
      else tally.reason = terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`;
    } else if (waiting?.reason && waiting.reason !== 'PodInitializing') {
      tally.reason = `Init:${waiting.reason}`;
    } else {
      tally.reason = `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`;
    }
    tally.initializing = true;
    return;
  }
}

function tallyContainers(pod: Readonly<Pod>, tally: Tally): void {
  tally.restarts = tally.sidecarRestarts;
  tally.lastRestart = tally.lastSidecarRestart;
  let hasRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    tally.restarts += status.restartCount;
    tally.lastRestart = Math.max(tally.lastRestart, lastTermination(status));
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) tally.reason = waiting.reason;
    else if (terminated?.reason) tally.reason = terminated.reason;
    else if (terminated) tally.reason = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
    else if (status.ready && running) {
      hasRunning = true;
      tally.ready++;
    }
  }
  if (tally.reason !== 'Completed' || !hasRunning) return;
  const isReady = pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  tally.reason = isReady ? 'Running' : 'NotReady';
}
