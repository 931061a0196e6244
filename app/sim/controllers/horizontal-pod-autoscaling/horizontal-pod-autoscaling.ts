import type { Scale, Stored, V2HorizontalPodAutoscaler, V2HorizontalPodAutoscalerStatus, V2MetricStatus } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { horizontalPodAutoscalers, pods } from '../../client/resource-types.ts';
import { parseSelector } from '../../machinery/labels.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { AutoscalerStatus } from './conditions.ts';
import { ScaleLimits } from './limits.ts';
import { judgeMetric, MetricError } from './metrics.ts';
import { findScaleTarget } from './scale-target.ts';

/** models --horizontal-pod-autoscaler-sync-period */
const PERIOD_MS = 15_000;

/** Makes Deployments and their like as big as their load asks for. models pkg/controller/podautoscaler */
export const horizontalPodAutoscalingController: Controller = {
  name: 'horizontal-pod-autoscaling',
  serviceAccount: 'horizontal-pod-autoscaler',
  start(context) {
    const worker = new AutoscalingWorker(context);
    const loop = new ControlLoop('horizontal-pod-autoscaling', context.clock, worker, 5);
    context.informers.of(horizontalPodAutoscalers).handle({
      onAdd: (autoscaler, cause) => (worker.note(autoscaler), loop.queue.addAfter(keyOf(autoscaler), PERIOD_MS, cause)),
      onUpdate: (autoscaler, _, cause) => loop.queue.addAfter(keyOf(autoscaler), PERIOD_MS, cause),
      onDelete: (autoscaler) => worker.forget(keyOf(autoscaler)),
    });
    context.informers.of(pods);
    return loop;
  },
};

