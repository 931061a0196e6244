import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
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

test('a full disk: what could not be saved is told, nothing is lost, and the next step saves it all', async ({ orrery }) => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'needs a small disk of its own, which only root may mount');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', orrery.data]);
  try {
    const { window } = await orrery.start();
    await window.openChapter('path-of-apply', 'The path of kubectl apply -f pod.yaml');
    fill(orrery.data);
    await window.terminal.type('kubectl apply -f pod.yaml');
    await expect(window.notice('Progress could not be saved')).toContainText('The disk is full');
    await expect(window.step(1)).toContainText('Done');
    await window.page.getByRole('combobox', { name: 'Chapter' }).selectOption('scheduler');
    await expect(window.notice('The chapter could not be opened')).toContainText('The disk is full. Make room on it and try again.');
    await expect(window.page.getByRole('combobox', { name: 'Chapter' })).toHaveValue('path-of-apply');
    await window.page.screenshot({ path: 'test-results/full-disk.png' });
    rmSync(path.join(orrery.data, 'filler'));
    await window.page.getByRole('combobox', { name: 'Chapter' }).selectOption('scheduler');
    await expect(window.page.getByRole('heading', { level: 1, name: /scheduler/ })).toBeVisible();
    for (const name of readdirSync('labs/005-scheduler/files')) expect(readFileSync(path.join(orrery.data, 'workspaces/scheduler', name), 'utf8')).toBe(readFileSync(path.join('labs/005-scheduler/files', name), 'utf8'));
    await window.openChapter('path-of-apply', 'The path of kubectl apply -f pod.yaml');
    await window.page.getByRole('button', { name: 'Skip', exact: true }).first().click();
    await expect.poll(() => readFileSync(path.join(orrery.data, 'progress.json'), 'utf8')).toMatch(/"state": "done"[^]*"state": "skipped"/);
  } finally {
    await orrery.stop();
    execFileSync('umount', ['-l', orrery.data]);
  }
});

/** Not one byte more fits. */
function fill(folder: string): void {
  const filler = openSync(path.join(folder, 'filler'), 'w');
  try {
    for (const size of [1 << 20, 4096, 1]) {
      try {
        for (;;) writeSync(filler, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(filler);
  }
}
