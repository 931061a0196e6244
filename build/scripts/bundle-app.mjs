#!/usr/bin/env node
// Bundles the desktop app: main and preload (CommonJS, as Electron's sandbox wants it), the utility processes (ES modules),
// and the window (Vite).
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { build as buildWindow } from 'vite';
import { parse } from 'yaml';
import { writeParts } from './parts.mjs';
import { root } from './paths.mjs';

const out = (...parts) => path.join(root, 'out', ...parts);
const common = { bundle: true, metafile: true, platform: 'node', target: 'node20', sourcemap: true, logLevel: 'error', external: ['electron', '@lydell/node-pty', 'cpu-features', '*.node'] };
const asModule = { ...common, format: 'esm', banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;" } };

const windowModules = [];
rmSync(out('hosts'), { recursive: true, force: true });
const data = out('hosts/data');
mkdirSync(data, { recursive: true });
for (const file of ['columns.json', 'protobuf.json', 'rbac/bootstrap.json', 'flowcontrol/bootstrap.json', 'schemas/openapi.json', 'schemas/generated/structure.json', 'schemas/generated/descriptions.json']) {
  cpSync(path.join(root, 'app/sim/resources', file), path.join(data, file));
}
// The chapters' front matters as JSON, for app/lab-engine/loader: a start need not read their YAML.
const readMatter = (matter) => {
  try {
    return parse(matter);
  } catch {
    return undefined; // the app says what is wrong with it, and where
  }
};
const matters = readdirSync(path.join(root, 'labs')).flatMap((name) => (/^\d{3}-/.test(name) ? [/^---\n([\s\S]*?)\n---\n/.exec(readFileSync(path.join(root, 'labs', name, 'chapter.md'), 'utf8'))?.[1] ?? ''] : []));
writeFileSync(path.join(data, 'matters.json'), JSON.stringify(Object.fromEntries(matters.map((matter) => [createHash('sha256').update(matter).digest('hex'), readMatter(matter)]))));
const results = await Promise.all([
  build({ ...common, format: 'cjs', entryPoints: [path.join(root, 'app/main/main.ts')], outfile: out('main/main.cjs') }),
  build({ ...common, format: 'cjs', entryPoints: [path.join(root, 'app/preload/preload.ts')], outfile: out('preload/preload.cjs') }),
  // What only the chooser needs (Docker, kubeconfigs) stands in chunks, so that the start does not read it.
  build({ ...asModule, entryPoints: [path.join(root, 'app/hosts/cluster-host/cluster-host.ts')], outdir: out('hosts'), splitting: true, outExtension: { '.js': '.mjs' }, chunkNames: 'chunks/[name]-[hash]' }),
  build({ ...asModule, entryPoints: [path.join(root, 'app/hosts/pty-host/pty-host.ts')], outfile: out('hosts/pty-host.mjs') }),
  build({ ...asModule, entryPoints: [path.join(root, 'app/hosts/labs-tool/labs-tool.ts')], outfile: out('hosts/labs-tool.mjs') }),
  build({ ...asModule, entryPoints: [path.join(root, 'app/hosts/lab-command/lab.ts')], outfile: out('hosts/lab.mjs') }),
  buildWindow({ configFile: path.join(root, 'renderer/vite.config.ts'), logLevel: 'warn', plugins: [{ name: 'parts', generateBundle() { windowModules.push(...this.getModuleIds()); } }] }),
]);
// Whose work ended up inside: for the list of licences and the bill of materials.
writeParts(out('parts.json'), [...results.flatMap((result) => Object.keys(result?.metafile?.inputs ?? {})), ...windowModules, 'node_modules/@lydell/node-pty/index.js']);