class AutoscalingWorker implements Reconciler {
  readonly #context: ControllerContext;
  readonly #limits = new ScaleLimits();
  /** key → selector of its target, to find two autoscalers on the same Pods. */
  readonly #selectors = new Map<string, string>();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  note(autoscaler: Stored<V2HorizontalPodAutoscaler>): void {
    this.#selectors.delete(keyOf(autoscaler));
  }

  forget(key: string): void {
    this.#limits.forget(key);
    this.#selectors.delete(key);
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs: number } | void> {
    const autoscaler = this.#context.informers.of(horizontalPodAutoscalers).get(key);
    if (!autoscaler) return this.forget(key);
    // Whatever came out: again after the period.
    await this.#autoscale(key, autoscaler, cause).catch(() => {});
    return { requeueAfterMs: PERIOD_MS };
  }

  /** models reconcileAutoscaler */
  async #autoscale(key: string, autoscaler: Stored<V2HorizontalPodAutoscaler>, cause: Cause): Promise<void> {
    const { clock, client } = this.#context;
    const status = new AutoscalerStatus(autoscaler, clock.now());
    let target: Awaited<ReturnType<typeof findScaleTarget>>;
    try {
      target = await findScaleTarget(client, autoscaler);
    } catch (error) {
      const { message } = error as Error;
      this.#event(autoscaler, 'Warning', 'FailedGetScale', message, cause);
      status.set('AbleToScale', false, 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`);
      return this.#write(autoscaler, status.unchanged(), cause);
    }
    status.set('AbleToScale', true, 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
    const { scale, path } = target;
    const current = scale.spec?.replicas ?? 0;
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    if (current === 0 && minReplicas !== 0) {
      status.set('ScalingActive', false, 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
      return this.#write(autoscaler, status.result(current, 0, [], false), cause);
    }
    if (current > maxReplicas) return this.#rescale(key, autoscaler, status, { scale, path, to: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas', metrics: [] }, cause);
    if (current < minReplicas) return this.#rescale(key, autoscaler, status, { scale, path, to: minReplicas, reason: 'Current number of replicas below Spec.MinReplicas', metrics: [] }, cause);
    const found = await this.#judge(key, autoscaler, scale, status, cause);
    if (found.replicas === undefined) {
      await this.#write(autoscaler, status.result(current, undefined, found.metrics, false), cause);
      return this.#event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', found.error!, cause);
    }
    const to = this.#limits.normalize(key, autoscaler, current, found.replicas, status, clock.now());
    if (to === current) return this.#write(autoscaler, status.result(current, current, found.metrics, false), cause);
    const reason = found.replicas > current ? `${found.name} above target` : 'All metrics below target';
    await this.#rescale(key, autoscaler, status, { scale, path, to, reason, metrics: found.metrics }, cause);
  }

  /** The highest proposal of all metrics. models computeReplicasForMetrics */
  async #judge(key: string, autoscaler: Stored<V2HorizontalPodAutoscaler>, scale: Stored<Scale>, status: AutoscalerStatus, cause: Cause): Promise<{ replicas?: number; name?: string; metrics: V2MetricStatus[]; error?: string }> {
    const specs = autoscaler.spec.metrics ?? [];
    const metrics: V2MetricStatus[] = specs.map(() => ({ type: '' }));
    const selector = scale.status?.selector ?? '';
    const unusable = this.#checkSelector(key, autoscaler, selector, status, cause);
    if (unusable) return { metrics: [], error: unusable };
    const current = scale.spec?.replicas ?? 0;
    let best: { replicas: number; name: string } | undefined;
    const errors: MetricError[] = [];
    for (const [index, metric] of specs.entries()) {
      try {
        const result = await judgeMetric(this.#context, autoscaler, metric, selector, current, cause);
        metrics[index] = result.status;
        if (!best || result.replicas > best.replicas) best = result;
      } catch (error) {
        if (!(error instanceof MetricError)) throw error;
        this.#event(autoscaler, 'Warning', error.reason, error.detail, cause);
        errors.push(error);
      }
    }
    const [first] = errors;
    if (first && (errors.length >= specs.length || (best && best.replicas < current))) {
      status.set('ScalingActive', false, first.reason, `the HPA was unable to compute the replica count: ${first.detail}`);
      return { metrics, error: `invalid metrics (${errors.length} invalid out of ${specs.length}), first error is: ${first.message}` };
    }
    status.set('ScalingActive', true, 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${best!.name}`);
    return { ...best!, metrics };
  }

  /** models validateAndParseSelector */
  #checkSelector(key: string, autoscaler: Stored<V2HorizontalPodAutoscaler>, selector: string, status: AutoscalerStatus, cause: Cause): string | undefined {
    const { namespace } = autoscaler.metadata;
    if (selector === '') {
      this.#event(autoscaler, 'Warning', 'SelectorRequired', 'selector is required', cause);
      status.set('ScalingActive', false, 'InvalidSelector', "the HPA target's scale is missing a selector");
      return 'selector is required';
    }
    this.#selectors.set(key, selector);
    const mine = this.#selected(namespace!, selector);
    const rivals = [...this.#selectors].filter(([other, text]) => other === key || (other.startsWith(`${namespace}/`) && this.#selected(namespace!, text).some((name) => mine.includes(name))));
    if (rivals.length <= 1) return undefined;
    const message = `pods by selector ${selector} are controlled by multiple HPAs: [${rivals.map(([other]) => other).sort().join(' ')}]`;
    this.#event(autoscaler, 'Warning', 'AmbiguousSelector', message, cause);
    status.set('ScalingActive', false, 'AmbiguousSelector', message);
    return message;
  }

  #selected(namespace: string, selector: string): string[] {
    const matcher = parseSelector(selector);
    return this.#context.informers.of(pods).inNamespace(namespace).filter(({ metadata }) => matcher.matches(metadata.labels)).map(({ metadata }) => metadata.name);
  }

  async #rescale(key: string, autoscaler: Stored<V2HorizontalPodAutoscaler>, status: AutoscalerStatus, { scale, path, to, reason, metrics }: { scale: Stored<Scale>; path: string; to: number; reason: string; metrics: readonly V2MetricStatus[] }, cause: Cause): Promise<void> {
    const { client, clock } = this.#context;
    const current = scale.spec?.replicas ?? 0;
    try {
      await client.transport.send({ method: 'PUT', path, body: { ...scale, spec: { ...scale.spec, replicas: to } }, cause });
    } catch (error) {
      const { message } = error as Error;
      this.#event(autoscaler, 'Warning', 'FailedRescale', `New size: ${to}; reason: ${reason}; error: ${message}`, cause);
      status.set('AbleToScale', false, 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${message}`);
      return this.#write(autoscaler, status.result(current, undefined, metrics, false), cause);
    }
    status.set('AbleToScale', true, 'SucceededRescale', `the HPA controller was able to update the target scale to ${to}`);
    this.#event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${to}; reason: ${reason}`, cause);
    this.#limits.noteChange(key, to - current, clock.now());
    await this.#write(autoscaler, status.result(current, to, metrics, true), cause);
  }

  async #write(autoscaler: Stored<V2HorizontalPodAutoscaler>, status: V2HorizontalPodAutoscalerStatus, cause: Cause): Promise<void> {
    if (!deepEqual(status, autoscaler.status)) await this.#context.client.update(horizontalPodAutoscalers, { ...autoscaler, status }, cause, 'status');
  }

  #event({ metadata }: Stored<V2HorizontalPodAutoscaler>, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.#context.events.event({ kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2', metadata }, type, reason, message, cause);
  }
}
