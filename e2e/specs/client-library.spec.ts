// A client library that is not ours, over HTTPS: what works with it works with the rest of its kind.
import { Writable } from 'node:stream';
import { AppsV1Api, CoreV1Api, CustomObjectsApi, Exec, KubeConfig, KubernetesObjectApi, makeInformer, PatchStrategy, setHeaderOptions, type V1ConfigMap, type V1Status } from '@kubernetes/client-node';
import { expect, test } from '../fixtures/cluster.ts';

const namespace = 'default';

function configOf(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

test('@kubernetes/client-node: an informer sees what comes, changes and goes; conflicts and absence are told by code', async ({ kubeconfig }) => {
  const config = configOf(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const seen: string[] = [];
  const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, ({ metadata, data }) => void (metadata?.name === 'app' && seen.push(`${verb} ${data?.['a']}`)));
  informer.on('error', (error: unknown) => void seen.push(`error ${String(error)}`));
  await informer.start();
  const stored = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'app' }, data: { a: '1' } } });
  await core.patchNamespacedConfigMap({ namespace, name: 'app', body: { data: { a: '2' } } }, setHeaderOptions('Content-Type', PatchStrategy.MergePatch));
  await expect(core.replaceNamespacedConfigMap({ namespace, name: 'app', body: { ...stored, data: { a: '3' } } })).rejects.toMatchObject({ code: 409 });
  await core.deleteNamespacedConfigMap({ namespace, name: 'app' });
  await expect(core.readNamespacedConfigMap({ namespace, name: 'app' })).rejects.toMatchObject({ code: 404 });
  await expect.poll(() => seen).toEqual(['add 1', 'update 2', 'delete 2']);
  await informer.stop();
});

test('@kubernetes/client-node: a Deployment comes up, and a command runs in its Pod', async ({ kubeconfig }) => {
  const config = configOf(kubeconfig);
  const apps = config.makeApiClient(AppsV1Api);
  const labels = { app: 'web' };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } } } } });
  await expect.poll(async () => (await apps.readNamespacedDeploymentStatus({ name: 'web', namespace })).status?.readyReplicas, { timeout: 60_000 }).toBe(2);
  const [pod] = (await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector: 'app=web' })).items;
  const name = pod!.metadata!.name!;
  let printed = '';
  const stdout = new Writable({ write: (chunk: Buffer, _encoding, done) => ((printed += chunk.toString()), done()) });
  const status = await new Promise<V1Status>((resolve, reject) => new Exec(config).exec(namespace, name, 'web', ['sh', '-c', 'hostname; exit 3'], stdout, null, null, false, resolve).catch(reject));
  expect(printed).toBe(`${name}\n`);
  expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
});

test('@kubernetes/client-node: custom resources are there as soon as they are defined', async ({ kubeconfig }) => {
  const config = configOf(kubeconfig);
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', maximum: 3 } } } } } };
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] } };
  await KubernetesObjectApi.makeApiClient(config).create(definition);
  const custom = config.makeApiClient(CustomObjectsApi);
  const where = { group: 'example.com', version: 'v1', namespace, plural: 'widgets' };
  await expect.poll(() => custom.listNamespacedCustomObject(where).then(() => true, () => false)).toBe(true);
  const make = (size: number): Promise<unknown> => custom.createNamespacedCustomObject({ ...where, body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size } } });
  await expect(make(4)).rejects.toMatchObject({ code: 422 });
  expect(await make(2)).toMatchObject({ kind: 'Widget', spec: { size: 2 } });
});
