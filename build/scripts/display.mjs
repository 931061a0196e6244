// A screen for tests where there is none.
import { spawn } from 'node:child_process';
import { hasDisplay } from './system.mjs';

/** Runs `body(environment)` with a display: the one that is there, or an X server of our own that ends with it. */
export async function withDisplay(body) {
  if (hasDisplay()) return body(process.env);
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const exited = new Promise((resolve) => server.once('exit', resolve));
  try {
    const number = await new Promise((resolve, reject) => {
      server.stdio[3].once('data', (data) => resolve(String(data).trim()));
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`Xvfb ended with exit ${code}`)));
    });
    return await body({ ...process.env, DISPLAY: `:${number}` });
  } finally {
    server.kill('SIGTERM');
    await exited;
  }
}
