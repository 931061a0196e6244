import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { compareVersions } from '../../machinery/versions.ts';
import type { Aggregator, ExtensionGroup } from '../aggregator/aggregator.ts';
import type { Json } from '../registry/registry.ts';
import type { ServedResources } from '../registry/served-resources.ts';

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** In the order in which the server of custom resources names them. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
/** models apiserver: the priorities of groups in kubectl's eyes. */
const GROUP_ORDER = ['', 'apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'certificates.k8s.io', 'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io'];

/** What the server says it serves, made from the definitions: it cannot promise what is not there. */
export class Discovery {
  readonly #served: ServedResources;
  readonly #aggregator: Pick<Aggregator, 'groups'>;
  readonly #serverAddress: () => string;

  constructor(served: ServedResources, aggregator: Pick<Aggregator, 'groups'>, serverAddress: () => string) {
    this.#served = served;
    this.#aggregator = aggregator;
    this.#serverAddress = serverAddress;
  }

  get serverAddress(): string {
    return this.#serverAddress();
  }

  groups(): string[] {
    const elsewhere = new Map(this.#aggregator.groups().map(({ group, priority }) => [group, priority]));
    const names = [...new Set([...this.#served.definitions.map((definition) => definition.group), ...elsewhere.keys()])];
    // Built-in groups by their own order; then custom resources, whose groups have priority 1000; then others by theirs.
    const rank = (name: string): number => (GROUP_ORDER.includes(name) ? GROUP_ORDER.indexOf(name) : GROUP_ORDER.length + 20_000 - (elsewhere.get(name) ?? 1_000));
    return names.filter((name) => name !== '').sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
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
        ...this.#aggregatedVersion(group, version),
      })),
    }));
    return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  }

  #aggregatedVersion(group: string, version: string): Json {
    const elsewhere = this.#elsewhere(group, version);
    if (!elsewhere) return { resources: this.#of(group, version).sort((a, b) => (a.plural < b.plural ? -1 : 1)).map(aggregatedResource), freshness: 'Current' };
    if (!elsewhere.api) return { freshness: 'Stale' };
    const resources = elsewhere.api.resources.map(({ name, singularName, namespaced, kind, verbs, shortNames, categories }) => ({
      resource: name, responseKind: { group, version, kind }, scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singularName, verbs,
      ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}),
    }));
    return { resources, freshness: 'Current' };
  }

  #elsewhere(group: string, version: string): ExtensionGroup | undefined {
    return this.#aggregator.groups().find((candidate) => candidate.group === group && candidate.version === version);
  }

  #of(group: string, version: string): ResourceDefinition[] {
    return this.#served.definitions.filter((definition) => definition.group === group && definition.version === version);
  }

  #versions(group: string): string[] {
    const elsewhere = this.#aggregator.groups().filter((candidate) => candidate.group === group);
    const versions = [...new Set([...this.#served.definitions, ...elsewhere].filter((candidate) => candidate.group === group).map(({ version }) => version))];
    return versions.sort(compareVersions);
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
    ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}), ...(definition.transient ? {} : { storageVersionHash: storageVersionHash(definition) }),
  };
  const below: Json[] = [];
  if (subresources?.status) below.push({ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] });
  if (subresources?.scale) below.push({ name: `${plural}/scale`, singularName: '', namespaced, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] });
  for (const [name, other] of Object.entries(subresources?.others ?? {})) {
    below.push({ name: `${plural}/${name}`, singularName: '', namespaced, ...(other.group ? { group: other.group, version: other.version } : {}), kind: other.kind, verbs: other.verbs });
  }
  return [main, ...below];
}

export function verbsOf({ verbs, custom }: ResourceDefinition): readonly string[] {
  if (custom) return CUSTOM_VERBS;
  return verbs ? [...verbs].sort() : ALL_VERBS;
}

/** models apiserver/pkg/storageversion: the first eight bytes of the hash of the storage group, version and kind */
function storageVersionHash({ group, version, kind, storageVersion }: ResourceDefinition): string {
  const text = storageVersion ? `${storageVersion.group}/${storageVersion.version}/${kind}` : `${group}/${version}/${kind}`;
  return createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');
}

function aggregatedResource(definition: ResourceDefinition): Json {
  // The same group and version as the list's are not repeated.
  const responseKind = { group: '', version: '', kind: definition.kind };
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
