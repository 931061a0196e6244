#!/usr/bin/env node
// `npm run labs -- check|new|try`: the author's tools; chapters are proved with a real shell, real kubectl and the simulator.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bootstrap, ensureApp } from './bootstrap.mjs';
import { root } from './paths.mjs';

await bootstrap({ withTools: true });
await ensureApp();
const child = spawn(process.execPath, [path.join(root, 'out/hosts/labs-tool.mjs'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: { ...process.env, ORRERY_ROOT: root } });
child.on('exit', (code) => process.exit(code ?? 1));
