import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PersistentVolumeClaim } from '../../../contracts/k8s/index.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../client/resource-types.ts';
import { ControllerBench } from '../testing.ts';

let bench: ControllerBench;
beforeEach(async () => void (bench = await ControllerBench.create({ loops: ['persistentvolume-binder-controller', 'persistentvolume-expander-controller', 'ephemeral-volume-controller', 'garbagecollector', 'persistentvolumeclaim-protection-controller'] })));
afterEach(() => bench.dispose());

const claimSpec = (storage: string): object => ({ accessModes: ['ReadWriteOnce'], storageClassName: 'slow', resources: { requests: { storage } } });
const claim = (name: string): Promise<{ status?: PersistentVolumeClaim['status'] }> => bench.client.get<PersistentVolumeClaim>(persistentVolumeClaims, 'default', name);
const grow = (name: string, storage: string): Promise<unknown> => bench.client.patch(persistentVolumeClaims, 'default', name, { spec: { resources: { requests: { storage } } } }, []);

const expanding = async (): Promise<string[]> => (await bench.eventLines()).filter((line) => line.startsWith('ExternalExpanding'));

async function boundClaim(allowVolumeExpansion: boolean): Promise<void> {
  await bench.client.create(storageClasses, undefined, { metadata: { name: 'slow' }, provisioner: 'kubernetes.io/no-provisioner', allowVolumeExpansion }, []);
  await bench.client.create(persistentVolumes, undefined, { metadata: { name: 'v' }, spec: { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'slow', hostPath: { path: '/v' } } }, []);
  await bench.client.create(persistentVolumeClaims, 'default', { metadata: { name: 'data' }, spec: claimSpec('1Gi') }, []);
  // The binder looks again every 15 s.
  await bench.settle(4, 5_000);
  expect((await claim('data')).status).toMatchObject({ phase: 'Bound', capacity: { storage: '2Gi' } });
}

it('says that somebody else must grow a volume', async () => {
  await boundClaim(true);
  await grow('data', '2Gi');
  await bench.settle(4);
  expect(await expanding()).toEqual([]);
  await grow('data', '3Gi');
  await bench.settle(4);
  expect(await expanding()).toEqual(['ExternalExpanding: waiting for an external controller to expand this PVC']);
  expect((await claim('data')).status?.capacity).toEqual({ storage: '2Gi' });
});

it('is not asked where the class does not allow it', async () => {
  await boundClaim(false);
  await expect(grow('data', '3Gi')).rejects.toThrow('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
});

const ephemeralPod = { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'x' }], volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { metadata: { labels: { of: 'web' } }, spec: claimSpec('1Gi') } } }] } };

it('makes the claim of an ephemeral volume, and again; it goes with its Pod', async () => {
  await bench.client.create(pods, 'default', ephemeralPod, []);
  await bench.settle(4);
  const made = await bench.client.get<PersistentVolumeClaim>(persistentVolumeClaims, 'default', 'web-scratch');
  expect(made.metadata).toMatchObject({ labels: { of: 'web' }, ownerReferences: [{ kind: 'Pod', name: 'web', controller: true, blockOwnerDeletion: true }] });
  await bench.client.delete(persistentVolumeClaims, 'default', 'web-scratch', {}, []);
  await bench.settle(4);
  expect((await bench.client.get(persistentVolumeClaims, 'default', 'web-scratch')).metadata.uid).not.toBe(made.metadata.uid);
  await bench.client.delete(pods, 'default', 'web', { gracePeriodSeconds: 0 }, []);
  await bench.settle(8);
  expect((await bench.client.list(persistentVolumeClaims, 'default')).items).toEqual([]);
});

it('does not take a claim that belongs to somebody else', async () => {
  await bench.client.create(persistentVolumeClaims, 'default', { metadata: { name: 'web-scratch' }, spec: claimSpec('1Gi') }, []);
  await bench.client.create(pods, 'default', ephemeralPod, []);
  await bench.settle(4);
  expect(await bench.eventLines()).toContain('FailedBinding: ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)');
});
