import type { Process } from '../processes/process.ts';
import { busybox } from './busybox.ts';
import { image } from './image.ts';

/** Starts, complains about a missing setting, and fails, unless the setting is there. */
async function crasher(process: Process): Promise<number> {
  process.print('crash: starting\n');
  await process.sleep(1_000);
  const setting = process.env['CRASH_UNLESS'] ?? 'DATABASE_URL';
  if (process.env[setting] === undefined) {
    process.error(`crash: fatal: environment variable ${setting} is not set\n`);
    return 1;
  }
  process.print('crash: ready\n');
  process.onSignal('SIGTERM', () => process.end(0));
  await process.exited;
  return 0;
}

/** Orrery's own: a program that is missing what it needs. */
export const crash = image({
  ...busybox,
  repository: 'docker.io/orrery/crash',
  tags: { latest: { version: '1', sizeBytes: 2_400_000 }, '1': { version: '1', sizeBytes: 2_400_000 } },
  entrypoint: ['/crash'],
  command: [],
  programs: { '/crash': crasher },
});
