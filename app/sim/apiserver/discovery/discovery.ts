import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { Json } from '../registry/registry.ts';

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** models apiserver: the priorities of groups in kubectl's eyes. */
const GROUP_ORDER = ['', 'apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'certificates.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io'];

/** What the server says it serves, made from the definitions: it cannot promise what is not there. */
export class Discovery {
  readonly #definitions: readonly ResourceDefinition[];
  readonly #serverAddress: () => string;

  constructor(definitions: readonly ResourceDefinition[], serverAddress: () => string) {
    this.#definitions = definitions;
    this.#serverAddress = serverAddress;
  }

  groups(): string[] {
    const names = [...new Set(this.#definitions.map((definition) => definition.group))];
    const rank = (name: string): number => (GROUP_ORDER.includes(name) ? GROUP_ORDER.indexOf(name) : GROUP_ORDER.length);
    return names.filter((name) => name !== '').sort((a, b) => rank(a) - rank(b));
  }

  /** /api */
  coreVersions(): Json {
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: this.#serverAddress() }] };
  }

  /** /apis */
  groupList(): Json {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: this.groups().map((name) => this.#group(name)) };
  }

  /** /apis/apps */
  group(name: string): Json | undefined {
    return this.groups().includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(name) } : undefined;
  }

  /** /api/v1, /apis/apps/v1 */
  resources(group: string, version: string): Json | undefined {
    const definitions = this.#of(group, version);
    if (definitions.length === 0) return undefined;
    const resources = definitions.flatMap((definition) => plainResources(definition)).sort((a, b) => (a['name'] < b['name'] ? -1 : 1));
    return { kind: 'APIResourceList', ...(group ? { apiVersion: 'v1' } : {}), groupVersion: group ? `${group}/${version}` : version, resources };
  }

  /** /api and /apis with `as=APIGroupDiscoveryList` */
  aggregated(which: 'api' | 'apis'): Json {
    const groups = which === 'api' ? [''] : this.groups();
    const items = groups.map((group) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: this.#versions(group).map((version) => ({
        version,
        resources: this.#of(group, version).sort((a, b) => (a.plural < b.plural ? -1 : 1)).map(aggregatedResource),
        freshness: 'Current',
      })),
    }));
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }

  #of(group: string, version: string): ResourceDefinition[] {
    return this.#definitions.filter((definition) => definition.group === group && definition.version === version);
  }

  #versions(group: string): string[] {
    const versions = [...new Set(this.#definitions.filter((definition) => definition.group === group).map((definition) => definition.version))];
    return versions.sort((a, b) => (a < b ? 1 : -1));
  }

  #group(name: string): Json {
    const versions = this.#versions(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  }
}

/** `"…"`: the entity tag of a document, as upstream makes it. */
export function etagOf(document: Json): string {
  return `"${createHash('sha512').update(JSON.stringify(document)).digest('hex').toUpperCase()}"`;
}

function plainResources(definition: ResourceDefinition): Json[] {
  const { plural, singular, scope, kind, shortNames, categories, subresources } = definition;
  const namespaced = scope === 'Namespaced';
  const main = {
    name: plural, singularName: singular, namespaced, kind, verbs: verbsOf(definition),
    ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}), storageVersionHash: storageVersionHash(definition),
  };
  const below: Json[] = [];
  if (subresources?.status) below.push({ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] });
  if (subresources?.scale) below.push({ name: `${plural}/scale`, singularName: '', namespaced, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] });
  for (const [name, other] of Object.entries(subresources?.others ?? {})) {
    below.push({ name: `${plural}/${name}`, singularName: '', namespaced, ...(other.group ? { group: other.group, version: other.version } : {}), kind: other.kind, verbs: other.verbs });
  }
  return [main, ...below];
}

function verbsOf({ verbs }: ResourceDefinition): readonly string[] {
  return verbs ? [...verbs].sort() : ALL_VERBS;
}

/** models apiserver/pkg/storageversion: the first eight bytes of the hash of the storage group, version and kind */
function storageVersionHash({ group, version, kind, storageVersion }: ResourceDefinition): string {
  const text = storageVersion ? `${storageVersion.group}/${storageVersion.version}/${kind}` : `${group}/${version}/${kind}`;
  return createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');
}

function aggregatedResource(definition: ResourceDefinition): Json {
  const responseKind = { group: definition.group, version: definition.version, kind: definition.kind };
  const below = plainResources(definition).slice(1).map((resource) => ({
    subresource: (resource['name'] as string).slice(definition.plural.length + 1),
    responseKind: { group: resource['group'] ?? '', version: resource['version'] ?? '', kind: resource['kind'] },
    verbs: resource['verbs'],
  }));
  return {
    resource: definition.plural,
    responseKind,
    scope: definition.scope,
    singularResource: definition.singular,
    verbs: verbsOf(definition),
    ...(definition.shortNames ? { shortNames: definition.shortNames } : {}),
    ...(definition.categories ? { categories: definition.categories } : {}),
    ...(below.length > 0 ? { subresources: below.sort((a, b) => (a.subresource < b.subresource ? -1 : 1)) } : {}),
  };
}
