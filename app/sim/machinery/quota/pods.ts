import type { Container, Pod, ScopedResourceSelectorRequirement } from '../../../contracts/k8s/index.ts';
import { amountsOf, podAmounts, type Amounts } from '../pod-resources.ts';
import { Quantity } from '../quantity.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const NAMES = ['count/pods', 'pods', 'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage'];
/** Where these are limited, each container must say what it wants. */
const DEMANDED = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** models pkg/quota/v1/evaluator/core: podEvaluator */
export const podEvaluator: QuotaEvaluator = {
  handles: (operation, subresource) => (operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'resize'),
  matching: (names) => names.filter((name) => NAMES.includes(name) || name.startsWith('hugepages-') || (name.startsWith('requests.') && (name.startsWith('requests.hugepages-') || name.includes('/')) && !name.includes('.storageclass.'))),
  inScope: (scope, object) => isInScope(scope, object as Pod),
  usage(object) {
    const pod = object as Pod;
    const count = { 'count/pods': Quantity.fromNumber(1) };
    if (!isActive(pod) || !pod.spec) return count;
    return { ...count, pods: Quantity.fromNumber(1), ...computeUsage(podAmounts(pod.spec, 'requests'), podAmounts(pod.spec, 'limits')) };
  },
  missing(required, object) {
    const { spec } = object as Pod;
    const demanded = DEMANDED.filter((name) => required.includes(name)).sort();
    const ofPod = (spec as { resources?: Container['resources'] } | undefined)?.resources;
    const said = new Set(Object.keys(computeUsage(amountsOf(ofPod?.requests), amountsOf(ofPod?.limits))));
    const texts = demanded.filter((name) => !said.has(name)).flatMap((name) => {
      const silent = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].filter(({ resources }) => !(name in computeUsage(amountsOf(resources?.requests), amountsOf(resources?.limits))));
      return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent.map((container) => container.name))].sort().join(',')}`];
    });
    return texts.length === 0 ? undefined : `must specify ${texts.join('; ')}`;
  },
};

/** models podComputeUsageHelper */
function computeUsage(requests: Amounts, limits: Amounts): Record<string, Quantity> {
  const usage: Record<string, Quantity> = {};
  for (const [name, amount] of Object.entries(requests)) {
    if (NATIVE.has(name) || name.startsWith('hugepages-')) usage[name] = amount;
    if (NATIVE.has(name) || name.startsWith('hugepages-') || name.includes('/')) usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) if (NATIVE.has(name)) usage[`limits.${name}`] = amount;
  return usage;
}

/** A Pod that has ended uses nothing any more. models QuotaV1Pod, without its look at the clock for Pods long overdue */
function isActive({ status }: Readonly<Pod>): boolean {
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}

function isInScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, pod: Readonly<Pod>): boolean {
  switch (scopeName) {
    case 'Terminating':
      return (pod.spec?.activeDeadlineSeconds ?? -1) >= 0;
    case 'NotTerminating':
      return (pod.spec?.activeDeadlineSeconds ?? -1) < 0;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return hasClass(pod.spec?.priorityClassName ?? '', operator, values);
    case 'CrossNamespacePodAffinity':
      return usesCrossNamespaceAffinity(pod);
    default:
      return false;
  }
}

function hasClass(name: string, operator: string, values: readonly string[]): boolean {
  if (operator === 'Exists') return name !== '';
  if (operator === 'DoesNotExist') return name === '';
  return values.includes(name) === (operator === 'In') && (operator !== 'In' || name !== '');
}

function isBestEffort({ spec }: Readonly<Pod>): boolean {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].every(({ resources }) =>
    [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].every((name) => name !== 'cpu' && name !== 'memory'),
  );
}

function usesCrossNamespaceAffinity({ spec }: Readonly<Pod>): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const terms = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined);
}
