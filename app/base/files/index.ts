import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

export interface WholeFileOptions {
  /** Default 0600: nobody else reads it. */
  readonly mode?: number;
  /** The file that was there before is kept under this name. */
  readonly keep?: string;
}

/**
 * Writes a file whole or not at all: beside its place, then renamed. A full disk or a crash leaves the file as it was.
 * Throws the system's error (ENOSPC, EACCES …), and leaves nothing behind then.
 */
export function writeWhole(file: string, data: string | Uint8Array, options: WholeFileOptions = {}): void {
  const { mode = 0o600, keep } = options;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  try {
    const opened = openSync(beside, 'w', mode);
    try {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let done = 0; done < bytes.length;) done += writeSync(opened, bytes, done);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    if (keep !== undefined) renameIfThere(file, keep);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
