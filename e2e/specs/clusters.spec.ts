import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../fixtures/app.ts';

test('another cluster of the kubeconfig is looked at by name, changed by nothing, and left again', async ({ orrery }) => {
  const kubeconfig = path.join(orrery.data, 'user-kubeconfig');
  const { window } = await orrery.start({ KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${orrery.data}/no-docker.sock` });
  const { page } = window;
  // The user's own kubeconfig: our simulated cluster plays a foreign one, and there is one that is gone.
  const own = readFileSync(path.join(orrery.data, 'kubeconfig'), 'utf8');
  writeFileSync(kubeconfig, `${own.replace(/^contexts:$/m, `contexts:\n- name: production\n  context: ${contextOf(own)}\n- name: forgotten\n  context: { cluster: forgotten, user: nobody }`)}`);
  await page.getByRole('button', { name: 'Choose a cluster' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clusters' });
  await expect(dialog.getByText('production')).toBeVisible();
  await expect(dialog.getByText('The cluster forgotten is not in the kubeconfig.')).toBeVisible();
  await expect(dialog.getByText('There is neither Docker nor Podman on this machine')).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().include('[role=dialog]').analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.screenshot({ path: 'test-results/clusters-light.png' });
  await dialog.getByRole('button', { name: 'Show production' }).click();
  const banner = page.getByRole('region', { name: 'Cluster that is shown' });
  await expect(banner).toContainText('You look at production. Orrery changes nothing in it.');
  await expect(window.part('Node worker-2')).toBeVisible();
  // The time of another cluster is nobody's to stop.
  await expect(page.getByRole('button', { name: 'Stop time' })).toBeHidden();
  // The terminal stays with the simulated cluster; what it does there is seen in the context too, for they are one here.
  await window.terminal.type('kubectl run web --image=nginx:1.27');
  await expect(window.part('Pod web, namespace default, Running')).toBeVisible();
  await page.screenshot({ path: 'test-results/context-light.png' });
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await page.screenshot({ path: 'test-results/context-dark.png' });
  await page.getByRole('button', { name: 'Choose a cluster' }).click();
  await expect(dialog.getByText('shown')).toBeVisible();
  await page.screenshot({ path: 'test-results/clusters-dark.png' });
  await page.keyboard.press('Escape');
  await banner.getByRole('button', { name: 'Back to the simulated cluster' }).click();
  await expect(banner).toBeHidden();
  await expect(page.getByRole('button', { name: 'Choose a cluster' })).toContainText('simulated cluster');
  await expect(page.getByRole('button', { name: 'Stop time' })).toBeVisible();
});

/** The one context of this kubeconfig, as flow YAML. */
function contextOf(text: string): string {
  return `{ cluster: ${/cluster: (\S+)/.exec(text.slice(text.indexOf('contexts:')))![1]!}, user: ${/user: (\S+)/.exec(text.slice(text.indexOf('contexts:')))![1]!} }`;
}
