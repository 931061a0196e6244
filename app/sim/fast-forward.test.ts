// Fast-forward changes nothing: the whole cluster, with real time behind its clock, leaves the same trace at every speed.
import { expect, it } from 'vitest';
import { makeCertificates } from './apiserver/pki/pki.ts';
import { ApiClient } from './client/api-client.ts';
import { deployments, pods } from './client/resource-types.ts';
import { SimCluster } from './sim-cluster.ts';

const START = Date.UTC(2026, 0, 1);
const END_MS = 6_000;
const template = (image: string): object => ({ metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image }] } });

/** What somebody does, and at which moment of virtual time. */
const STORY: readonly (readonly [atMs: number, (client: ApiClient) => Promise<unknown>])[] = [
  [1_500, (client) => client.create(deployments, 'default', { metadata: { name: 'web' }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('registry.k8s.io/pause:3.10') } }, [])],
  [3_500, (client) => client.patch(deployments, 'default', 'web', { spec: { replicas: 2, template: template('registry.k8s.io/pause:none') } }, [])],
  [4_500, async (client) => client.delete(pods, 'default', (await client.list(pods, 'default')).items[0]!.metadata.name, {}, [])],
];

async function traceAt(speed: number, certificates: Awaited<ReturnType<typeof makeCertificates>>): Promise<string[]> {
  const cluster = await SimCluster.create({ workers: 2, seed: 7, speed, startAt: START, paused: true }, certificates);
  const client = new ApiClient(cluster.adminTransport());
  for (const [atMs, act] of STORY) cluster.clock.schedule(atMs, () => void act(client));
  const ended = cluster.clock.sleep(END_MS);
  // What the start set off ends first: it is done by no callback of the clock.
  await cluster.clock.settle();
  cluster.clock.resume();
  await ended;
  cluster.clock.pause();
  await cluster.clock.settle();
  const lines = [...cluster.trace.since(1)].filter(({ at }) => at < START + END_MS).map((event) => `${event.at - START} ${event.from} ${event.to} ${event.label} ${event.cause.join()}`);
  await cluster.close();
  return lines;
}

it('leaves the same trace at 1, 100 and 1,000 times the speed', async () => {
  const certificates = await makeCertificates(START);
  const slow = await traceAt(1, certificates);
  expect(slow.some((line) => line.includes('pause:none'))).toBe(true);
  for (const speed of [100, 1_000]) expect(await traceAt(speed, certificates)).toEqual(slow);
}, 60_000);
