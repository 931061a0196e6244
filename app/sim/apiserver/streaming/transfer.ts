import type { Writable } from 'node:stream';
import type { BytePipe, ByteSource } from '../../machinery/streams.ts';

/** Writes and waits until the other side can take more. False: it has gone. */
export async function writeFully(target: Writable, bytes: Uint8Array): Promise<boolean> {
  if (target.destroyed || target.writableEnded) return false;
  if (target.write(bytes)) return true;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      target.removeListener('drain', done);
      target.removeListener('close', done);
      resolve();
    };
    target.once('drain', done);
    target.once('close', done);
  });
  return !target.destroyed;
}

/** Bytes of the simulator to somebody outside, at the pace of the reader. Says what became of it. */
export async function copyOut(source: ByteSource, write: (chunk: Uint8Array) => Promise<boolean>): Promise<void> {
  for await (const chunk of source) if (!(await write(chunk))) return;
}

/** Bytes from outside into the simulator, at the pace of the reader. */
export async function copyIn(source: AsyncIterable<Uint8Array>, target: BytePipe): Promise<void> {
  for await (const chunk of source) {
    if (!target.write(new Uint8Array(chunk))) return;
    await target.drained();
  }
}
