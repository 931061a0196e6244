import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Secret } from '../../../contracts/k8s/index.ts';
import { ISSUER } from '../../apiserver/authentication/service-account-tokens.ts';
import { secrets, serviceAccounts } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => void (bench = await ControllerBench.create({ loops: ['serviceaccount-token-controller'], nodes: [] })));
afterEach(() => bench.dispose());

const ask = (name: string, account: string, uid?: string): Promise<unknown> => bench.client.create(secrets, 'default', {
  metadata: { name, annotations: { 'kubernetes.io/service-account.name': account, ...(uid ? { 'kubernetes.io/service-account.uid': uid } : {}) } }, type: 'kubernetes.io/service-account-token',
}, []);
const names = async (): Promise<string[]> => (await bench.client.list(secrets, 'default')).items.map(({ metadata }) => metadata.name);

it('fills a Secret in; its token is good until Secret or account is gone', async () => {
  const account = await bench.client.create(serviceAccounts, 'default', { metadata: { name: 'robot' } }, []);
  await ask('key', 'robot');
  await bench.settle(2);
  const secret = await bench.client.get<Secret>(secrets, 'default', 'key');
  const decoded = Object.fromEntries(Object.entries(secret.data!).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  expect(secret.metadata.annotations).toEqual({ 'kubernetes.io/service-account.name': 'robot', 'kubernetes.io/service-account.uid': account.metadata.uid });
  expect(decoded).toMatchObject({ 'ca.crt': 'PEM', namespace: 'default' });
  const review = (): unknown => bench.api.server.tokens.review(decoded['token']!, [ISSUER]);
  expect(review()).toMatchObject({ user: { name: 'system:serviceaccount:default:robot', uid: account.metadata.uid } });
  await bench.client.delete(serviceAccounts, 'default', 'robot', {}, []);
  await bench.settle(2);
  expect(await names()).toEqual([]);
  expect(review()).toEqual({ error: 'token has been invalidated' });
});

it('deletes Secrets of accounts that are not there, or are others by now', async () => {
  await ask('nobody', 'nobody');
  await bench.client.create(serviceAccounts, 'default', { metadata: { name: 'robot' } }, []);
  await ask('former', 'robot', 'b6a7f8c0-0000-4000-8000-000000000000');
  await bench.client.create(secrets, 'default', { metadata: { name: 'plain' } }, []);
  await bench.settle(2);
  expect(await names()).toEqual(['plain']);
});
