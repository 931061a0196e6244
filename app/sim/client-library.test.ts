// A client library that is not ours, over HTTPS: what works with it works with the rest of its kind.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CoreV1Api, CustomObjectsApi, KubeConfig, KubernetesObjectApi, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { SimCluster } from './sim-cluster.ts';

let cluster: SimCluster;
let config: KubeConfig;

beforeEach(async () => {
  cluster = await SimCluster.create({ workers: 1, seed: 1, speed: 20, startAt: Date.UTC(2026, 0, 1) });
  await cluster.whenReady();
  config = new KubeConfig();
  config.loadFromString((await cluster.listen('127.0.0.1', 0)).kubeconfig);
}, 60_000);
afterEach(() => cluster.close());

async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await Promise.resolve(ask());
    if (found !== undefined) return found;
    await cluster.clock.sleep(200);
  }
}

it('an informer sees what comes, changes and goes', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const seen: string[] = [];
  const informer = makeInformer<V1ConfigMap>(config, '/api/v1/namespaces/default/configmaps', () => core.listNamespacedConfigMap({ namespace: 'default' }));
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, ({ metadata, data }) => void (metadata?.name === 'app' && seen.push(`${verb} ${data?.['a']}`)));
  informer.on('error', (error: unknown) => void seen.push(`error ${String(error)}`));
  await informer.start();
  await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'app' }, data: { a: '1' } } });
  await eventually(() => seen.includes('add 1') || undefined);
  const stored = await core.readNamespacedConfigMap({ namespace: 'default', name: 'app' });
  await core.replaceNamespacedConfigMap({ namespace: 'default', name: 'app', body: { ...stored, data: { a: '2' } } });
  await expect(core.replaceNamespacedConfigMap({ namespace: 'default', name: 'app', body: { ...stored, data: { a: '3' } } })).rejects.toMatchObject({ code: 409 });
  await core.deleteNamespacedConfigMap({ namespace: 'default', name: 'app' });
  await eventually(() => seen.includes('delete 2') || undefined);
  await informer.stop();
  expect(seen).toEqual(['add 1', 'update 2', 'delete 2']);
}, 60_000);

it('knows custom resources as soon as they are defined', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 3 } } } } } };
  await objects.create({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] } } as never);
  const custom = config.makeApiClient(CustomObjectsApi);
  const make = (size: number): Promise<unknown> => custom.createNamespacedCustomObject({ group: 'example.com', version: 'v1', namespace: 'default', plural: 'widgets', body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size } } });
  await eventually(() => custom.listNamespacedCustomObject({ group: 'example.com', version: 'v1', namespace: 'default', plural: 'widgets' }).catch(() => undefined));
  await expect(make(4)).rejects.toMatchObject({ code: 422 });
  expect(await make(2)).toMatchObject({ kind: 'Widget', spec: { size: 2 } });
}, 60_000);
