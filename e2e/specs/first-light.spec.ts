import { expect, test } from '../fixtures/app.ts';

test('a learner applies a Pod, sees it run in the diagram, and the step ticks itself off', async ({ orrery }, testInfo) => {
  const { window } = await orrery.start();
  const { page } = window;
  await window.openChapter('path-of-apply', 'The path of kubectl apply -f pod.yaml');
  await expect(window.step(1)).toContainText('Your turn');
  await window.terminal.type('kubectl apply -f pod.yaml');
  await window.terminal.shows('pod/web created');
  await expect(window.part('Pod web, namespace default, Running')).toBeVisible();
  await expect(window.step(1)).toContainText('Done');
  await page.screenshot({ path: testInfo.outputPath('chapter-4-light.png') });

  await window.part('kube-scheduler').click();
  const inspector = window.page.getByRole('complementary', { name: 'Inspector: kube-scheduler' });
  await expect(inspector).toContainText('default/web');
  await expect(inspector).toContainText(/POST pods\/binding/);
  await window.page.getByRole('button', { name: 'Dark theme' }).click();
  await expect(window.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect((await window.terminal.text()).split('pod/web created')).toHaveLength(2);
  await page.screenshot({ path: testInfo.outputPath('chapter-4-dark.png') });
});

test('progress, theme and files outlive a restart of the app', async ({ orrery }) => {
  const first = await orrery.start();
  await first.window.terminal.type('echo mine > kept.txt');
  await first.window.step(1).getByRole('textbox').fill('3');
  await first.window.step(1).getByRole('button', { name: 'Answer' }).click();
  await expect(first.window.step(1)).toContainText('Done');
  await first.window.page.getByRole('button', { name: 'Dark theme' }).click();
  await orrery.stop();
  const { window } = await orrery.start();
  await expect(window.step(1)).toContainText('Done');
  await expect(window.page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await window.terminal.type('cat kept.txt');
  await window.terminal.shows(/\nmine\n/);
});

test('a part is switched off in its inspector and in the list, and the window says what is broken', async ({ orrery }) => {
  const { window } = await orrery.start();
  await window.part('kube-scheduler').click();
  await window.page.getByRole('complementary').getByRole('switch', { name: 'Power of kube-scheduler' }).click();
  await expect(window.status).toContainText('Stopped: kube-scheduler');
  await window.terminal.type('kubectl run lonely --image=nginx:1.27');
  await window.terminal.shows('pod/lonely created');
  await expect(window.part('Pod lonely, namespace default, Pending')).toBeVisible();
  await window.page.getByRole('button', { name: 'Show as a list' }).click();
  await window.page.getByRole('region', { name: 'Control plane' }).getByRole('switch', { name: 'Power of kube-scheduler' }).press('Space');
  await expect(window.status).toContainText('Everything runs');
  await window.terminal.type('kubectl wait pod/lonely --for=condition=Ready');
  await window.terminal.shows('pod/lonely condition met');
});

test('time stands still, goes on by one step, and runs again', async ({ orrery }) => {
  const { window } = await orrery.start();
  await window.page.getByRole('button', { name: 'Stop time' }).click();
  await expect(window.status).toContainText('Time stands still');
  await window.terminal.type('kubectl create deployment slow --image=nginx:1.27');
  await window.terminal.shows('deployment.apps/slow created');
  await window.terminal.type('kubectl get pods -A | grep -c slow');
  await window.terminal.shows(/\n0\n/);
  const pod = window.part('Pod slow-');
  await expect(async () => {
    await window.page.getByRole('button', { name: 'The next thing that would happen' }).click();
    await expect(pod).toBeVisible({ timeout: 300 });
  }).toPass();
  await expect(pod).not.toHaveAccessibleName(/Running/);
  await window.page.getByRole('button', { name: 'Let time go on' }).click();
  await expect(pod).toHaveAccessibleName(/Running/);
});
