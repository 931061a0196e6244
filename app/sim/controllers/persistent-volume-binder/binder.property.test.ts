// Whatever the order of events, and wherever the binder is stopped and started: claims and volumes end in consistent pairs.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTestApiServer } from '../../apiserver/testing.ts';
import { ApiClient } from '../../client/api-client.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resource-types.ts';
import { ControllerManager } from '../controller-manager.ts';

type Step =
  | { readonly do: 'volume'; readonly id: number; readonly size: number }
  | { readonly do: 'claim'; readonly id: number; readonly size: number; readonly named: boolean }
  | { readonly do: 'unclaim'; readonly id: number }
  | { readonly do: 'drop'; readonly id: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'switch' };

const id = fc.integer({ min: 0, max: 3 });
const size = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('volume' as const), id, size }),
  fc.record({ do: fc.constant('claim' as const), id, size, named: fc.boolean() }),
  fc.record({ do: fc.constant('unclaim' as const), id }),
  fc.record({ do: fc.constant('drop' as const), id }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 20, 16_000) }),
  fc.record({ do: fc.constant('switch' as const) }),
);

async function live(steps: readonly Step[]): Promise<void> {
  const api = await createTestApiServer();
  const client = new ApiClient(api.admin);
  const { clock, ids, random } = api;
  const manager = new ControllerManager({ transport: (caller) => api.transport(caller), clock, ids, random, rootCertificate: 'PEM' });
  const binder = manager.loop('persistentvolume-binder-controller')!;
  manager.start();
  const base = { storageClassName: 'manual', accessModes: ['ReadWriteOnce'] };
  const act = async (one: Step): Promise<void> => {
    if (one.do === 'volume') await client.create(persistentVolumes, undefined, { metadata: { name: `v${one.id}` }, spec: { ...base, capacity: { storage: `${one.size}Gi` }, hostPath: { path: '/d' } } }, []);
    else if (one.do === 'claim') await client.create(persistentVolumeClaims, 'default', { metadata: { name: `c${one.id}` }, spec: { ...base, resources: { requests: { storage: `${one.size}Gi` } }, ...(one.named ? { volumeName: `v${one.id}` } : {}) } }, []);
    else if (one.do === 'unclaim') await client.delete(persistentVolumeClaims, 'default', `c${one.id}`, undefined, []);
    else if (one.do === 'drop') await client.delete(persistentVolumes, undefined, `v${one.id}`, undefined, []);
    else if (one.do === 'switch') binder.running ? binder.stop() : binder.start();
    else await clock.advance(one.ms);
  };
  try {
    await clock.advance(10);
    for (const one of steps) await act(one).catch(() => {});
    if (!binder.running) binder.start();
    await clock.advance(120_000);
    const volumes = (await client.list(persistentVolumes)).items;
    const claims = (await client.list(persistentVolumeClaims, 'default')).items;
    for (const claim of claims) {
      if (claim.status?.phase === 'Lost') continue;
      const volume = volumes.find(({ metadata }) => metadata.name === claim.spec?.volumeName);
      const owns = volume?.spec?.claimRef?.uid === claim.metadata.uid;
      expect(claim.status?.phase === 'Bound', 'bound exactly when the volume says so too').toBe(owns);
      if (!owns) continue;
      expect(volume.status?.phase).toBe('Bound');
      expect(Number.parseInt(volume.spec!.capacity!['storage']!)).toBeGreaterThanOrEqual(Number.parseInt(claim.spec!.resources!.requests!['storage']!));
    }
    const owners = volumes.flatMap(({ spec }) => spec?.claimRef?.uid ?? []);
    expect(new Set(owners).size, 'no claim has two volumes').toBe(owners.length);
    for (const volume of volumes) {
      const isOwned = claims.some(({ metadata }) => metadata.uid === volume.spec?.claimRef?.uid);
      expect(volume.status?.phase).toBe(isOwned ? 'Bound' : volume.spec?.claimRef?.uid ? 'Released' : 'Available');
    }
    for (const claim of claims) {
      if (claim.status?.phase !== 'Pending' || claim.spec?.volumeName) continue;
      const fits = volumes.some((volume) => volume.status?.phase === 'Available' && Number.parseInt(volume.spec!.capacity!['storage']!) >= Number.parseInt(claim.spec!.resources!.requests!['storage']!));
      expect(fits, 'nobody waits beside a volume that fits').toBe(false);
    }
  } finally {
    manager.dispose();
    await clock.settle();
    api.dispose();
  }
}

/** Kept small for CI; RUNS=10000 for the long way. */
const RUNS = Number(process.env['RUNS'] ?? 8);

it('claims and volumes settle in consistent pairs', { timeout: RUNS * 2_000 + 30_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), live), { numRuns: RUNS, seed: 4 });
});
