// From the start of the process to nodes that are Ready, and to the first answer that kubectl prints.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { main, median, now, rounded, rssMb, type Figures } from './measure.ts';

const RUNS = 5;
const [headless, kubectl] = [process.env['ORRERY_HEADLESS_BUNDLE']!, process.env['ORRERY_KUBECTL']!];

async function once(): Promise<Figures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'orrery-bench-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const startedAt = now();
  const child = spawn(process.execPath, [headless, '--kubeconfig', kubeconfig, '--addons', 'none'], { env: { ...process.env, ORRERY_HEADLESS: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', () => resolve());
      child.once('exit', (code) => reject(new Error(`the cluster ended with exit ${code}`)));
    });
    const startMs = now() - startedAt;
    execFileSync(kubectl, ['get', 'nodes'], { env: { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: path.join(folder, 'cache') } });
    return { startMs, kubectlMs: now() - startedAt, rssMb: rssMb(child.pid!) };
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)));
    rmSync(folder, { recursive: true, force: true });
  }
}

main(async () => {
  const runs: Figures[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await once());
  const of = (name: string): number => rounded(median(runs.map((figures) => figures[name]!)), 0);
  return { startMs: of('startMs'), kubectlMs: of('kubectlMs'), rssMb: of('rssMb') };
});
