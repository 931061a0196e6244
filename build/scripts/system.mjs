// What Electron needs from Debian and its like: libraries, and an X server where tests run without a display.
import { existsSync } from 'node:fs';
import { capture, run } from './run.mjs';

/** What must be there, and the package that brings it. */
const LIBRARIES = { 'libgtk-3.so.0': 'libgtk-3-0', 'libnss3.so': 'libnss3', 'libasound.so.2': 'libasound2', 'libgbm.so.1': 'libgbm1' };
const XVFB = '/usr/bin/Xvfb';

/** Installs what is missing when that is possible, or throws with the command to type. */
export async function ensureSystemLibraries({ display }) {
  if (process.platform !== 'linux') return;
  const { output } = await capture('/sbin/ldconfig', ['-p']);
  const missing = Object.entries(LIBRARIES).filter(([library]) => !output.includes(`${library} `)).map(([, name]) => name);
  if (display && !hasDisplay() && !existsSync(XVFB)) missing.push('xvfb');
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(`Electron needs libraries that are not here: ${missing.join(', ')}.\nOn Debian and Ubuntu: sudo ${command}`);
  process.stderr.write(`Installing ${missing.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await run('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await install();
}

export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
