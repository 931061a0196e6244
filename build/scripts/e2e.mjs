#!/usr/bin/env node
// `npm run e2e [-- PLAYWRIGHT ARGUMENTS]`: drives the real Electron app as a person would. Screenshots go to test-results/.
// With ORRERY_PACKAGED=dist/linux-unpacked/orrery: the same on a packaged or installed app.
import path from 'node:path';
import { mkdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { bootstrap, ensureApp, ensureHeadlessBundle, ensureRuntime } from './bootstrap.mjs';
import { withDisplay } from './display.mjs';
import { cache, root } from './paths.mjs';
import { capture, run } from './run.mjs';
import { ensureSystemLibraries } from './system.mjs';

const cli = path.join(root, 'node_modules/@playwright/test/cli.js');

async function prepare() {
  await ensureHeadlessBundle();
  const packaged = process.env['ORRERY_PACKAGED'];
  if (packaged) {
    await ensureSystemLibraries({ display: true });
    return { ORRERY_PACKAGED: path.resolve(root, packaged), ORRERY_ROOT: root };
  }
  const { executable } = await ensureRuntime({ display: true });
  await ensureApp();
  return { ORRERY_ELECTRON: executable, ORRERY_ROOT: root };
}

/** For `npm test`: the counts, and what failed. */
export async function runEndToEnd(args = []) {
  const environment = await prepare();
  const report = path.join(cache, 'playwright.json');
  mkdirSync(cache, { recursive: true });
  return withDisplay(async (env) => {
    const { output } = await capture(process.execPath, [cli, 'test', '-c', 'e2e', '--reporter=line,json', ...args], { env: { ...env, ...environment, PLAYWRIGHT_JSON_OUTPUT_NAME: report, FORCE_COLOR: '0' } });
    const { stats } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky + (stats.expected + stats.unexpected === 0 ? 1 : 0), output };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bootstrap({ withTools: true });
  const environment = await prepare();
  await withDisplay((env) => run(process.execPath, [cli, 'test', '-c', 'e2e', ...process.argv.slice(2)], { env: { ...env, ...environment } })).catch(() => process.exit(1));
}
