import type { RawClient, RawRequest } from './client.ts';
import { setupObjects } from './errors-setup.ts';
import { readFacts, type Item, type Json } from './facts.ts';

interface ErrorFact {
  readonly name: string;
  readonly request: RawRequest;
  readonly code: number;
  readonly contentType?: string;
  readonly retryAfter?: string;
  readonly warning?: string;
  readonly body?: unknown;
}

/** Every recorded request, in its order, against objects made like those of the recording. */
export async function errorItems(client: RawClient): Promise<Item[]> {
  await setupObjects(client);
  const items: Item[] = [];
  for (const fact of readFacts<ErrorFact[]>('status-errors.json')) {
    if (typeof fact.request.body === 'string' && /^<|…/.test(fact.request.body)) continue;
    const answer = await client.send(fact.request);
    // The recording cleaned up after what was accepted.
    if (fact.request.method === 'POST' && answer.code === 201 && !fact.request.path.includes('dryRun=All') && answer.json?.['metadata']?.name) {
      await client.send({ method: 'DELETE', path: `${fact.request.path.split('?')[0]}/${answer.json['metadata'].name}?gracePeriodSeconds=0` });
    }
    const isSuccess = typeof fact.body === 'object' && fact.body !== null && 'note' in fact.body;
    items.push({
      name: fact.name,
      real: { code: fact.code, ...(fact.warning ? { warning: fact.warning } : {}), ...(isSuccess ? {} : { body: clean(fact.body) }) },
      ours: { code: answer.code, ...(fact.warning ? { warning: answer.headers['warning'] } : {}), ...(isSuccess ? {} : { body: clean(answer.json ?? answer.text) }) },
    });
  }
  return items;
}

/** Identities, revisions and the addresses of the recorded server. */
function clean(body: unknown): unknown {
  const text = JSON.stringify(body ?? '')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replace(/(Bad_|-)[bcdfghjklmnpqrstvwxz2456789]{5}"/g, '$1SUFFIX"')
    .replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z\b/g, 'TIME')
    .replace(/resourceVersion\\+":\\+"\d+/g, 'resourceVersion N')
    .replace(/kube-api-access-\w{5}/g, 'kube-api-access')
    .replace(/in record \(\d+\)/g, 'in record (N)')
    .replace(/current: \d+/g, 'current: N')
    .replace(/node-\d|worker-\d/g, 'NODE');
  return JSON.parse(text) as Json;
}
