import { expect, test } from '../fixtures/app.ts';

test('each part shows what it is doing now, and a single loop can be switched off', async ({ orrery }, info) => {
  const { window } = await orrery.start();
  const { page, terminal } = window;
  await terminal.type('kubectl create deployment web --image=nginx:1.27 --replicas=2 && kubectl expose deployment web --port=80 --type=LoadBalancer && kubectl rollout status deployment web');
  await terminal.shows(/successfully rolled out/);

  const inspect = async (spoken: string, id: string, text: RegExp): Promise<void> => {
    await window.part(spoken).click();
    const inspector = page.getByRole('complementary', { name: /^Inspector/ });
    await expect(inspector).toContainText(text);
    await page.screenshot({ path: info.outputPath(`${id}.png`) });
  };
  await inspect('kube-scheduler', 'scheduler', /NodeResourcesFit|total/);
  await inspect('cloud-controller-manager', 'cloud', /172\.18\.255\.200.*for default\/web/);
  await inspect('kubelet on worker-1', 'kubelet', /Pod workers/);
  await inspect('container runtime on worker-1', 'runtime', /nginx: master process/);
  await inspect('kube-proxy on worker-1', 'proxy', /default\/web/);
  await inspect('kube-controller-manager', 'loops', /Loops/);

  await page.getByRole('switch', { name: 'Power of loop replicaset-controller' }).or(page.getByRole('switch', { name: 'Power of loop replicaset' })).first().click();
  await terminal.type('clear; kubectl scale deployment web --replicas=4; sleep 3; kubectl get rs');
  await terminal.shows(/web-\S+\s+4\s+2\s+2/);
});
