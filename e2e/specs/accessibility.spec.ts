import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../fixtures/app.ts';

for (const theme of ['light', 'dark'] as const) {
  test(`nothing that axe can find, in ${theme}: chapter, diagram, list, inspector`, async ({ orrery }, testInfo) => {
    const { window } = await orrery.start();
    const { page } = window;
    if (theme === 'dark') await page.getByRole('button', { name: 'Dark theme' }).click();
    await window.part('etcd').click();
    await expect(page.getByRole('complementary')).toContainText('etcd');
    const look = async (name: string): Promise<void> => {
      await page.screenshot({ path: testInfo.outputPath(`${name}-${theme}.png`) });
      // xterm.js draws its text on a canvas; its own tree for screen readers is out of our hands.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().exclude('.xterm').analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)).toEqual([]);
    };
    await look('picture');
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await look('list');
  });
}

test('with the keyboard alone: choose a part, switch it off and on, fill the window with a pane', async ({ orrery }) => {
  const { window } = await orrery.start();
  const { page } = window;
  await window.part('kube-scheduler').focus();
  await page.keyboard.press('Enter');
  const inspector = page.getByRole('complementary', { name: 'Inspector: kube-scheduler' });
  await expect(inspector).toBeVisible();
  await inspector.getByRole('switch').focus();
  await page.keyboard.press('Space');
  await expect(window.status).toContainText('Stopped: kube-scheduler');
  await page.keyboard.press('Space');
  await expect(window.status).toContainText('Everything runs');
  await page.keyboard.press('Escape');
  await expect(inspector).toBeHidden();
  await page.keyboard.press('F9');
  await expect(page.getByRole('article', { name: 'Chapter' })).toBeHidden();
  await page.keyboard.press('F9');
  await expect(page.getByRole('article', { name: 'Chapter' })).toBeVisible();
});
