import { afterEach, expect, it } from 'vitest';
import type { Secret } from '../../../contracts/k8s/index.ts';
import { configMaps, secrets, serviceAccounts } from '../../client/resource-types.ts';
import { TRACKING_MAP } from '../../machinery/legacy-tokens.ts';
import { ControllerBench } from '../testing.ts';

const DAY_MS = 86_400_000;
let bench: ControllerBench;
const start = async (definitions: boolean): Promise<void> => void (bench = await ControllerBench.create({ loops: ['serviceaccount-token-controller', 'legacy-serviceaccount-token-cleaner-controller'], nodes: [], definitions }));
afterEach(() => bench.dispose());

const labels = async (name: string): Promise<Record<string, string> | undefined> => (await bench.client.get<Secret>(secrets, 'default', name)).metadata.labels;
/** Jumps: nothing but the cleaner's daily round matters in between. */
const days = async (count: number): Promise<void> => {
  bench.manager.stop();
  bench.scheduler.stop();
  await bench.api.clock.advance(count * DAY_MS);
  bench.manager.start();
  await bench.api.clock.advance(5_000);
};

const tracking = async (): Promise<unknown> => (await bench.client.get<{ data?: object }>(configMaps, 'kube-system', TRACKING_MAP)).data;

it('has the API server note since when uses are written down, whatever anybody makes of it', async () => {
  await start(true);
  expect(await tracking()).toEqual({ since: '2026-01-01' });
  await bench.client.delete(configMaps, 'kube-system', TRACKING_MAP, undefined, []);
  await bench.api.clock.advance(1_000);
  await bench.client.patch(configMaps, 'kube-system', TRACKING_MAP, { data: { since: '2031-01-01' } }, []);
  await bench.api.clock.advance(1_000);
  expect(await tracking()).toEqual({ since: '2026-01-01' });
});

it('marks a token that nobody used for a year, then deletes it; one that is used or was asked for stays', async () => {
  // Without the API server's loops, whose watches would count the minutes of two years.
  await start(false);
  await bench.client.create(configMaps, 'kube-system', { metadata: { name: TRACKING_MAP }, data: { since: '2026-01-01' } }, []);
  for (const name of ['old', 'used', 'asked-for']) await bench.client.create(secrets, 'default', { metadata: { name, annotations: { 'kubernetes.io/service-account.name': 'default' } }, type: 'kubernetes.io/service-account-token' }, []);
  await bench.client.patch(serviceAccounts, 'default', 'default', { secrets: [{ name: 'old' }, { name: 'used' }] }, []);
  await bench.api.clock.advance(1_000);
  await days(300);
  const token = Buffer.from((await bench.client.get<Secret>(secrets, 'default', 'used')).data!['token']!, 'base64').toString();
  expect(bench.api.server.tokens.authenticate({ authorization: `Bearer ${token}` })).toMatchObject({ name: 'system:serviceaccount:default:default' });
  await bench.api.clock.advance(1_000);
  expect(await labels('used')).toEqual({ 'kubernetes.io/legacy-token-last-used': '2026-10-28' });
  await days(70);
  expect(await labels('old')).toEqual({ 'kubernetes.io/legacy-token-invalid-since': '2027-01-06' });
  const old = Buffer.from((await bench.client.get<Secret>(secrets, 'default', 'old')).data!['token']!, 'base64').toString();
  expect(bench.api.server.tokens.authenticate({ authorization: `Bearer ${old}` })).toBe('invalid');
  await days(200);
  await bench.client.patch(secrets, 'default', 'used', { metadata: { labels: { 'kubernetes.io/legacy-token-last-used': '2027-07-01' } } }, []);
  await days(170);
  expect((await bench.client.list<Secret>(secrets, 'default')).items.map(({ metadata }) => metadata.name)).toEqual(['asked-for', 'used']);
});
