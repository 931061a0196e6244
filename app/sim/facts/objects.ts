import { readdirSync } from 'node:fs';
import type { RawClient } from './client.ts';
import { factsFolder, readFacts, type Item, type Json } from './facts.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** What differs from server to server: identities, times, addresses. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z\b/g, 'TIME') : value;
  const result: Json = {};
  for (const [key, item] of Object.entries(value)) {
    if (['uid', 'resourceVersion', 'creationTimestamp', 'time', 'lastTransitionTime', 'lastUpdateTime'].includes(key)) continue;
    if (key === 'extra' && typeof item === 'object') continue;
    result[key] = masked(item);
  }
  return result;
}

/** Columns of every kind, and what an empty list looks like. */
export async function tableItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  for (const [resource, real] of Object.entries(readFacts<Record<string, Json>>('tables.json'))) {
    if (resource.includes('example.com')) continue;
    const path = resource.startsWith('v1/') ? `/api/${resource}` : `/apis/${resource}`;
    const ours = await client.json(path, TABLE);
    items.push({ name: `columns of ${resource}`, real: real['columnDefinitions'], ours: ours['columnDefinitions'] });
    if (!real['emptyRows']) continue;
    const empty = await client.json(`${path}?labelSelector=none%3Dsuch`, TABLE);
    items.push({ name: `no rows of ${resource}`, real: real['emptyRows'], ours: JSON.stringify(empty['rows']) });
  }
  return items;
}

/** What a create of each kind makes of its input. */
export async function defaultItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  for (const file of readdirSync(`${factsFolder}defaults`).filter((name) => name.endsWith('.json') && !name.startsWith('_'))) {
    const { input, path, dryRun } = readFacts(`defaults/${file}`);
    if (!input || !dryRun?.object || ['cr.json', 'binding.json'].includes(file)) continue;
    const answer = await client.send({ method: 'POST', path: `${path}?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict`, contentType: 'application/json', body: input });
    const clean = (object: unknown): unknown => JSON.parse(JSON.stringify(masked(object) ?? null).replace(/kube-api-access-\w{5}/g, 'kube-api-access').replace(/"username":"[^"]*"/g, '"username":"admin"').replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}"/g, '-SUFFIX"'));
    items.push({ name: `defaults/${file}`, real: { code: dryRun.code, object: clean(dryRun.object) }, ours: { code: answer.code, object: clean(answer.json) } });
  }
  return items;
}

/** What a fresh control plane has by itself. */
export async function bootstrapItems(client: RawClient): Promise<Item[]> {
  const items: Item[] = [];
  for (const file of readdirSync(`${factsFolder}bootstrap`).filter((name) => name.endsWith('.json') && !name.startsWith('_'))) {
    for (const real of readFacts<Json[]>(`bootstrap/${file}`)) {
      const { name, namespace } = real['metadata'] as { name: string; namespace?: string };
      if (['leases.json', 'endpoints.json', 'endpointslices.json', 'configmaps.json'].includes(file)) continue;
      const [group, version] = String(real['apiVersion']).includes('/') ? String(real['apiVersion']).split('/') : ['', real['apiVersion']];
      const ours = (await client.send({ method: 'GET', path: `${group ? `/apis/${group}` : '/api'}/${version}/${namespace ? `namespaces/${namespace}/` : ''}${file.replace('.json', '')}/${name.replaceAll(':', '%3A')}` })).json;
      items.push({ name: `bootstrap ${file.replace('.json', '')} ${namespace ? `${namespace}/` : ''}${name}`, real: masked(real), ours: masked(ours) });
    }
  }
  return items;
}
