// Compares the simulator, item by item, with what a real API server was seen to answer. Prints the share that is equal and
// fails when an item differs that known-differences.txt does not list. UPDATE_FACTS=1 writes that list anew.
// FACTS=words prints what differs in the items whose name contains the words.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { deepEqual } from '../machinery/objects.ts';
import { SimCluster } from '../sim-cluster.ts';
import { RawClient } from './client.ts';
import { discoveryItems, negotiationItems } from './discovery.ts';
import { errorItems } from './errors.ts';
import { factsFolder, type Item } from './facts.ts';
import { bootstrapItems, defaultItems, tableItems } from './objects.ts';
import { openApiItems } from './openapi.ts';

const list = path.join(import.meta.dirname, 'known-differences.txt');
const sections: Record<string, (client: RawClient) => Promise<Item[]>> = {
  discovery: discoveryItems, negotiation: negotiationItems, openapi: openApiItems, tables: tableItems, bootstrap: bootstrapItems, defaults: defaultItems, errors: errorItems,
};

// One test, because each must leave nothing behind and one cluster serves them all.
// A thousand requests over TLS: part of `npm test`, not of each run of the unit tests.
it.skipIf(!factsFolder || !(process.env['ORRERY_FACTS'] || process.env['UPDATE_FACTS'] || process.env['FACTS']))('recorded facts', async () => {
  const known = new Set(readFileSync(list, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  const cluster = await SimCluster.create({ workers: 1, seed: 1, speed: 20, startAt: Date.UTC(2026, 0, 1) });
  cluster.scheduler.stop();
  await cluster.whenReady();
  const client = new RawClient((await cluster.listen('127.0.0.1', 0)).server, cluster.certificates, (milliseconds) => cluster.clock.sleep(milliseconds));
  await client.send({ method: 'POST', path: '/api/v1/namespaces', contentType: 'application/json', body: { metadata: { name: 'demo' } } });
  const differing: string[] = [];
  const report: string[] = [];
  try {
    for (const [section, itemsOf] of Object.entries(sections)) {
      const items = await itemsOf(client);
      const unequal = items.filter(({ real, ours }) => !deepEqual(real, ours)).map((item) => ({ ...item, id: `${section}: ${item.name}` }));
      report.push(`${section}: ${items.length - unequal.length} of ${items.length} equal (${((100 * (items.length - unequal.length)) / items.length).toFixed(1)} %)`);
      const words = process.env['FACTS'];
      if (words) for (const { id, real, ours } of unequal) if (id.includes(words)) console.log(`${id}\n  real ${JSON.stringify(real)}\n  ours ${JSON.stringify(ours)}`);
      differing.push(...unequal.map(({ id }) => id));
    }
  } finally {
    client.close();
    await cluster.close();
  }
  console.log(report.join('\n'));
  if (process.env['UPDATE_FACTS']) writeFileSync(list, `# Items of the recorded facts that are not equal yet. Written by UPDATE_FACTS=1 npx vitest run app/sim/facts\n${differing.sort().join('\n')}\n`);
  else expect(differing.filter((id) => !known.has(id))).toEqual([]);
}, 300_000);
