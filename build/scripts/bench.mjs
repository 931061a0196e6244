#!/usr/bin/env node
// `npm run bench [-- --only NAME] [--json]`: the benchmarks of build/bench, one process each. Prints a table, with --json one
// JSON object as the last line. Never judges: the figures are for people, the budgets are in app/ARCHITECTURE.md.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from 'node:child_process';
import { bootstrap, ensureApp, ensureHeadlessBundle, ensureRuntime } from './bootstrap.mjs';
import { withDisplay } from './display.mjs';
import { ensureKubectl } from './kubectl.mjs';
import { headlessBundle, root } from './paths.mjs';
import { withCluster } from './with-cluster.mjs';

/** What each needs around it: nothing, a cluster of its own, or the app on a screen. */
const BENCHES = { start: 'nothing', api: 'cluster', pods: 'nothing', scheduler: 'nothing', clock: 'nothing', store: 'nothing', diagram: 'app', app: 'app' };

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean', default: false } } });
if (values.only !== undefined && !(values.only in BENCHES)) {
  process.stderr.write(`error: there is no benchmark ${values.only}.\nUse one of: ${Object.keys(BENCHES).join(', ')}.\n`);
  process.exit(1);
}
await bootstrap({ withTools: true });
await ensureHeadlessBundle();
const { kubectl } = await ensureKubectl();

/** Runs one benchmark in a process of its own; its last line is its figures. */
async function measure(name, environment) {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(root, `build/bench/${name}.bench.ts`)], { cwd: root, env: { ...process.env, ...environment, ORRERY_HEADLESS_BUNDLE: headlessBundle, ORRERY_KUBECTL: kubectl }, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`the benchmark ${name} ended with exit ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1));
}

async function inItsPlace(name) {
  if (BENCHES[name] === 'cluster') return withCluster(['--addons', 'none'], ({ kubeconfig, pid }) => measure(name, { KUBECONFIG: kubeconfig, ORRERY_BENCH_PID: String(pid) }));
  if (BENCHES[name] === 'nothing') return measure(name, {});
  const { executable } = await ensureRuntime({ display: true });
  await ensureApp();
  return withDisplay((env) => measure(name, { ...env, ORRERY_ELECTRON: executable, ORRERY_ROOT: root }));
}

const all = {};
let failed = false;
for (const name of Object.keys(BENCHES)) {
  if (values.only !== undefined && values.only !== name) continue;
  try {
    all[name] = await inItsPlace(name);
    if (values.json) continue;
    for (const [figure, value] of Object.entries(all[name])) console.log(`${name.padEnd(10)} ${figure.padEnd(26)} ${String(value).padStart(10)}`);
  } catch (error) {
    failed = true;
    process.stderr.write(`error: ${error.message}\n`);
  }
}
if (values.json) console.log(JSON.stringify(all));
process.exit(failed ? 1 : 0);
