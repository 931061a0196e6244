import type { RawClient } from './client.ts';
import { readFacts, type Item, type Json } from './facts.ts';

/** Each type and each path of every served GA group-version. */
export async function openApiItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  const index = await client.json('/openapi/v3');
  const { paths } = readFacts('openapi/v3/index.json');
  for (const name of Object.keys(paths as Json).filter((path) => path === 'api/v1' || /^apis\/[^/]+\/v\d+$/.test(path))) {
    if (name.includes('example.com')) continue;
    const real = readFacts(`openapi/v3/${name.replaceAll('/', '__')}.json`);
    const url = index['paths']?.[name]?.serverRelativeURL as string | undefined;
    const ours = url ? await client.json(url) : {};
    for (const type of Object.keys(real['components'].schemas)) items.push({ name: `${name} ${type}`, real: real['components'].schemas[type], ours: ours['components']?.schemas?.[type] });
    for (const path of Object.keys(real['paths'])) items.push({ name: `${name} ${path}`, real: real['paths'][path], ours: ours['paths']?.[path] });
  }
  return items;
}
