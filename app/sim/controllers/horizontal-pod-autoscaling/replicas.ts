import { parseTime } from '../../../base/clock/index.ts';
import type { Pod, Stored } from '../../../contracts/k8s/index.ts';
import { parseQuantity } from '../../machinery/quantity.ts';

/** models --horizontal-pod-autoscaler-cpu-initialization-period and -initial-readiness-delay */
const CPU_INITIALIZATION_MS = 5 * 60_000;
const INITIAL_READINESS_MS = 30_000;

/** One Pod's use of a resource, in thousandths. */
export interface Usage {
  readonly value: number;
  readonly at: number;
  readonly windowMs: number;
}

export interface Proposal {
  readonly replicas: number;
  /** Percent of the requests; undefined for a plain value. */
  readonly utilization?: number;
  readonly averageMillis: number;
}

export interface Target {
  readonly resource: string;
  readonly container?: string;
  readonly utilization?: number;
  readonly averageMillis?: number;
  readonly tolerance: { readonly up: number; readonly down: number };
}

/**
 * How many Pods bring the use to its target. Pods that are starting do not count upwards, Pods without numbers count
 * against the change.
 *
 * models podautoscaler/replica_calculator.go: GetResourceReplicas, GetRawResourceReplicas
 */
export function proposeReplicas(current: number, pods: readonly Stored<Pod>[], usage: ReadonlyMap<string, Usage>, target: Target, now: number): Proposal {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const groups = groupPods(pods, usage, target.resource, now);
  const metrics = new Map([...usage].filter(([name]) => groups.ready.has(name)).map(([name, { value }]) => [name, value]));
  if (metrics.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const goals = target.utilization === undefined ? undefined : podRequests(pods, target);
  const measure = (): { ratio: number; utilization: number; averageMillis: number } => measureUse(metrics, goals, target);
  const first = measure();
  const found = { ...(goals ? { utilization: first.utilization } : {}), averageMillis: first.averageMillis };
  const isWithin = (ratio: number): boolean => (ratio > 1 ? ratio - 1 <= target.tolerance.up : 1 - ratio <= target.tolerance.down);
  const growsUnready = groups.unready.size > 0 && first.ratio > 1;
  if (!growsUnready && groups.missing.size === 0) return { replicas: isWithin(first.ratio) ? current : Math.ceil(round(first.ratio * groups.ready.size)), ...found };
  for (const name of groups.missing) {
    const full = goals ? Math.floor(((goals.get(name) ?? 0) * Math.max(100, target.utilization!)) / 100) : target.averageMillis!;
    metrics.set(name, first.ratio < 1 ? full : 0);
  }
  if (growsUnready) for (const name of groups.unready) metrics.set(name, 0);
  const second = measure().ratio;
  const replicas = Math.ceil(round(second * metrics.size));
  const turnsBack = (first.ratio < 1 && second > 1) || (first.ratio > 1 && second < 1);
  if (isWithin(second) || turnsBack || (second < 1 && replicas > current) || (second > 1 && replicas < current)) return { replicas: current, ...found };
  return { replicas, ...found };
}

/** Products of ratios should not be a hair above a whole number. */
const round = (value: number): number => Math.round(value * 1e9) / 1e9;

/** models GetResourceUtilizationRatio, GetMetricUsageRatio */
function measureUse(metrics: ReadonlyMap<string, number>, requests: ReadonlyMap<string, number> | undefined, target: Target): { ratio: number; utilization: number; averageMillis: number } {
  const total = [...metrics.values()].reduce((sum, value) => sum + value, 0);
  const averageMillis = Math.floor(total / metrics.size);
  if (!requests) return { ratio: averageMillis / target.averageMillis!, utilization: 0, averageMillis };
  const requested = [...metrics.keys()].reduce((sum, name) => sum + (requests.get(name) ?? 0), 0);
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.floor((total * 100) / requested);
  return { ratio: utilization / target.utilization!, utilization, averageMillis };
}

/** models calculatePodRequests */
function podRequests(pods: readonly Stored<Pod>[], { resource, container }: Target): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    let sum = 0;
    for (const { name, resources } of spec?.containers ?? []) {
      if (container !== undefined && container !== name) continue;
      const request = resources?.requests?.[resource];
      if (request === undefined) throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
      sum += Number(parseQuantity(request).nano / 1_000_000n);
    }
    requests.set(metadata.name, sum);
  }
  return requests;
}

/** models groupPods */
function groupPods(pods: readonly Stored<Pod>[], usage: ReadonlyMap<string, Usage>, resource: string, now: number): { ready: Set<string>; unready: Set<string>; missing: Set<string> } {
  const groups = { ready: new Set<string>(), unready: new Set<string>(), missing: new Set<string>() };
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp || pod.status?.phase === 'Failed') continue;
    const used = usage.get(name);
    if (pod.status?.phase === 'Pending') groups.unready.add(name);
    else if (!used) groups.missing.add(name);
    else (resource === 'cpu' && isStarting(pod, used, now) ? groups.unready : groups.ready).add(name);
  }
  return groups;
}

/** What a Pod burns while it starts says nothing about its load. */
function isStarting({ status }: Stored<Pod>, { at, windowMs }: Usage, now: number): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  if (!condition || !status?.startTime) return true;
  const start = parseTime(status.startTime);
  const change = condition.lastTransitionTime ? parseTime(condition.lastTransitionTime) : 0;
  if (start + CPU_INITIALIZATION_MS > now) return condition.status === 'False' || at < change + windowMs;
  return condition.status === 'False' && start + INITIAL_READINESS_MS > change;
}
