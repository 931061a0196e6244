import { rfc3339 } from '../../../base/clock/index.ts';
import type { V2HorizontalPodAutoscaler, V2HorizontalPodAutoscalerCondition, V2HorizontalPodAutoscalerStatus, V2MetricStatus, Stored } from '../../../contracts/k8s/index.ts';

/** The status that one turn works out. */
export class AutoscalerStatus {
  #conditions: V2HorizontalPodAutoscalerCondition[];
  readonly #before: Partial<V2HorizontalPodAutoscalerStatus>;
  readonly #now: number;

  constructor(autoscaler: Stored<V2HorizontalPodAutoscaler>, now: number) {
    this.#before = autoscaler.status ?? {};
    this.#conditions = [...(this.#before.conditions ?? [])];
    this.#now = now;
  }

  /** models setConditionInList */
  set(type: 'AbleToScale' | 'ScalingActive' | 'ScalingLimited', isTrue: boolean, reason: string, message: string): void {
    const status = isTrue ? 'True' : 'False';
    const known = this.#conditions.find((condition) => condition.type === type);
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime! : rfc3339(this.#now);
    const next = { type, status, lastTransitionTime, reason, message };
    this.#conditions = known ? this.#conditions.map((condition) => (condition === known ? next : condition)) : [...this.#conditions, next];
  }

  /** Only what the conditions say is new. */
  unchanged(): V2HorizontalPodAutoscalerStatus {
    return { desiredReplicas: 0, ...this.#before, conditions: this.#conditions };
  }

  /** @param desired undefined: as before */
  result(current: number, desired: number | undefined, metrics: readonly V2MetricStatus[], rescaled: boolean): V2HorizontalPodAutoscalerStatus {
    return {
      ...(this.#before.lastScaleTime || rescaled ? { lastScaleTime: rescaled ? rfc3339(this.#now) : this.#before.lastScaleTime! } : {}),
      currentReplicas: current, desiredReplicas: desired ?? this.#before.desiredReplicas ?? 0, currentMetrics: [...metrics], conditions: this.#conditions,
    };
  }
}
