#!/usr/bin/env node
// `npm run dist [-- --dir] [-- --target deb,AppImage,…]`: installers of this machine's system by electron-builder, into dist/.
// `--dir`: an unpacked app only. Where Electron's own download is blocked, the app is built around the runtime for tests
// and is marked as not for distribution, in its name and inside.
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap, ensureApp } from './bootstrap.mjs';
import { ensureElectron } from './electron.mjs';
import { billOfMaterials, licences, listParts } from './parts.mjs';
import { cache, root, tools } from './paths.mjs';
import { capture } from './run.mjs';

const MARK = 'not-for-distribution';
const staging = path.join(cache, 'package');
const output = path.join(root, 'dist');
const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** kubectl, helm and, where it is there, kind: each compared with its pin before it goes in. */
async function stageTools(platform) {
  const pins = readJson('build/resources/pinned.json').tools[platform];
  if (!pins) throw new Error(`No kubectl and helm are pinned for ${platform}: put them into ${tools} and their checksums into build/resources/pinned.json.`);
  const target = path.join(staging, 'tools');
  mkdirSync(target, { recursive: true });
  return Promise.all(Object.entries(pins).map(async ([name, pin]) => {
    const file = path.join(tools, name);
    const sum = sha256(file);
    if (`sha256-${sum}` !== pin) throw new Error(`${file} is not the pinned one: its checksum is sha256-${sum}.`);
    copyFileSync(file, path.join(target, name));
    chmodSync(path.join(target, name), 0o755);
    const { output: told } = await capture(file, name === 'kubectl' ? ['version', '--client', '-o', 'json'] : ['version', '--short']);
    return { name, sha256: sum, version: /v\d+\.\d+\.\d+/.exec(told)?.[0] ?? 'unknown' };
  }));
}

async function stage(runtime) {
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const staged = await stageTools(`${process.platform}-${process.arch}`);
  writeFileSync(path.join(staging, 'tools/checksums.json'), `${JSON.stringify(Object.fromEntries(staged.map(({ name, version, sha256: sum }) => [name, { version, sha256: sum }])), null, 1)}\n`);
  const parts = listParts({ electronVersion: runtime.version, tools: staged });
  const { name, version } = readJson('package.json');
  writeFileSync(path.join(staging, 'third-party-licences.txt'), licences(parts));
  writeFileSync(path.join(staging, 'sbom.cdx.json'), await billOfMaterials(parts, { name, version }));
  if (runtime.fallback) writeFileSync(path.join(staging, 'NOT-FOR-DISTRIBUTION.txt'), 'This build of Orrery runs on a runtime for tests. It is unsigned and unfit for use by others: do not hand it on.\n');
}

/** The runtime to build around: the official Electron, or the one for tests. */
async function chooseRuntime() {
  const { executable, fallback } = await ensureElectron();
  const wanted = readJson('node_modules/electron/package.json').version;
  if (!fallback) return { folder: path.dirname(executable), version: wanted, fallback };
  const { output: version } = await capture(executable, ['-p', 'process.versions.electron'], { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
  return { folder: path.dirname(executable), version: version.trim(), fallback };
}

async function configure(runtime) {
  const { parse } = await import('yaml');
  const config = { ...parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')), electronVersion: runtime.version, electronDist: runtime.folder };
  if (!runtime.fallback) return config;
  return {
    ...config,
    artifactName: config.artifactName.replace('${ext}', `${MARK}.\${ext}`),
    extraMetadata: { distribution: MARK },
    extraFiles: [...config.extraFiles, { from: '.cache/package/NOT-FOR-DISTRIBUTION.txt', to: 'NOT-FOR-DISTRIBUTION.txt' }],
    // Tests drive the packaged app by its inspector.
    electronFuses: { ...config.electronFuses, enableNodeCliInspectArguments: true },
  };
}

/** What is in a folder: checksum and size of each file, in order. The same sources give the same list. */
function fileList(folder) {
  const lines = [];
  const visit = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.join(at, entry.name);
      if (entry.isDirectory()) visit(file);
      else if (entry.isFile()) lines.push(`${sha256(file)} ${String(statSync(file).size).padStart(10)} ${path.relative(folder, file)}`);
    }
  };
  visit(folder);
  return `${lines.join('\n')}\n`;
}

/** Builds one target after the other, so that a tool that is out of reach costs that target only. */
async function buildAll(config, targets) {
  const { build, Platform } = await import('electron-builder');
  const platform = Platform.current();
  const made = [];
  const failed = [];
  for (const target of targets) {
    try {
      made.push(...(await build({ projectDir: root, config, publish: 'never', targets: platform.createTarget([target]) })));
    } catch (error) {
      if (target === 'dir') throw error;
      failed.push({ target, reason: /getaddrinfo|EAI_AGAIN|ECONN|ENOTFOUND|Forbidden|status code|HTTP|ETIMEDOUT|proxy|download/i.test(String(error)) ? 'the tool that makes it could not be downloaded' : String(error.message ?? error).split('\n')[0] });
    }
  }
  return { made, failed };
}

async function main() {
  const { values } = parseArgs({ options: { dir: { type: 'boolean', default: false }, target: { type: 'string' } } });
  await bootstrap({ withTools: true });
  await ensureApp();
  const runtime = await chooseRuntime();
  await stage(runtime);
  const { path7za } = await import('7zip-bin');
  chmodSync(path7za, 0o755);
  process.env['ELECTRON_BUILDER_7ZIP_PATH'] ??= path7za;
  const config = await configure(runtime);
  mkdirSync(output, { recursive: true });
  const system = { linux: 'linux', darwin: 'mac', win32: 'win' }[process.platform];
  const targets = values.dir ? ['dir'] : (values.target?.split(',') ?? config[system].target.map(({ target }) => target));
  const { made, failed } = await buildAll(config, targets);
  const unpacked = readdirSync(output).map((name) => path.join(output, name)).filter((name) => statSync(name).isDirectory() && /-unpacked$|^mac/.test(path.basename(name)));
  for (const folder of unpacked) writeFileSync(`${folder}.files.txt`, fileList(folder));
  for (const file of [...unpacked, ...made.filter((one) => existsSync(one))]) console.log(`made: ${path.relative(root, file)}`);
  if (runtime.fallback) console.log(`These are ${MARK}: Electron's own download is out of reach here, so they run on the runtime for tests.`);
  for (const { target, reason } of failed) console.error(`${target} was not made: ${reason}.`);
  process.exit(failed.length === 0 ? 0 : 1);
}

await main();
