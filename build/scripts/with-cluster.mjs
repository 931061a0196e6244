// Starts the headless cluster for a script and stops it afterwards.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { headlessBundle } from './paths.mjs';

/** Runs `body({ kubeconfig, server, startMs, pid })` against a fresh cluster. */
export async function withCluster(args, body) {
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-cluster-'));
  const child = spawn(process.execPath, [headlessBundle, '--kubeconfig', path.join(folder, 'kubeconfig'), ...args], { env: { ...process.env, ORRERY_HEADLESS: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const ready = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
      child.once('exit', (code) => reject(new Error(`the cluster ended with exit ${code} before it was ready`)));
    });
    return await body({ ...ready, pid: child.pid });
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
    rmSync(folder, { recursive: true, force: true });
  }
}
