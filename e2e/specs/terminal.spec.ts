import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '../fixtures/app.ts';

test('the shell is the learner’s own, with the bundled kubectl first and nobody else’s cluster', async ({ orrery }) => {
  const { window } = await orrery.start({ KUBECONFIG: '/etc/hosts' });
  const { terminal } = window;
  await terminal.type('command -v kubectl; echo "config=$KUBECONFIG" "cache=$KUBECACHEDIR"; pwd');
  await terminal.shows(`${orrery.data}/shell/bin/kubectl`);
  await terminal.shows(`config=${orrery.data}/kubeconfig`);
  await terminal.shows(`cache=${orrery.data}/kube-cache`);
  await terminal.shows(`${orrery.data}/workspaces/two-halves`);
  expect(statSync(path.join(orrery.data, 'kubeconfig')).mode & 0o777).toBe(0o600);
  await terminal.type('k get nodes --no-headers | wc -l');
  await terminal.shows(/\n3\n/);
});

test('completion, Unicode, colours, 10,000 lines, resize', async ({ orrery }) => {
  const { window } = await orrery.start();
  const { terminal, page } = window;
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('kubectl get no');
  await page.keyboard.press('Tab');
  await terminal.shows(/kubectl get nodes/);
  await page.keyboard.press('Control+C');
  await terminal.shows(/\^C\n.*\$$/);
  await terminal.type("printf 'gr\\303\\274\\303\\237e \\360\\237\\252\\220 \\344\\275\\240\\345\\245\\275\\n'");
  await terminal.shows('grüße 🪐 你好');
  await terminal.type('seq 1 10000');
  await terminal.shows(/\n10000\n/);
  await terminal.type('tput cols');
  await page.setViewportSize({ width: 1100, height: 800 });
  const columns = async (): Promise<number> => {
    await terminal.type('clear; echo "columns=$(tput cols)"');
    await terminal.shows(/columns=\d+/);
    return Number(/columns=(\d+)/.exec(await terminal.text())![1]);
  };
  const narrow = await columns();
  await page.setViewportSize({ width: 1600, height: 900 });
  await expect.poll(columns).toBeGreaterThan(narrow);
});

test('a command of the text is copied, or typed without Enter; a flood does not block the window', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  const { page, terminal } = window;
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await expect.poll(() => app.evaluate(({ clipboard }) => clipboard.readText())).toBe('kubectl get nodes -o wide');
  await page.getByRole('button', { name: 'Type it into the terminal, without Enter' }).first().click();
  await terminal.shows(/\$ kubectl get nodes -o wide$/);
  await page.keyboard.press('Enter');
  await terminal.shows(/INTERNAL-IP/);
  await terminal.type('yes flood');
  await page.waitForTimeout(1_500);
  const askedAt = Date.now();
  await page.getByRole('button', { name: 'Show as a list' }).click();
  await expect(page.getByRole('region', { name: 'Control plane' })).toBeVisible();
  expect(Date.now() - askedAt).toBeLessThan(5_000);
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+C');
  await terminal.shows(/\^C[\s\S]*\$$/);
});

test('a terminal opens on a machine and in a container of the cluster, beside one’s own shell', async ({ orrery }) => {
  const { window } = await orrery.start();
  const { page } = window;
  await window.part('Node worker-1').click();
  await page.getByRole('button', { name: 'Terminal on worker-1' }).click();
  await window.terminal.shows(/worker-1.*#\s*$/);
  await window.terminal.type('crictl ps --name kindnet -q | wc -l; hostname');
  await window.terminal.shows(/\n1\nworker-1\n/);
  await page.screenshot({ path: 'test-results/node-terminal.png' });
  await page.getByRole('tab', { name: 'Your shell' }).click();
  await window.terminal.type('kubectl run web --image=nginx && kubectl wait pod/web --for=condition=Ready');
  await window.terminal.shows('pod/web condition met');
  await window.part('Pod web').click();
  await page.getByRole('button', { name: 'Terminal in web' }).click();
  await window.terminal.type('hostname; exit 3');
  await window.terminal.shows(/\nweb\n/);
  await expect(page.getByText('The shell ended (exit 3).')).toBeVisible();
  await page.getByRole('button', { name: 'Close the terminal web' }).click();
  await expect(page.getByRole('tab', { name: 'worker-1' })).toHaveAttribute('aria-selected', 'true');
  await page.getByRole('tab', { name: 'worker-1' }).focus();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('tablist', { name: 'Terminals' })).toBeHidden();
  await window.terminal.shows('pod/web condition met');
});
