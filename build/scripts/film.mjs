#!/usr/bin/env node
// `node build/scripts/film.mjs`: takes the README's picture and film anew from the real app. Needs ffmpeg on PATH.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap, ensureApp, ensureRuntime } from './bootstrap.mjs';
import { withDisplay } from './display.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';

const FRAME_MS = 100;
const target = path.join(root, 'build/resources/readme');

await bootstrap({ withTools: true });
const { executable } = await ensureRuntime({ display: true });
await ensureApp();
const { _electron } = await import('@playwright/test');
const folder = mkdtempSync(path.join(tmpdir(), 'orrery-film-'));
await withDisplay(async (env) => {
  const app = await _electron.launch({ executablePath: executable, args: [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], env: { ...env, SHELL: '/bin/bash', ORRERY_DATA: path.join(folder, 'data') } });
  const page = await app.firstWindow();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator('.xterm').waitFor();
  await page.getByRole('combobox', { name: 'Chapter' }).selectOption('path-of-apply');
  await page.waitForTimeout(3_000);
  let frames = 0;
  let filming = true;
  const camera = (async () => {
    while (filming) {
      const startedAt = Date.now();
      await page.screenshot({ path: path.join(folder, `frame-${String(frames++).padStart(4, '0')}.png`) });
      await page.waitForTimeout(Math.max(0, FRAME_MS - (Date.now() - startedAt)));
    }
  })();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('kubectl apply -f pod.yaml', { delay: 45 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(7_000);
  await page.keyboard.type('kubectl get pods -o wide', { delay: 30 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(2_500);
  filming = false;
  await camera;
  await page.getByRole('button', { name: /^kube-scheduler/ }).last().click();
  await page.waitForTimeout(1_200);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.waitForTimeout(600);
  await page.screenshot({ path: path.join(target, 'window.png') });
  await app.close();
  await run('ffmpeg', ['-loglevel', 'error', '-y', '-framerate', String(1000 / FRAME_MS), '-i', path.join(folder, 'frame-%04d.png'), '-vf', 'scale=960:-1:flags=lanczos', '-c:v', 'libwebp_anim', '-lossless', '0', '-q:v', '60', '-compression_level', '6', '-loop', '0', path.join(target, 'film.webp')]);
});
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
