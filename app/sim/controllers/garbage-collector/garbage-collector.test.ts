import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMaps, customResourceDefinitions } from '../../client/resource-types.ts';
import { isNotFound } from '../../machinery/status.ts';
import { ControllerBench } from '../testing.ts';

const widgets = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true };
const definition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};
let bench: ControllerBench;
beforeEach(async () => {
  bench = await ControllerBench.create({ loops: ['garbagecollector'], nodes: [], definitions: true });
  await bench.client.create(customResourceDefinitions, undefined, definition, []);
  await bench.api.clock.advance(2_000);
});
afterEach(() => bench.dispose());

const owner = (kind: string, name: string, uid: string): object => ({ apiVersion: kind === 'Widget' ? 'example.com/v1' : 'v1', kind, name, uid, blockOwnerDeletion: true });
const make = (type: typeof widgets | typeof configMaps, name: string, owners: object[] = [], namespace = 'default'): Promise<{ metadata: { uid: string } }> => bench.client.create(type as typeof configMaps, namespace, { metadata: { name, ownerReferences: owners } }, []);
const isThere = (type: typeof widgets | typeof configMaps, name: string): Promise<boolean> => bench.client.get(type as typeof configMaps, 'default', name).then(() => true, (error: unknown) => (isNotFound(error) ? false : Promise.reject(error)));
const remove = (propagationPolicy: string): Promise<void> => bench.client.delete(widgets, 'default', 'parent', { propagationPolicy }, []);

describe('the garbage collector', () => {
  it.each(['Background', 'Foreground'])('takes what a custom resource owned with it, its own kind too (%s)', async (policy) => {
    const { metadata: { uid } } = await make(widgets, 'parent');
    await make(configMaps, 'built-in', [owner('Widget', 'parent', uid)]);
    await make(widgets, 'custom', [owner('Widget', 'parent', uid)]);
    await bench.api.clock.advance(2_000);
    await remove(policy);
    await bench.api.clock.advance(5_000);
    expect(await Promise.all([isThere(widgets, 'parent'), isThere(configMaps, 'built-in'), isThere(widgets, 'custom')])).toEqual([false, false, false]);
  });

  it('lets orphans of a custom resource live, and takes the references away', async () => {
    const { metadata: { uid } } = await make(widgets, 'parent');
    await make(configMaps, 'built-in', [owner('Widget', 'parent', uid)]);
    await make(widgets, 'custom', [owner('Widget', 'parent', uid)]);
    await bench.api.clock.advance(2_000);
    await remove('Orphan');
    await bench.api.clock.advance(5_000);
    expect(await isThere(widgets, 'parent')).toBe(false);
    for (const [type, name] of [[configMaps, 'built-in'], [widgets, 'custom']] as const) expect((await bench.client.get(type as typeof configMaps, 'default', name)).metadata.ownerReferences ?? []).toEqual([]);
  });

  it('knows a kind no more when its definition is gone, and again when it is back', async () => {
    await bench.client.delete(customResourceDefinitions, undefined, 'widgets.example.com', {}, []);
    await bench.api.clock.advance(5_000);
    await bench.client.create(customResourceDefinitions, undefined, definition, []);
    await bench.api.clock.advance(2_000);
    const { metadata: { uid } } = await make(widgets, 'parent');
    await make(configMaps, 'child', [owner('Widget', 'parent', uid)]);
    await remove('Background');
    await bench.api.clock.advance(5_000);
    expect(await isThere(configMaps, 'child')).toBe(false);
  });

  it('complains of an owner in another namespace, and takes the object away; an owner of no known kind is left in peace', async () => {
    await bench.client.create({ group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false }, undefined, { metadata: { name: 'far' } }, []);
    const { metadata: { uid } } = await make(configMaps, 'parent', [], 'far');
    await make(configMaps, 'stray', [owner('ConfigMap', 'parent', uid)]);
    await make(configMaps, 'odd', [{ apiVersion: 'none.io/v1', kind: 'None', name: 'x', uid: 'u-1' }]);
    await bench.api.clock.advance(5_000);
    expect(await Promise.all([isThere(configMaps, 'stray'), isThere(configMaps, 'odd')])).toEqual([false, true]);
    expect((await bench.eventLines()).join('\n')).toContain(`OwnerRefInvalidNamespace: ownerRef [v1/ConfigMap, namespace: default, name: parent, uid: ${uid}] does not exist in namespace "default"`);
  });
});
