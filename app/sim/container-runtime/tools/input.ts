import { FileError } from '../filesystem/filesystem.ts';
import { DirectoryNode } from '../filesystem/inode.ts';
import type { Input, Process } from '../processes/process.ts';
import { openInput } from '../shell/descriptors.ts';

const decoder = new TextDecoder();

/** One line without its end; undefined at the end of input. What follows goes back. */
export async function readLine(input: Input): Promise<string | undefined> {
  return (await readWholeLine(input))?.line;
}

/** One line, and whether it had an end. */
export async function readWholeLine(input: Input): Promise<{ line: string; ended: boolean } | undefined> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const chunk = await input.read();
    if (!chunk) return parts.length === 0 ? undefined : { line: decoder.decode(Buffer.concat(parts)), ended: false };
    const end = chunk.indexOf(10);
    if (end < 0) {
      parts.push(chunk);
      continue;
    }
    parts.push(chunk.subarray(0, end));
    if (end + 1 < chunk.length) input.unread?.(chunk.subarray(end + 1));
    return { line: decoder.decode(Buffer.concat(parts)), ended: true };
  }
}

/** All bytes, counted as the memory of the process that reads them. */
export async function readBytes(process: Process, input: Input): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let chunk = await input.read(); chunk; chunk = await input.read()) {
    parts.push(chunk);
    size += chunk.length;
    if (size > 1 << 20) {
      process.hold(900_000 + size);
      const waiting = process.compute(0.5);
      if (waiting) await waiting;
    }
  }
  return Buffer.concat(parts);
}

export async function readAll(process: Process, input: Input = process.stdin): Promise<string> {
  return decoder.decode(await readBytes(process, input));
}

/** Chunks until the end; ends early when the process does. */
export async function* chunksOf(process: Process, input: Input): AsyncGenerator<Uint8Array> {
  for (let chunk = await input.read(); chunk; chunk = await input.read()) {
    if (process.ended) return;
    yield chunk;
  }
}

/** Lines as they come, without their ends; `last`: whether the line had no end. */
export async function* linesFrom(process: Process, input: Input): AsyncGenerator<{ line: string; ended: boolean }> {
  let rest = '';
  const stream = new TextDecoder();
  for await (const chunk of chunksOf(process, input)) {
    const parts = (rest + stream.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const line of parts) yield { line, ended: true };
    const waiting = process.compute(parts.length * 0.002);
    if (waiting) await waiting;
  }
  if (rest !== '') yield { line: rest, ended: false };
}

export interface NamedInput {
  readonly name: string;
  readonly input: Input;
}

/** The files named, or standard input when there are none; complains about those that cannot be read. */
export function openInputs(process: Process, names: readonly string[], complain = cannotOpen): { inputs: NamedInput[]; failed: boolean } {
  if (names.length === 0) return { inputs: [{ name: '-', input: process.stdin }], failed: false };
  const inputs: NamedInput[] = [];
  let failed = false;
  for (const name of names) {
    try {
      inputs.push({ name, input: openNamed(process, name) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(`${toolName(process)}: ${complain(process, name, error)}\n`);
      failed = true;
    }
  }
  return { inputs, failed };
}

export function openNamed(process: Process, name: string): Input {
  if (name === '-' || name === '/dev/stdin' || name === '/proc/self/fd/0') return process.stdin;
  return openInput(process.world.files, resolvePath(process, name));
}

/** `can't open 'x': No such file or directory` of busybox, `x: No such file or directory` of coreutils. */
export function cannotOpen(process: Process, name: string, error: FileError): string {
  if (isBusybox(process)) return error.code === 'EISDIR' ? 'read error: Is a directory' : `can't open '${name}': ${error.message}`;
  return `${name}: ${error.message}`;
}

/** All of each file as text. */
export async function readInputs(process: Process, names: readonly string[]): Promise<{ texts: { name: string; text: string }[]; failed: boolean }> {
  const { inputs, failed } = openInputs(process, names);
  const texts: { name: string; text: string }[] = [];
  for (const { name, input } of inputs) texts.push({ name, text: await readAll(process, input) });
  return { texts, failed };
}

export function isBusybox(process: Process): boolean {
  return process.world.image.userland === 'busybox';
}

/** A name as GNU's tools quote it: with curly marks where the locale has them. */
export function quoted({ env }: Process, text = ''): string {
  return /utf-?8/i.test(env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '') ? `‘${text}’` : `'${text}'`;
}

export function toolName(process: Process): string {
  return (process.argv[0] ?? '').split('/').pop()!;
}

export function resolvePath(process: Process, path: string): string {
  return path.startsWith('/') ? path : `${process.cwd === '/' ? '' : process.cwd}/${path}`;
}

export function isDirectory(process: Process, path: string): boolean {
  return process.world.files.exists(path) && process.world.files.stat(path).node instanceof DirectoryNode;
}

/** Lines of a text; a last line without an end counts, an empty rest does not. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}
