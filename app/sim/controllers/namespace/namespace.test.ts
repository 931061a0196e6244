import { expect, test } from 'vitest';
import type { Namespace } from '../../../contracts/k8s/index.ts';
import { namespaces } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

const apiServices = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices', kind: 'APIService', namespaced: false };

test('a namespace stays while an aggregated API does not say what it holds there, and tells why', async () => {
  const bench = await ControllerBench.create({ loops: ['namespace'], nodes: [] });
  await bench.client.create(namespaces, undefined, { metadata: { name: 'lab' } }, []);
  await bench.client.create(apiServices, undefined, { metadata: { name: 'v1.away.example.com' }, spec: { group: 'away.example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, service: { name: 'none', namespace: 'lab' } } }, []);
  await bench.client.delete(namespaces, undefined, 'lab', {}, []);
  await bench.api.clock.advance(20_000);
  const { status } = await bench.client.get<Namespace>(namespaces, undefined, 'lab');
  expect(status?.conditions?.find(({ type }) => type === 'NamespaceDeletionDiscoveryFailure')).toMatchObject({ status: 'True', reason: 'DiscoveryFailed', message: expect.stringContaining('away.example.com/v1') });
  await bench.client.delete(apiServices, undefined, 'v1.away.example.com', {}, []);
  await bench.api.clock.advance(600_000);
  await expect(bench.client.get(namespaces, undefined, 'lab')).rejects.toThrow('not found');
  await bench.dispose();
});
