import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ElectronApplication } from '@playwright/test';
import { expect, launch, test } from '../fixtures/app.ts';

/** Kills a utility process as a crash would. */
async function kill(app: ElectronApplication, name: string): Promise<void> {
  const pid = await app.evaluate(({ app: electron }, wanted) => electron.getAppMetrics().find((metric) => metric.name === wanted || metric.serviceName === wanted)?.pid, name);
  expect(pid, `a process called ${name}`).toBeTruthy();
  process.kill(pid!, 'SIGKILL');
}

test('the cluster’s process is killed: it comes back, the window says so, and the terminal lives on', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  await window.terminal.type('mark=still-here');
  await kill(app, 'Orrery cluster');
  await expect(window.notice('The cluster was restarted')).toBeVisible();
  await expect(window.status).toContainText('Everything runs');
  await window.terminal.type('kubectl get nodes --no-headers | wc -l; echo $mark');
  await window.terminal.shows(/\n3\nstill-here\n/);
});

test('the shells’ process is killed: a new shell opens, and the cluster kept what was in it', async ({ orrery }) => {
  const { app, window } = await orrery.start();
  await window.terminal.type('kubectl create configmap kept --from-literal=a=b');
  await window.terminal.shows('configmap/kept created');
  await kill(app, 'Orrery terminal');
  await expect(window.notice('The terminal was restarted')).toBeVisible();
  // What is typed while the shells are away is lost, as at any terminal that hung up.
  await expect(async () => {
    await window.terminal.type('kubectl get configmap kept -o name');
    await window.terminal.shows(/\nconfigmap\/kept\n/, 5_000);
  }).toPass();
});

test('damaged progress and settings are kept aside, and told', async ({ orrery }) => {
  writeFileSync(path.join(orrery.data, 'progress.json'), '{"chapters": {"two-ha');
  writeFileSync(path.join(orrery.data, 'settings.json'), 'theme: dark');
  const { window } = await orrery.start();
  await expect(window.notice('Settings were damaged')).toBeVisible();
  await expect(window.page.getByLabel('notices').or(window.page.locator('.notices'))).toContainText(/progress/i);
  const kept = readdirSync(orrery.data).find((name) => name.startsWith('progress.json.corrupt'));
  expect(readFileSync(path.join(orrery.data, kept!), 'utf8')).toBe('{"chapters": {"two-ha');
});

test('a shell that is not there is replaced, and told', async ({ orrery }) => {
  const { window } = await orrery.start({ SHELL: '/nowhere/zsh' });
  await expect(window.page.getByRole('region', { name: 'Terminal' })).toContainText('Your shell /nowhere/zsh could not be started, so this is bash.');
  await window.terminal.type('kubectl version');
  await window.terminal.shows(/Server Version: v1\.36/);
});

test('a second instance focuses the first window and ends', async ({ orrery }) => {
  const { app } = await orrery.start();
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.minimize());
  const second = await launch(orrery.data).catch(() => undefined);
  await second?.waitForEvent('close').catch(() => {});
  await expect.poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isMinimized()))).toEqual([false]);
});
