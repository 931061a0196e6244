import type { Job, Pod, PodTemplateSpec, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { keyOf } from '../../machinery/objects.ts';
import type { ControllerContext } from '../context.ts';
import type { Expectations } from '../expectations.ts';
import { isNamespaceTerminating, PodControl, slowStartBatch } from '../pod-control.ts';
import { deletionOrder, isActive, isReady } from '../pods.ts';
import { failureAnnotations, indexWaitMs } from './backoff.ts';
import { INDEX, indexOf, isIndexed, isSuspended, TRACKING, waitsForFailure } from './conditions.ts';
import type { Tally } from './count.ts';

/** No more Pods than this in one turn. models MaxPodCreateDeletePerSync */
const BURST = 500;

export interface Managed {
  /** How many Pods are active and ready afterwards, as far as known. */
  readonly active: number;
  readonly ready: number;
  readonly waitMs?: number;
  readonly error?: unknown;
}

/** Makes and deletes the Pods of a Job. models job_controller.go: manageJob, deleteJobPods */
export class JobPods {
  readonly #context: ControllerContext;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;

  constructor(context: ControllerContext, expectations: Expectations) {
    this.#context = context;
    this.#podControl = new PodControl(context);
    this.#expectations = expectations;
  }

  /** @param waitMs how long no new Pod is made because others failed */
  async manage(job: Stored<Job>, counts: Tally, waitMs: number, cause: Cause): Promise<Managed> {
    const { active, ready, terminating } = counts;
    const wanted = isSuspended(job) ? 0 : this.#wanted(job, counts);
    const remove = this.#toRemove(job, active, Math.max(0, active.length - wanted)).slice(0, BURST);
    if (remove.length > 0) return this.remove(job, counts, remove, cause);
    const missing = wanted - active.length - (waitsForFailure(job) ? terminating : 0);
    if (missing <= 0) return { active: active.length, ready };
    if (waitMs > 0 && job.spec?.backoffLimitPerIndex === undefined) return { active: active.length, ready, waitMs };
    if (!isIndexed(job)) return this.#create(job, counts, Array.from({ length: Math.min(missing, BURST) }, () => undefined), cause);
    const pending = this.#pendingIndexes(job, counts, Math.min(missing, BURST));
    const waits = pending.map((index) => indexWaitMs(counts.awaitingSuccessor.get(index), this.#context.clock.now()));
    const now = pending.filter((_, position) => waits[position] === 0);
    const later = waits.filter((wait) => wait > 0);
    const result = now.length > 0 ? await this.#create(job, counts, now, cause) : { active: active.length, ready };
    return later.length > 0 ? { ...result, waitMs: Math.min(...later) } : result;
  }

  #wanted({ spec }: Stored<Job>, { active, succeeded }: Tally): number {
    const parallelism = spec?.parallelism ?? 1;
    if (spec?.completions === undefined) return succeeded > 0 ? active.length : parallelism;
    return Math.max(0, Math.min(spec.completions - succeeded, parallelism));
  }

  /** Surplus Pods: those of the same index, or none, first. models activePodsForRemoval */
  #toRemove(job: Stored<Job>, active: readonly Stored<Pod>[], atLeast: number): Stored<Pod>[] {
    const { clock } = this.#context;
    const sort = (pods: readonly Stored<Pod>[]): Stored<Pod>[] => deletionOrder(pods, new Map(), clock.now());
    if (!isIndexed(job)) return sort(active).slice(0, atLeast);
    const remove = active.filter((pod) => indexOf(job, pod) === undefined);
    const kept: Stored<Pod>[] = [];
    for (const group of groupByIndex(job, active).values()) {
      const sorted = sort(group);
      kept.push(sorted.pop()!);
      remove.push(...sorted);
    }
    return remove.length >= atLeast ? remove : [...remove, ...sort(kept).slice(0, atLeast - remove.length)];
  }

  #pendingIndexes(job: Stored<Job>, { pods, succeededIndexes, failedIndexes }: Tally, count: number): number[] {
    const taken = pods.filter((pod) => isActive(pod) || (waitsForFailure(job) && pod.metadata.deletionTimestamp && pod.status?.phase !== 'Failed')).map((pod) => indexOf(job, pod));
    const busy = new Set<number | undefined>([...taken, ...succeededIndexes, ...(failedIndexes ?? [])]);
    const found: number[] = [];
    for (let index = 0; index < (job.spec?.completions ?? 0) && found.length < count; index++) if (!busy.has(index)) found.push(index);
    return found;
  }

  async #create(job: Stored<Job>, counts: Tally, indexes: readonly (number | undefined)[], cause: Cause): Promise<Managed> {
    const key = keyOf(job);
    this.#expectations.expect(key, indexes.length);
    const template = isIndexed(job) ? withIndexVariable(job.spec!.template) : job.spec!.template;
    let made = 0;
    const { started, failed, error } = await slowStartBatch(indexes.length, async (position) => {
      try {
        await this.#podControl.create(subject(job), template, cause, indexed(job, template, indexes[position], counts));
        made++;
      } catch (refusal) {
        if (!isNamespaceTerminating(refusal)) throw refusal;
        this.#expectations.created(key);
      }
    });
    this.#expectations.created(key, failed + indexes.length - started);
    return { active: counts.active.length + made, ready: counts.ready, ...(error ? { error } : {}) };
  }

  async remove(job: Stored<Job>, { active, ready }: Tally, pods: readonly Stored<Pod>[], cause: Cause): Promise<Managed> {
    const key = keyOf(job);
    this.#expectations.expect(key, 0, pods.map(({ metadata }) => metadata.uid));
    let error: unknown;
    let removed = 0;
    let removedReady = 0;
    for (const pod of pods) {
      try {
        if (!(await this.#podControl.delete(subject(job), pod, cause))) this.#expectations.deleted(key, pod.metadata.uid);
        removed++;
        if (isReady(pod)) removedReady++;
      } catch (refusal) {
        this.#expectations.deleted(key, pod.metadata.uid);
        error ??= refusal;
      }
    }
    return { active: active.length - removed, ready: ready - removedReady, ...(error ? { error } : {}) };
  }
}

function groupByIndex(job: Stored<Job>, pods: readonly Stored<Pod>[]): Map<number, Stored<Pod>[]> {
  const groups = new Map<number, Stored<Pod>[]>();
  for (const pod of pods) {
    const index = indexOf(job, pod);
    if (index !== undefined) groups.set(index, [...(groups.get(index) ?? []), pod]);
  }
  return groups;
}

/** Finalizer, and for indexed Jobs: name, host name and labels with the index. */
function indexed(job: Stored<Job>, template: Readonly<PodTemplateSpec>, index: number | undefined, { awaitingSuccessor }: Tally): { generateName?: string; metadata: object; spec?: object } {
  const { labels, annotations, finalizers = [] } = template.metadata ?? {};
  const metadata = { finalizers: finalizers.includes(TRACKING) ? finalizers : [...finalizers, TRACKING] };
  if (index === undefined) return { metadata };
  const failures = job.spec?.backoffLimitPerIndex === undefined ? {} : failureAnnotations(job, awaitingSuccessor.get(index));
  return {
    generateName: `${job.metadata.name}-${index}-`,
    metadata: { ...metadata, labels: { ...labels, [INDEX]: String(index) }, annotations: { ...annotations, [INDEX]: String(index), ...failures } },
    spec: { hostname: `${job.metadata.name}-${index}` },
  };
}

/** models addCompletionIndexEnvVariables */
function withIndexVariable(template: Readonly<PodTemplateSpec>): PodTemplateSpec {
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } };
  const extend = <T extends { env?: { name: string }[] }>(container: T): T => (container.env?.some(({ name }) => name === variable.name) ? container : { ...container, env: [...(container.env ?? []), variable] });
  const { containers, initContainers } = template.spec!;
  return { ...template, spec: { ...template.spec!, containers: containers.map(extend), ...(initContainers ? { initContainers: initContainers.map(extend) } : {}) } };
}

export const subject = (job: Stored<Job>): { kind: string; apiVersion: string; metadata: Stored<Job>['metadata'] } => ({ kind: 'Job', apiVersion: 'batch/v1', metadata: job.metadata });
