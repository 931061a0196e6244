#!/usr/bin/env node
// Bundles app/hosts/headless.ts into out/cluster, with the data files that the simulator reads beside it.
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { headlessBundle, root } from './paths.mjs';

const resources = path.join(root, 'app/sim/resources');
const data = path.join(path.dirname(headlessBundle), 'data');
mkdirSync(data, { recursive: true });
for (const file of ['columns.json', 'protobuf.json', 'rbac/bootstrap.json', 'flowcontrol/bootstrap.json', 'schemas/openapi.json', 'schemas/generated/structure.json', 'schemas/generated/descriptions.json']) {
  cpSync(path.join(resources, file), path.join(data, file));
}
await build({
  entryPoints: [path.join(root, 'app/hosts/headless.ts')],
  outfile: headlessBundle,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'error',
  // CommonJS packages inside an ES module still ask for require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});
