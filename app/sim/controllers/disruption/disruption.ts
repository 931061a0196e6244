import { parseTime, rfc3339 } from '../../../base/clock/index.ts';
import type { LabelSelector, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus, Stored } from '../../../contracts/k8s/index.ts';
import type { Cause } from '../../../contracts/trace/index.ts';
import { ControlLoop, type Reconciler } from '../../client/control-loop.ts';
import { deployments, podDisruptionBudgets, pods, replicaSets, replicationControllers, statefulSets } from '../../client/resource-types.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { deepEqual, keyOf } from '../../machinery/objects.ts';
import { isConflict } from '../../machinery/status.ts';
import type { Controller, ControllerContext } from '../context.ts';
import { scaled } from '../deployment/rolling.ts';
import { isReady } from '../pods.ts';
import { expectedScale } from './expected-scale.ts';

/** An evicted Pod that is still there after this is no longer reckoned with. models DeletionTimeout */
const DELETION_MS = 2 * 60_000;

type Condition = NonNullable<PodDisruptionBudgetStatus['conditions']>[number];

/** Keeps count of how many Pods of a budget may go. models pkg/controller/disruption */
export const disruptionController: Controller = {
  name: 'disruption',
  serviceAccount: 'disruption-controller',
  start(context) {
    const { informers } = context;
    const loop = new ControlLoop('disruption', context.clock, new DisruptionWorker(context));
    const budgets = informers.of(podDisruptionBudgets);
    const enqueue = (pod: Stored<Pod>, cause: Cause): void => {
      for (const budget of budgets.inNamespace(pod.metadata.namespace!)) if (selectorFromLabelSelector(budget.spec?.selector).matches(pod.metadata.labels)) loop.queue.add(keyOf(budget), cause);
    };
    budgets.handle({ onAdd: (budget, cause) => loop.queue.add(keyOf(budget), cause), onUpdate: (budget, _, cause) => loop.queue.add(keyOf(budget), cause) });
    informers.of(pods).handle({ onAdd: enqueue, onUpdate: (pod, previous, cause) => (enqueue(previous, cause), enqueue(pod, cause)), onDelete: enqueue });
    for (const type of [deployments, replicaSets, replicationControllers, statefulSets]) informers.of<unknown>(type);
    return loop;
  },
};

class DisruptionWorker implements Reconciler {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  async reconcile(key: string, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers } = this.#context;
    const budget = informers.of(podDisruptionBudgets).get(key);
    if (!budget || budget.metadata.deletionTimestamp) return;
    if (![pods, deployments, replicaSets, replicationControllers, statefulSets].every((type) => informers.of<unknown>(type).synced)) throw new Error('not listed yet');
    try {
      return await this.#sync(budget, cause);
    } catch (error) {
      // Better no eviction than a wrong one.
      if (!isConflict(error)) await this.#write(budget, { ...budget.status, disruptionsAllowed: 0 } as PodDisruptionBudgetStatus, { status: 'False', reason: 'SyncFailed', message: (error as Error).message }, cause);
      throw error;
    }
  }

  async #sync(budget: Stored<PodDisruptionBudget>, cause: Cause): Promise<{ requeueAfterMs?: number } | void> {
    const { informers, clock } = this.#context;
    const selector = selectorFromLabelSelector(budget.spec?.selector);
    const selected = informers.of(pods).inNamespace(budget.metadata.namespace!).filter((pod) => selector.matches(pod.metadata.labels));
    if (selected.length === 0) this.#event(budget, 'Normal', 'NoPods', 'No matching pods found', cause);
    const { expected, desired } = await this.#expected(budget, selected, cause);
    const now = clock.now();
    const disrupted = this.#disrupted(budget, selected, now, cause);
    const healthy = selected.filter((pod) => !pod.metadata.deletionTimestamp && disrupted[pod.metadata.name] === undefined && isReady(pod)).length;
    const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
    const status: PodDisruptionBudgetStatus = {
      observedGeneration: budget.metadata.generation!, ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
      disruptionsAllowed: allowed, currentHealthy: healthy, desiredHealthy: desired, expectedPods: expected,
    };
    await this.#write(budget, status, allowed > 0 ? { status: 'True', reason: 'SufficientPods', message: '' } : { status: 'False', reason: 'InsufficientPods', message: '' }, cause);
    const ends = Object.values(disrupted).map((time) => parseTime(time) + DELETION_MS - now);
    return ends.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...ends)) } : undefined;
  }

  /** models getExpectedPodCount */
  async #expected(budget: Stored<PodDisruptionBudget>, selected: readonly Stored<Pod>[], cause: Cause): Promise<{ expected: number; desired: number }> {
    const { minAvailable, maxUnavailable, selector } = budget.spec ?? {};
    if (maxUnavailable === undefined && typeof minAvailable !== 'string') return { expected: minAvailable === undefined ? 0 : selected.length, desired: minAvailable ?? 0 };
    let scale: Awaited<ReturnType<typeof expectedScale>>;
    try {
      scale = await expectedScale(this.#context, selected);
    } catch (error) {
      this.#event(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${(error as Error).message}`, cause);
      throw error;
    }
    if (scale.unmanaged.length > 0) {
      this.#event(budget, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`, cause);
    }
    const desired = maxUnavailable === undefined ? scaled(minAvailable, scale.count, true) : Math.max(0, scale.count - scaled(maxUnavailable, scale.count, true));
    return { expected: scale.count, desired };
  }

  /** Pods that were evicted and are on their way. models buildDisruptedPodMap */
  #disrupted(budget: Stored<PodDisruptionBudget>, selected: readonly Stored<Pod>[], now: number, cause: Cause): Record<string, string> {
    const disrupted: Record<string, string> = {};
    for (const pod of selected) {
      const since = budget.status?.disruptedPods?.[pod.metadata.name];
      if (since === undefined || pod.metadata.deletionTimestamp) continue;
      if (parseTime(since) + DELETION_MS > now) disrupted[pod.metadata.name] = since;
      else this.#context.events.event({ kind: 'Pod', apiVersion: 'v1', metadata: pod.metadata }, 'Warning', 'NotDeleted', `Pod was expected by PDB ${budget.metadata.namespace}/${budget.metadata.name} to be deleted but it wasn't`, cause);
    }
    return disrupted;
  }

  async #write(budget: Stored<PodDisruptionBudget>, status: PodDisruptionBudgetStatus, verdict: Pick<Condition, 'status' | 'reason' | 'message'>, cause: Cause): Promise<void> {
    const known = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
    const lastTransitionTime = known?.status === verdict.status ? known.lastTransitionTime : rfc3339(this.#context.clock.now());
    const condition: Condition = { type: 'DisruptionAllowed', observedGeneration: status.observedGeneration ?? 0, lastTransitionTime, ...verdict };
    const others = (budget.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionAllowed');
    const next = { ...status, conditions: [...others, condition] };
    if (deepEqual(next, budget.status)) return;
    await this.#context.client.update(podDisruptionBudgets, { ...budget, status: next }, cause, 'status');
  }

  #event({ metadata }: Stored<PodDisruptionBudget>, type: 'Normal' | 'Warning', reason: string, message: string, cause: Cause): void {
    this.#context.events.event({ kind: 'PodDisruptionBudget', apiVersion: 'policy/v1', metadata }, type, reason, message, cause);
  }
}

/** As Go prints a *metav1.LabelSelector. */
function selectorText(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value},`).join('');
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`).join('');
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
