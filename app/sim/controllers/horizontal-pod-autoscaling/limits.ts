import type { V2HorizontalPodAutoscaler, V2HPAScalingRules, Stored } from '../../../contracts/k8s/index.ts';
import type { AutoscalerStatus } from './conditions.ts';

/** models --horizontal-pod-autoscaler-downscale-stabilization */
const STABILIZATION_MS = 5 * 60_000;
const FASTER = 'the desired replica count is increasing faster than the maximum scale rate';
const SLOWER = 'the desired replica count is decreasing faster than the maximum scale rate';
const TOO_MANY = ['TooManyReplicas', 'the desired replica count is more than the maximum replica count'] as const;
const TOO_FEW = ['TooFewReplicas', 'the desired replica count is less than the minimum replica count'] as const;

interface Memory {
  recommendations: { readonly replicas: number; readonly at: number }[];
  changes: { readonly change: number; readonly at: number }[];
}

/** What was recommended and done lately, for each autoscaler: how far it may go now follows from it. */
export class ScaleLimits {
  readonly #memory = new Map<string, Memory>();

  forget(key: string): void {
    this.#memory.delete(key);
  }

  noteChange(key: string, change: number, now: number): void {
    this.#of(key).changes.push({ change, at: now });
  }

  /** models normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors */
  normalize(key: string, autoscaler: Stored<V2HorizontalPodAutoscaler>, current: number, desired: number, status: AutoscalerStatus, now: number): number {
    const { behavior, minReplicas = 1, maxReplicas } = autoscaler.spec;
    const memory = this.#of(key);
    if (memory.recommendations.length === 0) memory.recommendations.push({ replicas: current, at: now });
    const upWindow = (behavior?.scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
    const downWindow = behavior?.scaleDown?.stabilizationWindowSeconds === undefined ? STABILIZATION_MS : behavior.scaleDown.stabilizationWindowSeconds * 1000;
    const within = (window: number): number[] => memory.recommendations.filter(({ at }) => at > now - window).map(({ replicas }) => replicas);
    const lowest = Math.min(desired, ...within(upWindow));
    const highest = Math.max(desired, ...within(downWindow));
    const stable = behavior ? Math.min(Math.max(current, lowest), highest) : highest;
    memory.recommendations = [...memory.recommendations.filter(({ at }) => at > now - Math.max(upWindow, downWindow)), { replicas: desired, at: now }];
    if (stable === desired) status.set('AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size');
    else if (stable > desired) status.set('AbleToScale', true, 'ScaleDownStabilized', 'recent recommendations were higher than current one, applying the highest recent recommendation');
    else status.set('AbleToScale', true, 'ScaleUpStabilized', 'recent recommendations were lower than current one, applying the lowest recent recommendation');
    const [replicas, reason, message] = behavior
      ? byRules(current, stable, minReplicas, maxReplicas, (rules) => this.#allowed(memory, rules, current, now), behavior)
      : byDefault(current, stable, minReplicas, maxReplicas);
    status.set('ScalingLimited', replicas !== stable, reason, message);
    return replicas;
  }

  #of(key: string): Memory {
    let memory = this.#memory.get(key);
    if (!memory) this.#memory.set(key, (memory = { recommendations: [], changes: [] }));
    return memory;
  }

  /** How far the policies let it go, up or down. models calculateScaleUpLimitWithScalingRules and its like */
  #allowed(memory: Memory, { rules, up }: { rules: Readonly<V2HPAScalingRules>; up: boolean }, current: number, now: number): number {
    if (rules.selectPolicy === 'Disabled') return current;
    const proposals = (rules.policies ?? []).map(({ type, value, periodSeconds }) => {
      const start = current - memory.changes.filter(({ at }) => at > now - periodSeconds * 1000).reduce((sum, { change }) => sum + change, 0);
      if (type === 'Pods') return up ? start + value : start - value;
      return up ? Math.ceil(start * (1 + value / 100)) : Math.floor(start * (1 - value / 100));
    });
    const farthest = (rules.selectPolicy === 'Min') !== up;
    const limit = farthest ? Math.max(...proposals) : Math.min(...proposals);
    return up ? Math.max(limit, current) : Math.min(limit, current);
  }
}

type Verdict = readonly [replicas: number, reason: string, message: string];
const WITHIN = ['DesiredWithinRange', 'the desired count is within the acceptable range'] as const;

/** models convertDesiredReplicasWithRules */
function byDefault(current: number, desired: number, min: number, max: number): Verdict {
  const rate = Math.max(2 * current, 4);
  if (desired < min) return [min, ...TOO_FEW];
  if (desired > Math.min(rate, max)) return max > rate ? [rate, 'ScaleUpLimit', FASTER] : [max, ...TOO_MANY];
  return [desired, ...WITHIN];
}

/** models convertDesiredReplicasWithBehaviorRate */
function byRules(current: number, desired: number, min: number, max: number, allowed: (direction: { rules: Readonly<V2HPAScalingRules>; up: boolean }) => number, behavior: NonNullable<V2HorizontalPodAutoscaler['spec']['behavior']>): Verdict {
  if (desired > current) {
    const rate = allowed({ rules: behavior.scaleUp ?? {}, up: true });
    if (desired > Math.min(rate, max)) return max > rate ? [rate, 'ScaleUpLimit', FASTER] : [max, ...TOO_MANY];
  } else if (desired < current) {
    const rate = allowed({ rules: behavior.scaleDown ?? {}, up: false });
    if (desired < Math.max(rate, min)) return min < rate ? [rate, 'ScaleDownLimit', SLOWER] : [min, ...TOO_FEW];
  }
  return [desired, ...WITHIN];
}
