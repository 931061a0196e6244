import { gunzipSync, gzipSync } from 'node:zlib';
import { FileError, join, type Stat } from '../filesystem/filesystem.ts';
import type { Process, Program } from '../processes/process.ts';
import { chunksOf, isBusybox, openNamed, readBytes, resolvePath } from './input.ts';
import { groupName, userName } from './accounts.ts';
import { modeText } from './modes.ts';

interface Settings {
  readonly action: 'c' | 'x' | 't';
  readonly file: string;
  readonly directory: string;
  readonly verbose: boolean;
  readonly compressed: boolean;
  readonly toStdout: boolean;
  readonly strip: number;
  readonly names: readonly string[];
}

const BLOCK = 512;

/** tar(1): ustar archives, as kubectl cp writes and reads them. */
const tar: Program = async (process) => {
  const settings = parse(process);
  if (!settings) {
    process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: tar c|x|t [-ZzJjahmvokO] [-f TARFILE] [-C DIR] [-T FILE] [-X FILE] [LONGOPT]... [FILE]...\n' : "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\nTry 'tar --help' or 'tar --usage' for more information.\n");
    return isBusybox(process) ? 1 : 2;
  }
  return settings.action === 'c' ? create(process, settings) : read(process, settings);
};

function parse(process: Process): Settings | undefined {
  const args = process.argv.slice(1);
  if (args[0] !== undefined && !args[0].startsWith('-')) args[0] = `-${args[0]}`;
  let action: Settings['action'] | undefined;
  const made = { file: '-', directory: process.cwd, verbose: false, compressed: false, toStdout: false, strip: 0, names: [] as string[] };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg.startsWith('--strip-components')) made.strip = Number(arg.split('=')[1] ?? args[++i]);
    else if (arg === '--') made.names.push(...args.splice(i + 1));
    else if (arg.startsWith('--')) continue;
    else if (arg.startsWith('-') && arg !== '-') {
      for (const letter of arg.slice(1)) {
        if (letter === 'c' || letter === 'x' || letter === 't') action = letter;
        else if (letter === 'f') made.file = args[++i] ?? '-';
        else if (letter === 'C') made.directory = resolvePath(process, args[++i] ?? '.');
        else if (letter === 'v') made.verbose = true;
        else if (letter === 'z') made.compressed = true;
        else if (letter === 'O') made.toStdout = true;
      }
    } else made.names.push(arg);
  }
  return action && { action, ...made };
}

async function create(process: Process, { file, directory, verbose, compressed, names }: Settings): Promise<number> {
  const { files } = process.world;
  const output = file === '-' ? undefined : files.openForWrite(resolvePath(process, file), 'truncate');
  const packed: Uint8Array[] = [];
  const emit = async (bytes: Uint8Array): Promise<void> => {
    if (compressed) packed.push(bytes);
    else if (output) output.write(bytes);
    else await process.write(bytes);
  };
  let status = 0;
  let warned = false;
  for (const name of names) {
    const visit = async (path: string, shown: string): Promise<void> => {
      const stat = files.lstat(path);
      if (shown.startsWith('/') && !warned) {
        process.error(isBusybox(process) ? 'tar: removing leading \'/\' from member names\n' : "tar: Removing leading `/' from member names\n");
        warned = true;
      }
      if (verbose) (file === '-' ? (text: string): void => process.error(text) : (text: string): void => process.print(text))(`${shown.replace(/^\/+/, '')}${stat.type === 'directory' && !shown.endsWith('/') ? '/' : ''}\n`);
      for (const part of headers(process, shown.replace(/^\/+/, ''), stat)) await emit(part);
      if (stat.type === 'file') {
        const bytes = files.read(path);
        await emit(bytes);
        if (bytes.length % BLOCK !== 0) await emit(new Uint8Array(BLOCK - (bytes.length % BLOCK)));
      }
      if (stat.type === 'directory') for (const entry of files.list(path)) await visit(join(path, entry), join(shown, entry));
      const waiting = process.compute(0.05);
      if (waiting) await waiting;
    };
    try {
      await visit(name.startsWith('/') ? name : join(directory, name), name);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.error(isBusybox(process) ? `tar: ${name}: ${error.message}\n` : `tar: ${name}: Cannot stat: ${error.message}\n`);
      status = isBusybox(process) ? 1 : 2;
    }
  }
  await emit(new Uint8Array(BLOCK * 2));
  if (compressed) {
    const bytes = new Uint8Array(gzipSync(Buffer.concat(packed)));
    if (output) output.write(bytes);
    else await process.write(bytes);
  }
  if (status !== 0) process.error(isBusybox(process) ? 'tar: error exit delayed from previous errors\n' : 'tar: Exiting with failure status due to previous errors\n');
  return status;
}

/** A member's header, with a long-name one before it when need be. */
function* headers(process: Process, name: string, stat: Stat): Generator<Uint8Array> {
  const shown = stat.type === 'directory' && !name.endsWith('/') ? `${name}/` : name;
  if (Buffer.byteLength(shown) > 100) {
    const bytes = Buffer.from(`${shown}\0`);
    yield header(process, '././@LongLink', 'L', bytes.length, stat, '');
    yield new Uint8Array(Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]));
  }
  yield header(process, shown.slice(0, 100), stat.type === 'directory' ? '5' : stat.type === 'link' ? '2' : '0', stat.type === 'file' ? stat.size : 0, stat, stat.target ?? '');
}

