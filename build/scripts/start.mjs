#!/usr/bin/env node
// `npm start`: sets up what is missing and starts Orrery. The window is not built yet, so this starts the headless cluster
// and says so.
process.stderr.write('The desktop window is not built yet. Starting the simulated cluster without it; stop it with Ctrl+C.\n');
process.stderr.write('Use it from another terminal: export KUBECONFIG=<the path below>; .cache/tools/kubectl get nodes\n');
const { ensureKubectl } = await import('./kubectl.mjs');
await ensureKubectl();
await import('./cluster.mjs');
