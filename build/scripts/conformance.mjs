#!/usr/bin/env node
// `npm run conformance [-- PATTERN] [--accept]`: replays console transcripts of a real cluster against the simulator, prints
// the share that is equal, lists what is not, and fails when a command that e2e/conformance/equal.txt lists is no longer
// equal. --accept adds to that list what is equal now.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bootstrap, ensureHeadlessBundle } from './bootstrap.mjs';
import { ensureKubectl } from './kubectl.mjs';
import { root, tools } from './paths.mjs';
import { capture } from './run.mjs';
import { withCluster } from './with-cluster.mjs';

const GROUPS = { api: ['--addons', 'none'], workloads: ['--addons', 'none'], runtime: ['--addons', 'dns'] };
const runner = path.join(root, 'e2e/conformance/transcripts.mjs');
const equalFile = path.join(root, 'e2e/conformance/equal.txt');

/** The transcripts of a group: the repository's, and those beside it that the repository does not have. */
function transcriptsOf(group, pattern) {
  const folders = [path.join(root, 'e2e/conformance/transcripts', group), path.join(root, '../shared/conformance/transcripts', group)];
  const found = new Map();
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (name.endsWith('.console') && !found.has(name) && `${group}/${name}`.includes(pattern)) found.set(name, path.join(folder, name));
  }
  return [...found.values()].sort();
}

/** Replays all that match; `only`: just those files. Returns one result a command, with an id that stays the same. */
export async function replay(pattern = '', only, jobs = 6) {
  const { kubectl } = await ensureKubectl();
  const results = [];
  for (const [group, args] of Object.entries(GROUPS)) {
    const files = transcriptsOf(group, pattern).filter((file) => !only || only.has(`${group}/${path.basename(file)}`));
    if (files.length === 0) continue;
    const folder = mkdtempSync(path.join(tmpdir(), 'orrery-conformance-'));
    const report = path.join(folder, 'report.json');
    await withCluster(args, ({ kubeconfig }) =>
      capture(process.execPath, [runner, 'replay', '--kubeconfig', kubeconfig, '--kubectl', kubectl, '--jobs', String(jobs), '--timeout', '120', '--report', report, ...files], { env: { ...process.env, PATH: `${tools}${path.delimiter}${process.env.PATH}` } }),
    );
    const counts = new Map();
    for (const result of JSON.parse(readFileSync(report, 'utf8'))) {
      const index = (counts.get(result.file) ?? 0) + 1;
      counts.set(result.file, index);
      results.push({ ...result, id: `${group}/${result.file}#${index}` });
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

export function listedEqual() {
  return existsSync(equalFile) ? readFileSync(equalFile, 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')) : [];
}

function readArguments() {
  try {
    return parseArgs({ options: { accept: { type: 'boolean', default: false } }, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`error: ${error.message}\nUsage: npm run conformance [-- PATTERN] [--accept]\n`);
    return process.exit(1);
  }
}

async function main() {
  const { values: { accept }, positionals: [pattern = ''] } = readArguments();
  await bootstrap({ withTools: true });
  await ensureHeadlessBundle();
  const results = await replay(pattern);
  const equal = results.filter((result) => result.equal);
  for (const { id, command } of results.filter((result) => !result.equal)) console.log(`not equal  ${id}  ${command.split('\n')[0]}`);
  console.log(`${equal.length} of ${results.length} commands equal (${((100 * equal.length) / Math.max(1, results.length)).toFixed(1)} %)`);
  if (accept) {
    // Only adds: what was equal once and is not today is a loss to look at, never a line to drop.
    const all = [...new Set([...listedEqual(), ...equal.map(({ id }) => id)])].sort();
    writeFileSync(equalFile, `# Commands whose output equals a real cluster's. Written by: npm run conformance -- --accept\n${all.join('\n')}\n`);
  }
  const lost = listedEqual().filter((id) => results.some((result) => result.id === id && !result.equal));
  for (const id of lost) console.log(`lost  ${id}`);
  process.exit(lost.length > 0 ? 1 : 0);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
