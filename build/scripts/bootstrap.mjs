#!/usr/bin/env node
// Sets up whatever is missing: packages, generated files, kubectl and helm, Electron and its libraries, the built app. Does
// nothing when all is there.
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { ensureElectron } from './electron.mjs';
import { ensureKubectl } from './kubectl.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { once } from './stamp.mjs';
import { ensureSystemLibraries } from './system.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

export async function ensurePackages() {
  await once('packages', ['package-lock.json'], ['node_modules/typescript', 'node_modules/esbuild'], async () => {
    process.stderr.write('Installing packages …\n');
    await run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { env: { ...process.env, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' } });
  });
}

export async function ensureGenerated() {
  await once(
    'generated',
    ['build/scripts/generate-kubernetes-types.mjs', 'build/scripts/generate-openapi-schemas.mjs', 'app/sim/resources/schemas/types.json', 'app/sim/resources/schemas/texts.json', 'node_modules/@kubernetes/client-node/package.json'],
    ['app/contracts/k8s/generated/index.ts', 'app/sim/resources/schemas/generated/structure.json'],
    async () => {
      for (const script of ['generate-kubernetes-types.mjs', 'generate-openapi-schemas.mjs']) await run(process.execPath, [path.join(root, 'build/scripts', script)], { stdio: ['ignore', 'ignore', 'inherit'] });
    },
  );
}

/** The simulated cluster as one file that starts at once. */
export async function ensureHeadlessBundle() {
  await once('headless', ['app', 'build/scripts/bundle-headless.mjs'], ['out/cluster/headless.mjs'], () => run(process.execPath, [path.join(root, 'build/scripts/bundle-headless.mjs')]));
}

/** The desktop app: main process, utility processes and window, built. */
export async function ensureApp() {
  await once('app', ['app', 'renderer', 'build/scripts/bundle-app.mjs', 'package-lock.json'], ['out/main/main.cjs', 'out/renderer/index.html', 'out/hosts/labs-tool.mjs'], () => run(process.execPath, [path.join(root, 'build/scripts/bundle-app.mjs')]));
}

/** Electron and the system libraries that it needs; `display`: an X server too, where there is no display. */
export async function ensureRuntime({ display }) {
  await ensureSystemLibraries({ display });
  return ensureElectron();
}

export async function bootstrap({ withTools }) {
  await ensurePackages();
  await ensureGenerated();
  if (withTools) await ensureKubectl();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bootstrap({ withTools: true });
  await ensureHeadlessBundle();
  await ensureRuntime({ display: true });
  await ensureApp();
}
