// A client library that is not ours, with a kubeconfig as `npm run cluster` writes it (informers, conflicts and custom
// resources: app/sim/client-library.test.ts).
import { Writable } from 'node:stream';
import { AppsV1Api, CoreV1Api, Exec, KubeConfig, type V1Status } from '@kubernetes/client-node';
import { expect, test } from '../fixtures/cluster.ts';

const namespace = 'default';

test('@kubernetes/client-node: a Deployment comes up, and a command runs in its Pod', async ({ kubeconfig }) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
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
