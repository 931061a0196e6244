import type { Process } from '../processes/process.ts';
import { image } from './image.ts';

/** Does nothing until it is told to go. */
async function pauseForever(process: Process): Promise<number> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.onSignal(signal, () => (process.error(`Shutting down, got signal: ${signal === 'SIGINT' ? 'Interrupt' : 'Terminated'}\n`), process.end(0)));
  await process.exited;
  return 0;
}

export const pause = image({
  repository: 'registry.k8s.io/pause',
  tags: { '3.10': { version: '3.10', sizeBytes: 320_368 }, '3.10.1': { version: '3.10.1', sizeBytes: 320_448 }, '3.9': { version: '3.9', sizeBytes: 321_520 }, '3.8': { version: '3.8', sizeBytes: 311_286 }, latest: { version: '3.10.1', sizeBytes: 320_448 } },
  entrypoint: ['/pause'],
  user: '65535:65535',
  programs: { '/pause': pauseForever },
});
