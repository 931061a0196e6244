import { FileError } from '../filesystem/filesystem.ts';
import { FileOutput, filled, openInput, type Descriptor } from './descriptors.ts';
import { expandQuoted, expandText } from './expansion.ts';
import { complaintPrefix, redirectionFailed } from './flavor.ts';
import type { Shell } from './interpreter.ts';
import type { Redirection } from './parser.ts';

const encoder = new TextEncoder();

/** Changes the shell's descriptors; returns a status other than 0, with a complaint, when one cannot be opened. */
export async function redirect(shell: Shell, redirections: readonly Redirection[]): Promise<number> {
  for (const redirection of redirections) {
    const status = await one(shell, redirection);
    if (status !== 0) return status;
  }
  return 0;
}

async function one(shell: Shell, { descriptor, operator, target, hereDocument }: Redirection): Promise<number> {
  const context = shell.context();
  if (operator === '<<') {
    const body = hereDocument!.literal ? hereDocument!.body : await expandQuoted(hereDocument!.body, context, true);
    shell.descriptors.set(descriptor, { input: filled(encoder.encode(body)) });
    return 0;
  }
  const text = await expandText(target, context);
  if (operator === '<<<') {
    shell.descriptors.set(descriptor, { input: filled(encoder.encode(`${text}\n`)) });
    return 0;
  }
  if (operator === '>&' || operator === '<&') {
    if (/^\d+$/.test(text) || text === '-') return duplicate(shell, descriptor, text);
    if (operator === '>&') return openBoth(shell, text, 'truncate');
  }
  if (operator === '&>' || operator === '&>>') return openBoth(shell, text, operator === '&>' ? 'truncate' : 'append');
  return openOne(shell, descriptor, operator, text);
}

function duplicate(shell: Shell, descriptor: number, text: string): number {
  if (text === '-') {
    shell.descriptors.delete(descriptor);
    return 0;
  }
  const source = shell.descriptors.get(Number(text));
  if (!source) {
    shell.complain(`${complaintPrefix(shell.flavor, shell.place)}${text}: Bad file descriptor`);
    return shell.flavor === 'dash' ? 2 : 1;
  }
  shell.descriptors.set(descriptor, source);
  return 0;
}

function openBoth(shell: Shell, path: string, how: 'truncate' | 'append'): number {
  const status = attempt(shell, 'create', path, (): void => {
    const output: Descriptor = { output: new FileOutput(shell.process.world.files.openForWrite(shell.resolve(path), how)) };
    shell.descriptors.set(1, output);
    shell.descriptors.set(2, output);
  });
  return status;
}

function openOne(shell: Shell, descriptor: number, operator: Redirection['operator'], path: string): number {
  const { files } = shell.process.world;
  const full = shell.resolve(path);
  if (operator === '<') return attempt(shell, 'open', path, () => void shell.descriptors.set(descriptor, { input: openStream(shell, full) ?? openInput(files, full) }));
  if (operator === '>' && shell.options.noClobber && files.isFile(full)) {
    shell.complain(`${complaintPrefix(shell.flavor, shell.place)}${shell.flavor === 'bash' ? `${path}: cannot overwrite existing file` : `${shell.flavor === 'dash' ? 'cannot' : "can't"} create ${path}: File exists`}`);
    return 1;
  }
  return attempt(shell, 'create', path, () => {
    const stream = streamOf(shell, full);
    if (stream) return void shell.descriptors.set(descriptor, stream);
    const output = new FileOutput(files.openForWrite(full, operator === '>>' ? 'append' : operator === '<>' ? 'keep' : 'truncate'));
    shell.descriptors.set(descriptor, operator === '<>' ? { input: openInput(files, full), output } : { output });
  });
}

/** /dev/stdout and its like are the shell's own descriptors. */
function streamOf(shell: Shell, path: string): Descriptor | undefined {
  const number = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2, '/dev/fd/0': 0, '/dev/fd/1': 1, '/dev/fd/2': 2, '/proc/self/fd/0': 0, '/proc/self/fd/1': 1, '/proc/self/fd/2': 2 }[path];
  return number === undefined ? (path === '/dev/tty' ? [...shell.descriptors.values()].find(({ tty }) => tty) : undefined) : shell.descriptors.get(number);
}

function openStream(shell: Shell, path: string): Descriptor['input'] {
  return streamOf(shell, path)?.input;
}

function attempt(shell: Shell, operation: 'open' | 'create', path: string, action: () => void): number {
  try {
    action();
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    shell.complain(redirectionFailed(shell.flavor, shell.place, operation, path, error));
    return shell.flavor === 'dash' ? 2 : 1;
  }
}
