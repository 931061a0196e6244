import { expect, test } from 'vitest';
import { OrreryError } from '../../base/errors/index.ts';
import type { Cluster, ResourceRef } from '../../cluster/cluster.ts';
import { inventory, sweep } from './sweep.ts';

type Kept = Record<string, { metadata: { uid: string; name: string; namespace?: string; ownerReferences?: object[] } }[]>;

/** A cluster that serves these objects and no Gateway API. */
function clusterOf(objects: Kept): { cluster: Cluster; deleted: string[] } {
  const deleted: string[] = [];
  const client = {
    list: async ({ group, resource }: ResourceRef) => {
      if (group === 'gateway.networking.k8s.io') throw new OrreryError('http-404', 'the server could not find the requested resource');
      return { items: objects[resource] ?? [], resourceVersion: '1' };
    },
    delete: async ({ resource, namespace }: ResourceRef, name: string) => void deleted.push(`${resource} ${namespace ?? '-'}/${name}`),
  };
  return { cluster: { client } as unknown as Cluster, deleted };
}

test('what was made since goes: not what was there, what belongs to an owner, or what is of kube-system', async () => {
  const { signal } = new AbortController();
  const objects: Kept = { jobs: [{ metadata: { uid: '1', name: 'old', namespace: 'default' } }] };
  const { cluster, deleted } = clusterOf(objects);
  const before = await inventory(cluster, signal);
  objects['jobs']!.push({ metadata: { uid: '2', name: 'new', namespace: 'default' } });
  objects['resourcequotas'] = [{ metadata: { uid: '3', name: 'small', namespace: 'team' } }];
  objects['customresourcedefinitions'] = [{ metadata: { uid: '4', name: 'planets.orrery.example' } }];
  objects['pods'] = [{ metadata: { uid: '5', name: 'new-x', namespace: 'default', ownerReferences: [{}] } }, { metadata: { uid: '6', name: 'dns', namespace: 'kube-system' } }];
  await sweep(cluster, before, signal);
  expect(deleted).toEqual(['jobs default/new', 'resourcequotas team/small', 'customresourcedefinitions -/planets.orrery.example']);
});
