import { rfc3339 } from '../../../base/clock/index.ts';
import type { Pod, PodDisruptionBudget, Stored } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newForbidden } from '../../machinery/errors.ts';
import { selectorFromLabelSelector } from '../../machinery/labels.ts';
import { StatusError } from '../../machinery/status.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import type { Json, Registry } from '../registry/registry.ts';
import type { WatchCache } from '../watch-cache/watch-cache.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import type { WriteRequest } from './write.ts';

const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";
const MAX_DISRUPTED = 2_000;

/** A delete that respects budgets: POST pods/eviction. models pkg/registry/core/pod/storage: EvictionREST */
export async function evictPod(request: WriteRequest, budgets: Registry, cache: WatchCache): Promise<Answer> {
  const { registry, body, schemas } = request;
  const { namespace, name } = request.context.info;
  const eviction = readBody(body, schemas).object as Json;
  const named = eviction['metadata']?.name as string | undefined;
  if (named !== undefined && named !== name) throw newBadRequest('name in URL does not match name in Eviction object');
  const options = (eviction['deleteOptions'] as DeleteOptions | undefined) ?? {};
  const context = options.dryRun?.includes('All') ? { ...request.context, dryRun: true } : request.context;
  const pod = registry.get(namespace, name).object as Stored<Pod>;
  if (!hasBeenDisrupted(pod)) {
    const guards = cache.list<Stored<PodDisruptionBudget>>('poddisruptionbudgets', namespace).filter((budget) => selectorFromLabelSelector(budget.spec?.selector).matches(pod.metadata.labels));
    if (guards.length > 1) throw new StatusError({ message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.', code: 500 });
    const [guard] = guards;
    if (guard && !isFree(pod, guard)) await budgets.update(namespace, guard.metadata.name, { subresource: 'status', fieldManager: request.fieldManager, retry: true, transform: (budget) => spend(budget, name, registry.now()) }, context);
  }
  await registry.delete(namespace, name, await marked(request, pod, options, context), context);
  return { type: 'object', code: 201, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

/** Not running, or on its way out: evicting it disrupts nothing. models canIgnorePDB */
function hasBeenDisrupted({ status, metadata }: Stored<Pod>): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '') || metadata.deletionTimestamp !== undefined;
}

/** A broken Pod may go if the policy says so, or if enough others are healthy. */
function isFree(pod: Stored<Pod>, { spec, status }: Stored<PodDisruptionBudget>): boolean {
  if (pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return (status?.desiredHealthy ?? 0) > 0 && (status?.currentHealthy ?? 0) >= (status?.desiredHealthy ?? 0);
}

/** One disruption less, and a note of whose. Throws when none is left. models checkAndDecrement */
function spend(budget: Json, pod: string, now: number): Json {
  const { name, generation } = budget['metadata'];
  const status = (budget['status'] ??= {}) as Json;
  const refuse = (message: string): StatusError => new StatusError({ message: REFUSED, reason: 'TooManyRequests', details: { causes: [{ reason: 'DisruptionBudget', message }] }, code: 429 });
  if ((status['observedGeneration'] ?? 0) < (generation ?? 0)) throw refuse(`The disruption budget ${name} is still being processed by the server.`);
  if (status['disruptionsAllowed'] < 0) throw newForbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, 'pdb disruptions allowed is negative');
  const disrupted = { ...status['disruptedPods'] } as Record<string, string>;
  if (Object.keys(disrupted).length > MAX_DISRUPTED) throw newForbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (!status['disruptionsAllowed']) {
    const failed = (status['conditions'] as Json[] | undefined)?.find((condition) => condition['type'] === 'DisruptionAllowed' && condition['reason'] === 'SyncFailed');
    throw refuse(failed ? `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${String(failed['message'])}` : `The disruption budget ${name} needs ${status['desiredHealthy']} healthy pods and has ${status['currentHealthy']} currently`);
  }
  status['disruptionsAllowed']--;
  status['disruptedPods'] = { ...disrupted, [pod]: rfc3339(now) };
  if (status['disruptionsAllowed'] === 0) {
    const others = ((status['conditions'] ?? []) as Json[]).filter((condition) => condition['type'] !== 'DisruptionAllowed');
    status['conditions'] = [...others, { type: 'DisruptionAllowed', status: 'False', observedGeneration: generation, lastTransitionTime: rfc3339(now), reason: 'InsufficientPods', message: '' }];
  }
  return budget;
}

/** The Pod is told why it goes, and goes only as it then is. models addConditionAndDeletePod */
async function marked(request: WriteRequest, pod: Stored<Pod>, options: DeleteOptions, context: WriteRequest['context']): Promise<DeleteOptions> {
  const { registry } = request;
  const { namespace, name } = context.info;
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (isOver || pod.metadata.deletionTimestamp || context.dryRun || options.preconditions) return options;
  const condition = { type: 'DisruptionTarget', status: 'True', observedGeneration: pod.metadata.generation, lastTransitionTime: rfc3339(registry.now()), reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  const transform = (next: Json): Json => {
    const others = ((next['status']?.conditions ?? []) as Json[]).filter(({ type }) => type !== condition.type);
    return { ...next, status: { ...next['status'], conditions: [...others, condition] } };
  };
  await registry.update(namespace, name, { subresource: 'status', fieldManager: request.fieldManager, retry: true, transform }, context);
  return options;
}
