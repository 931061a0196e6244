import type { RawClient } from './client.ts';
import { readFacts, type Item, type Json } from './facts.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const SHOWN_HEADERS = ['content-type', 'vary', 'cache-control', 'last-modified'];

/** Groups in order, then each resource of each group, in both forms of discovery. */
export async function discoveryItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  for (const [file, path] of [['api', '/api'], ['apis', '/apis']] as const) {
    const real = readFacts(`discovery/${file}.aggregated.json`);
    const ours = await client.json(path, AGGREGATED);
    const names = (document: Json): string[] => (document['items'] as Json[]).map((group) => group['metadata'].name);
    items.push({ name: `${file}: order of groups`, real: names(real), ours: names(ours) });
    for (const group of real['items'] as Json[]) {
      const ourGroup = (ours['items'] as Json[]).find((candidate) => candidate['metadata'].name === group['metadata'].name);
      for (const version of group['versions'] as Json[]) {
        const ourVersion = (ourGroup?.['versions'] as Json[] | undefined)?.find((candidate) => candidate['version'] === version['version']);
        items.push({ name: `${group['metadata'].name ?? 'core'}/${version['version']}: which resources, in order`, real: version['resources'].map((one: Json) => one['resource']), ours: (ourVersion?.['resources'] as Json[] | undefined)?.map((one) => one['resource']) });
        for (const resource of version['resources'] as Json[]) {
          items.push({ name: `${group['metadata'].name ?? 'core'}/${version['version']}/${resource['resource']}`, real: resource, ours: (ourVersion?.['resources'] as Json[] | undefined)?.find((candidate) => candidate['resource'] === resource['resource']) });
        }
      }
    }
  }
  return [...items, ...(await plainItems(client))];
}

async function plainItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  const { documents } = readFacts('discovery/headers.json');
  for (const [file, { path }] of Object.entries(documents as Json)) {
    if (file.includes('aggregated') || file.includes('version.json') || !path.startsWith('/api')) continue;
    const real = readFacts(file);
    const ours = await client.json(path);
    if (!real['resources']) {
      const strip = ({ serverAddressByClientCIDRs: _, ...rest }: Json): Json => rest;
      items.push({ name: `plain ${path}`, real: strip(real), ours: strip(ours) });
      continue;
    }
    for (const resource of real['resources'] as Json[]) items.push({ name: `plain ${path} ${resource['name']}`, real: resource, ours: (ours['resources'] as Json[] | undefined)?.find((candidate) => candidate['name'] === resource['name']) });
  }
  return items;
}

/** Who gets which form of a document, with which headers. */
export async function negotiationItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  const { negotiation } = readFacts<{ negotiation: Json[] }>('discovery/headers.json');
  for (const { path, accept, ifNoneMatch, status, headers, body } of negotiation) {
    const etag = ifNoneMatch ? (await client.send({ method: 'GET', path, accept })).headers['etag'] : undefined;
    const answer = await client.send({ method: 'GET', path, accept, ...(etag ? { headers: { 'if-none-match': String(etag) } } : {}) });
    const pick = (from: Json): Json => Object.fromEntries(SHOWN_HEADERS.filter((name) => from[name] !== undefined && name !== 'last-modified').map((name) => [name, from[name]]));
    // Bodies that carry addresses, versions or keys of the recorded server are compared by their code and headers alone.
    const isComparable = body !== undefined && !/192\.0\.2|gitCommit|Started:|poststarthook|protobuf"?$/.test(JSON.stringify(body)) && !accept.includes('protobuf');
    items.push({
      name: `GET ${path} (${accept})${ifNoneMatch ? ' with its etag' : ''}`,
      real: { status, headers: pick(headers), ...(isComparable ? { body } : {}) },
      ours: { status: answer.code, headers: pick(answer.headers), ...(isComparable ? { body: typeof body === 'string' ? answer.text : answer.json } : {}) },
    });
  }
  return items;
}
