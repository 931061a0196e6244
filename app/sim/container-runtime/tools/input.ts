import type { BytePipe } from '../../machinery/streams.ts';
import { FileError, normalize } from '../filesystem/filesystem.ts';
import type { Process } from '../processes/process.ts';

const decoder = new TextDecoder();
const leftovers = new WeakMap<BytePipe, string>();

/** One line without its end; undefined at the end of input. What follows stays for the next call. */
export async function readLine(pipe: BytePipe): Promise<string | undefined> {
  let text = leftovers.get(pipe) ?? '';
  while (!text.includes('\n')) {
    const chunk = await pipe.read();
    if (!chunk) {
      leftovers.delete(pipe);
      return text === '' ? undefined : text;
    }
    text += decoder.decode(chunk, { stream: true });
  }
  const end = text.indexOf('\n');
  leftovers.set(pipe, text.slice(end + 1));
  return text.slice(0, end);
}

export async function readAll(pipe: BytePipe): Promise<string> {
  let text = leftovers.get(pipe) ?? '';
  leftovers.delete(pipe);
  for (let chunk = await pipe.read(); chunk; chunk = await pipe.read()) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** The files named, or standard input when there are none; complains about those that cannot be read. */
export async function readInputs(process: Process, names: readonly string[]): Promise<{ texts: { name: string; text: string }[]; failed: boolean }> {
  if (names.length === 0) return { texts: [{ name: '-', text: await readAll(process.stdin) }], failed: false };
  const texts: { name: string; text: string }[] = [];
  let failed = false;
  for (const name of names) {
    try {
      texts.push({ name, text: name === '-' ? await readAll(process.stdin) : process.world.files.readText(resolvePath(process, name)) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(`${process.argv[0]}: ${process.world.image.userland === 'busybox' ? `can't open '${name}'` : name}: ${error.message}\n`);
      failed = true;
    }
  }
  return { texts, failed };
}

export function resolvePath(process: Process, path: string): string {
  return normalize(path.startsWith('/') ? path : `${process.cwd}/${path}`);
}

/** Lines of a text; a last line without an end counts, an empty rest does not. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}
