import type { Scale, Stored, V2HorizontalPodAutoscaler } from '../../../contracts/k8s/index.ts';
import type { ApiClient } from '../../client/api-client.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

/** The scale of what an autoscaler points at, found by its kind. Throws with upstream's words. models scaleForResourceMappings */
export async function findScaleTarget(client: ApiClient, { spec, metadata }: Stored<V2HorizontalPodAutoscaler>): Promise<{ scale: Stored<Scale>; path: string }> {
  const { apiVersion = '', kind, name } = spec.scaleTargetRef;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
  const list = await client.transport.send<string>({ method: 'GET', path: base, cause: [] }).then(({ body }) => (JSON.parse(body) as ResourceList).resources, () => []);
  const resource = list.find((candidate) => candidate.kind === kind && !candidate.name.includes('/'));
  if (!resource) throw new Error(`unable to determine resource for scale target reference: no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  const path = `${base}/namespaces/${metadata.namespace}/${resource.name}/${name}/scale`;
  return { scale: (await client.transport.send<Stored<Scale>>({ method: 'GET', path, cause: [] })).body, path };
}
