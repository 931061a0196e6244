import { expect, it } from 'vitest';
import { createTestApiServer } from '../apiserver/testing.ts';
import { ApiClient } from '../client/api-client.ts';
import { serviceAccounts } from '../client/resource-types.ts';
import { ControllerManager } from './controller-manager.ts';
import { controllers } from './index.ts';

it('makes a service account for each loop, and again when somebody deletes it', async () => {
  const api = await createTestApiServer();
  const client = new ApiClient(api.admin);
  const { clock, ids, random } = api;
  const manager = new ControllerManager({ transport: (caller) => api.transport(caller), clock, ids, random, rootCertificate: 'PEM' });
  manager.start();
  await clock.advance(100);
  const names = async (): Promise<string[]> => (await client.list(serviceAccounts, 'kube-system')).items.map(({ metadata }) => metadata.name);
  const wanted = [...new Set(['default', ...controllers.flatMap(({ serviceAccount }) => serviceAccount ?? [])])].sort();
  expect(await names()).toEqual(wanted);
  await client.delete(serviceAccounts, 'kube-system', 'job-controller', {}, []);
  await clock.advance(100);
  expect(await names()).toEqual(wanted);
  manager.dispose();
  await clock.settle();
  api.dispose();
});