function header(process: Process, name: string, type: string, size: number, stat: Stat, target: string): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => void block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  block.write(name, 0, 'utf8');
  octal(stat.mode & 0o7777, 100, 8);
  octal(stat.uid, 108, 8);
  octal(stat.gid, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(stat.mtime / 1000), 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(target.slice(0, 100), 157, 'utf8');
  block.write('ustar  \0', 257, 'latin1');
  block.write(userName(process.world.files, stat.uid) ?? '', 265, 'latin1');
  block.write(groupName(process.world.files, stat.gid) ?? '', 297, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return new Uint8Array(block);
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  readonly target: string;
}

function memberOf(block: Buffer): Member {
  const text = (at: number, length: number): string => block.subarray(at, at + length).toString('utf8').replace(/\0[\s\S]*$/, '');
  const number = (at: number, length: number): number => (block[at]! & 0x80 ? Number(block.readBigUInt64BE(at + length - 8)) : Number.parseInt(text(at, length).trim() || '0', 8));
  const prefix = text(257, 5) === 'ustar' && block[262] === 0 ? text(345, 155) : '';
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, mode: number(100, 8), uid: number(108, 8), gid: number(116, 8), size: number(124, 12), mtime: number(136, 12) * 1000, type: text(156, 1) || '0', target: text(157, 100) };
}

/** Hands out the archive in exact pieces. */
class Archive {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return undefined;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts));
  }
}

async function read(process: Process, settings: Settings): Promise<number> {
  let archive: Archive;
  try {
    archive = await openArchive(process, settings);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.error(isBusybox(process) ? `tar: can't open '${settings.file}': ${error.message}\n` : `tar: ${settings.file}: Cannot open: ${error.message}\ntar: Error is not recoverable: exiting now\n`);
    return isBusybox(process) ? 1 : 2;
  }
  let longName: string | undefined;
  let status = 0;
  for (;;) {
    const block = await archive.take(BLOCK);
    if (!block || block.every((byte) => byte === 0)) break;
    const raw = memberOf(Buffer.from(block));
    const padded = Math.ceil(raw.size / BLOCK) * BLOCK;
    const bytes = padded > 0 ? await archive.take(padded) : new Uint8Array();
    if (!bytes) {
      process.error(isBusybox(process) ? 'tar: short read\n' : 'tar: Unexpected EOF in archive\n');
      return isBusybox(process) ? 1 : 2;
    }
    if (raw.type === 'L') {
      longName = Buffer.from(bytes.subarray(0, raw.size)).toString().replace(/\0[\s\S]*$/, '');
      continue;
    }
    if (raw.type === 'x' || raw.type === 'g') {
      const path = /\d+ path=([^\n]*)\n/.exec(Buffer.from(bytes.subarray(0, raw.size)).toString('utf8'));
      if (path && raw.type === 'x') longName = path[1];
      continue;
    }
    const member = { ...raw, name: longName ?? raw.name };
    longName = undefined;
    if (settings.names.length > 0 && !settings.names.some((name) => member.name === name || member.name.startsWith(`${name.replace(/\/$/, '')}/`))) continue;
    status |= extract(process, settings, member, bytes.subarray(0, raw.size));
    const waiting = process.compute(0.05 + raw.size / 500_000);
    if (waiting) await waiting;
  }
  return status;
}

async function openArchive(process: Process, { file, compressed }: Settings): Promise<Archive> {
  const input = openNamed(process, file);
  const unpacks = compressed || /\.t?gz$/.test(file);
  if (!unpacks) return new Archive(chunksOf(process, input));
  const bytes = new Uint8Array(gunzipSync(await readBytes(process, input)));
  return new Archive((async function* () { yield bytes; })());
}

function extract(process: Process, { action, directory, verbose, toStdout, strip }: Settings, member: Member, bytes: Uint8Array): number {
  const { files } = process.world;
  if (action === 't') {
    process.print(verbose ? `${modeText({ type: member.type === '5' ? 'directory' : member.type === '2' ? 'link' : 'file', mode: member.mode })} ${member.uid}/${member.gid} ${String(member.size).padStart(9)} ${member.name}\n` : `${member.name}\n`);
    return 0;
  }
  const name = member.name.replace(/^\/+/, '').split('/').slice(strip).join('/');
  if (name === '' || name.split('/').includes('..')) return 0;
  if (verbose) process.print(`${name}\n`);
  if (toStdout) return process.print(bytes), 0;
  const path = join(directory, name).replace(/\/+$/, '');
  try {
    files.makeDirectories(path.slice(0, path.lastIndexOf('/')) || '/');
    if (member.type === '5') files.makeDirectories(path);
    else if (member.type === '2') {
      if (files.exists(path)) files.removeFile(path);
      files.symlink(member.target, path);
      return 0;
    } else files.openForWrite(path, 'truncate').write(bytes);
    files.changeMode(path, member.mode);
    files.touch(path, member.mtime);
    if (files.credentials.chown) files.changeOwner(path, member.uid, member.gid);
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.error(isBusybox(process) ? `tar: can't open '${name}': ${error.message}\n` : `tar: ${name}: Cannot open: ${error.message}\n`);
    return isBusybox(process) ? 1 : 2;
  }
}

export const archiveTools: Readonly<Record<string, Program>> = { tar };
