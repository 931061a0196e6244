import { OrreryError } from '../../base/errors/index.ts';
import type { Cluster, ResourceRef } from '../../cluster/cluster.ts';
import type { KubeObject } from '../../contracts/k8s/index.ts';

/** What a learner makes, and so what a reset of a step takes away again. */
const SWEPT: readonly ResourceRef[] = [
  { group: 'apps', version: 'v1', resource: 'deployments' },
  { group: 'apps', version: 'v1', resource: 'replicasets' },
  { group: 'apps', version: 'v1', resource: 'statefulsets' },
  { group: 'apps', version: 'v1', resource: 'daemonsets' },
  { group: 'batch', version: 'v1', resource: 'cronjobs' },
  { group: 'batch', version: 'v1', resource: 'jobs' },
  { group: '', version: 'v1', resource: 'services' },
  { group: '', version: 'v1', resource: 'pods' },
  { group: '', version: 'v1', resource: 'configmaps' },
  { group: '', version: 'v1', resource: 'secrets' },
  { group: '', version: 'v1', resource: 'persistentvolumeclaims' },
  { group: '', version: 'v1', resource: 'resourcequotas' },
  { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
  { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
  { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' },
  { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'httproutes' },
  { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'gateways' },
  { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
  { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings' },
  { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'roles' },
  { group: '', version: 'v1', resource: 'namespaces' },
];

/** UIDs of everything that can be swept. */
export async function inventory(cluster: Cluster, signal: AbortSignal): Promise<ReadonlySet<string>> {
  return new Set((await all(cluster, signal)).map(({ object }) => object.metadata.uid));
}

/** Deletes what is not in `kept` and belongs to nobody else: owned objects go with their owners. */
export async function sweep(cluster: Cluster, kept: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  for (const { ref, object } of await all(cluster, signal)) {
    const { uid, name, namespace, ownerReferences, deletionTimestamp } = object.metadata;
    if (kept.has(uid) || deletionTimestamp || (ownerReferences ?? []).length > 0 || namespace === 'kube-system' || name === 'kube-root-ca.crt') continue;
    await cluster.client.delete({ ...ref, ...(namespace ? { namespace } : {}) }, name, { signal, ...(ref.resource === 'pods' ? { gracePeriodSeconds: 0 } : {}) });
  }
}

async function all(cluster: Cluster, signal: AbortSignal): Promise<{ ref: ResourceRef; object: KubeObject }[]> {
  const lists = await Promise.all(SWEPT.map(async (ref) => ({ ref, items: await listed(cluster, ref, signal) })));
  return lists.flatMap(({ ref, items }) => items.map((object) => ({ ref, object })));
}

/** Not every cluster serves the Gateway API: a kind that is not there has no objects. */
async function listed(cluster: Cluster, ref: ResourceRef, signal: AbortSignal): Promise<readonly KubeObject[]> {
  try {
    return (await cluster.client.list(ref, { signal })).items;
  } catch (error) {
    if (error instanceof OrreryError && error.code === 'http-404') return [];
    throw error;
  }
}
