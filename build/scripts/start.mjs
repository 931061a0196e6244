#!/usr/bin/env node
// `npm start`: sets up what is missing, builds, and opens the app. Without a display: the simulated cluster alone.
import { spawn } from 'node:child_process';
import { bootstrap, ensureApp, ensureRuntime } from './bootstrap.mjs';
import { root } from './paths.mjs';
import { hasDisplay } from './system.mjs';

await bootstrap({ withTools: true });
if (!hasDisplay()) {
  process.stderr.write('There is no display here, so the simulated cluster starts without the window. Ctrl+C stops it.\n');
  process.stderr.write('From another terminal: export KUBECONFIG=<the path below>; .cache/tools/kubectl get nodes\n');
  await import('./cluster.mjs');
} else {
  const { executable } = await ensureRuntime({ display: false });
  await ensureApp();
  const args = [root, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...process.argv.slice(2)];
  const app = spawn(executable, args, { cwd: root, stdio: 'inherit' });
  app.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => app.kill(signal));
}
