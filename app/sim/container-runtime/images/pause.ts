import type { Process } from '../processes/process.ts';
import { PATH, type Image } from './image.ts';

/** Does nothing until it is told to go. */
async function pauseForever(process: Process): Promise<number> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.onSignal(signal, () => (process.print('Shutting down, got signal: Terminated\n'), process.end(0)));
  await process.exited;
  return 0;
}

export const pause: Image = {
  repository: 'registry.k8s.io/pause',
  tags: { '3.10': { version: '3.10', sizeBytes: 320_000 }, '3.10.1': { version: '3.10.1', sizeBytes: 320_000 }, '3.9': { version: '3.9', sizeBytes: 320_000 } },
  entrypoint: ['/pause'],
  command: [],
  env: { PATH },
  workingDir: '/',
  user: '65535',
  stopSignal: 'SIGTERM',
  files: { '/pause': '' },
  userland: 'none',
  programs: { '/pause': pauseForever },
};
