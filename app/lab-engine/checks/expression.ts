import { evaluate } from '@marcbachmann/cel-js';
import type { CheckContext } from './check.ts';

/** Plural names that an expression may use, and their kinds. Kinds that the cluster does not serve fail by name. */
const PLURALS: Readonly<Record<string, string>> = {
  pods: 'Pod', nodes: 'Node', services: 'Service', namespaces: 'Namespace', configmaps: 'ConfigMap', secrets: 'Secret', events: 'Event', leases: 'Lease',
  deployments: 'Deployment', replicasets: 'ReplicaSet', endpointslices: 'EndpointSlice', serviceaccounts: 'ServiceAccount', daemonsets: 'DaemonSet',
  statefulsets: 'StatefulSet', jobs: 'Job', cronjobs: 'CronJob', ingresses: 'Ingress', persistentvolumeclaims: 'PersistentVolumeClaim',
  persistentvolumes: 'PersistentVolume', rolebindings: 'RoleBinding', horizontalpodautoscalers: 'HorizontalPodAutoscaler', networkpolicies: 'NetworkPolicy', gateways: 'Gateway', resourcequotas: 'ResourceQuota',
};

/** Evaluates a CEL expression over the objects that it names, listed now. @throws on a bad expression */
export async function evaluateOver(expression: string, { cluster, signal }: Pick<CheckContext, 'cluster' | 'signal'>): Promise<unknown> {
  const named = Object.keys(PLURALS).filter((plural) => new RegExp(`(?<![\\w."'])${plural}(?![\\w"'])`).test(expression));
  const variables: Record<string, unknown> = {};
  for (const plural of named) {
    const { namespaced, ...ref } = await cluster.client.resolveKind(undefined, PLURALS[plural]!);
    void namespaced;
    const { items } = await cluster.client.list(ref, { signal });
    variables[plural] = items.map((item) => withIntegers(item));
  }
  return evaluate(expression, variables as never);
}

/** CEL tells integers from doubles; JSON does not. */
function withIntegers(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => withIntegers(item));
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withIntegers(inner)]));
  return value;
}
