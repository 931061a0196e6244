#!/usr/bin/env node
// `node build/scripts/film.mjs`: takes the README's picture and film anew from the real app. Needs ffmpeg on PATH.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap, ensureApp, ensureRuntime } from './bootstrap.mjs';
import { withDisplay } from './display.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';

const FRAMES_A_SECOND = 15;
const [WIDTH, HEIGHT] = [1280, 800];
const target = path.join(root, 'build/resources/readme');

/** The window in the corner of the screen, its content as large as said: what the camera looks at. */
const frame = (app, width, height) => app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0].setContentBounds(bounds), { x: 0, y: 0, width, height });

await bootstrap({ withTools: true });
const { executable } = await ensureRuntime({ display: true });
await ensureApp();
const { _electron } = await import('@playwright/test');
const folder = mkdtempSync(path.join(tmpdir(), 'orrery-film-'));
await withDisplay(async (env) => {
  const app = await _electron.launch({ executablePath: executable, args: [root, '--force-renderer-accessibility', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], env: { ...env, SHELL: '/bin/bash', ORRERY_DATA: path.join(folder, 'data') } });
  const page = await app.firstWindow();
  await frame(app, WIDTH, HEIGHT);
  await page.locator('.xterm').waitFor();
  await page.getByRole('combobox', { name: 'Chapter' }).selectOption('path-of-apply');
  await page.getByRole('heading', { level: 1, name: /kubectl apply/ }).waitFor();
  // Nobody types before there is a prompt, and the start-up's own messages have ended.
  await page.locator('.xterm-accessibility-tree').filter({ hasText: /\$\s*$/ }).waitFor();
  await page.waitForTimeout(8_000);
  const raw = path.join(folder, 'film.mkv');
  const camera = spawn('ffmpeg', ['-loglevel', 'error', '-y', '-f', 'x11grab', '-framerate', String(FRAMES_A_SECOND), '-video_size', `${WIDTH}x${HEIGHT}`, '-draw_mouse', '0', '-i', env.DISPLAY, '-c:v', 'libx264rgb', '-preset', 'ultrafast', '-qp', '0', raw], { stdio: ['pipe', 'inherit', 'inherit'] });
  const filmed = new Promise((resolve) => camera.once('exit', resolve));
  await page.waitForTimeout(1_500);
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('kubectl apply -f pod.yaml', { delay: 45 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(7_000);
  await page.keyboard.type('kubectl get pods -o wide', { delay: 30 });
  await page.keyboard.press('Enter');
  await page.waitForTimeout(2_500);
  camera.stdin.end('q');
  await filmed;
  await page.getByRole('button', { name: /^kube-scheduler/ }).last().click();
  await page.waitForTimeout(1_200);
  await frame(app, 1440, 900);
  await page.waitForTimeout(600);
  await page.screenshot({ path: path.join(target, 'window.png') });
  await app.close();
  // Frames that are like the one before are left out: the film is as long as life, and small.
  await run('ffmpeg', ['-loglevel', 'error', '-y', '-i', raw, '-vf', 'mpdecimate=max=15,scale=960:-1:flags=lanczos', '-fps_mode', 'vfr', '-c:v', 'libwebp_anim', '-lossless', '0', '-q:v', '70', '-compression_level', '6', '-loop', '0', path.join(target, 'film.webp')]);
});
rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
