import type { ApiClient, ResourceType } from './api-client.ts';

/** A kind as the API server offers it now. */
export interface DiscoveredType extends ResourceType<object> {
  readonly verbs: readonly string[];
}

export interface Discovered {
  readonly types: readonly DiscoveredType[];
  /** Group versions that did not answer: an aggregated API whose server is away. */
  readonly failed: readonly string[];
}

interface PlainList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean; readonly verbs: readonly string[] }[];
}

/** Every kind in its group's preferred version, without subresources. models client-go/discovery: ServerPreferredResources */
export async function discoverTypes(client: ApiClient): Promise<Discovered> {
  const read = async <T>(path: string): Promise<T> => JSON.parse((await client.transport.send<string>({ method: 'GET', path, cause: [] })).body) as T;
  const { groups } = await read<{ groups: readonly { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const types: DiscoveredType[] = [];
  const failed: string[] = [];
  for (const groupVersion of ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)]) {
    const [group, version] = groupVersion.includes('/') ? (groupVersion.split('/') as [string, string]) : ['', groupVersion];
    try {
      const { resources } = await read<PlainList>(group ? `/apis/${groupVersion}` : `/api/${groupVersion}`);
      for (const { name, kind, namespaced, verbs } of resources) if (!name.includes('/')) types.push({ group, version, resource: name, kind, namespaced, verbs });
    } catch {
      failed.push(groupVersion);
    }
  }
  return { types, failed };
}
