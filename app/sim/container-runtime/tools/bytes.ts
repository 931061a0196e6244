import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FileError, type OpenFile } from '../filesystem/filesystem.ts';
import { DeviceNode } from '../filesystem/inode.ts';
import type { Process, Program } from '../processes/process.ts';
import { sizeOf } from './files.ts';
import { chunksOf, isBusybox, openInputs, openNamed, readBytes, resolvePath, toolName } from './input.ts';
import { tool } from './options.ts';

/** Tools that look at bytes. */
const base64 = tool('dw:i', async (process, { flags, value, rest }) => {
  const { inputs, failed } = openInputs(process, rest);
  if (failed) return 1;
  const bytes = await readBytes(process, inputs[0]!.input);
  if (flags.has('d')) {
    const text = Buffer.from(bytes).toString('latin1').replace(/\s+/g, '');
    const isBad = /[^A-Za-z0-9+/=]/.test(text) || text.replace(/=+$/, '').length % 4 === 1;
    process.print(new Uint8Array(Buffer.from(text, 'base64')));
    if (isBad) process.error(isBusybox(process) ? 'base64: truncated base64 input\n' : 'base64: invalid input\n');
    return isBad ? 1 : 0;
  }
  const width = Number(value('w') ?? 76);
  const text = Buffer.from(bytes).toString('base64');
  process.print(width === 0 ? `${text}${isBusybox(process) ? '\n' : ''}`.replace(/\n$/, '') : text === '' ? '' : `${text.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), '$1\n')}\n`);
  return 0;
}, { decode: 'd', wrap: 'w' });

function digest(algorithm: string): Program {
  return tool('cbt', async (process, { flags, rest }) => {
    const { inputs, failed } = openInputs(process, rest);
    let status = failed ? 1 : 0;
    for (const { name, input } of inputs) {
      if (flags.has('c')) status |= await verify(process, algorithm, Buffer.from(await readBytes(process, input)).toString());
      else {
        const hash = createHash(algorithm);
        for await (const chunk of chunksOf(process, input)) {
          hash.update(chunk);
          const waiting = process.compute(chunk.length / 300_000);
          if (waiting) await waiting;
        }
        process.print(`${hash.digest('hex')}  ${name}\n`);
      }
    }
    return status;
  }, { check: 'c' });
}

async function verify(process: Process, algorithm: string, list: string): Promise<number> {
  let bad = 0;
  const lines = list.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [, wanted = '', name = ''] = /^(\w+)\s[ *](.*)$/.exec(line) ?? [];
    const actual = createHash(algorithm).update(await readBytes(process, openNamed(process, name))).digest('hex');
    process.print(`${name}: ${actual === wanted ? 'OK' : 'FAILED'}\n`);
    if (actual !== wanted) bad++;
  }
  if (bad > 0) process.error(isBusybox(process) ? `${toolName(process)}: WARNING: ${bad} of ${lines.length} computed checksums did NOT match\n` : `${toolName(process)}: WARNING: ${bad} computed checksum did NOT match\n`);
  return bad > 0 ? 1 : 0;
}

/** dd(1): blocks from here to there. */
const dd: Program = async (process) => {
  const options = Object.fromEntries(process.argv.slice(1).map((arg): [string, string] => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]));
  const unknown = process.argv.slice(1).find((arg) => !/^(if|of|bs|count|skip|seek|conv|status|ibs|obs|iflag|oflag)=/.test(arg));
  if (unknown !== undefined) {
    process.error(isBusybox(process) ? `dd: invalid argument '${unknown}'\n` : `dd: unrecognized operand '${unknown}'\nTry 'dd --help' for more information.\n`);
    return 1;
  }
  const block = sizeOf(options['bs'] ?? options['ibs'] ?? '512');
  const startedAt = process.world.clock.now();
  const streams = openStreams(process, options, block);
  if (!streams) return 1;
  process.hold(900_000 + block);
  const count = options['count'] === undefined ? Infinity : sizeOf(options['count']);
  const { full, partial, copied, failure, outFull, outPartial } = await transfer(process, streams, block, count);
  if (failure) process.error(`dd: error writing '${options['of'] ?? 'standard output'}': ${failure}\n`);
  process.error(`${full}+${partial} records in\n${outFull}+${outPartial} records out\n`);
  const seconds = Math.max(0.000_1, (process.world.clock.now() - startedAt) / 1000, copied / 1.4e9);
  if (options['status'] !== 'none' && options['status'] !== 'noxfer') process.error(summary(copied, seconds, isBusybox(process)));
  return failure ? 1 : 0;
};

interface DdStreams {
  read(length: number): Promise<Uint8Array | undefined>;
  readonly output: OpenFile | undefined;
}

function openStreams(process: Process, options: Record<string, string>, block: number): DdStreams | undefined {
  const { files } = process.world;
  const from = options['if'];
  try {
    const input = from === undefined ? process.stdin : openNamed(process, from);
    const node = from === undefined ? undefined : files.open(resolvePath(process, from));
    let rest: Uint8Array = new Uint8Array();
    const read = async (length: number): Promise<Uint8Array | undefined> => {
      if (node instanceof DeviceNode && node.endless) return node.endless(Math.min(length, 1 << 20));
      while (rest.length === 0) {
        const chunk = await input.read();
        if (!chunk) return undefined;
        rest = chunk;
      }
      const part = rest.subarray(0, length);
      rest = rest.subarray(part.length);
      return part;
    };
    const of = options['of'];
    const output = of === undefined ? undefined : files.openForWrite(resolvePath(process, of), options['conv']?.includes('notrunc') || options['seek'] ? 'keep' : 'truncate');
    if (output && options['seek']) output.position = sizeOf(options['seek']) * block;
    return { read, output };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const isInput = from !== undefined && !files.exists(resolvePath(process, from));
    const name = isInput ? from : (options['of'] ?? from);
    process.error(isBusybox(process) ? `dd: can't open '${name}': ${error.message}\n` : `dd: failed to open '${name}': ${error.message}\n`);
    return undefined;
  }
}

interface Transfer {
  full: number;
  partial: number;
  outFull: number;
  outPartial: number;
  copied: number;
  failure: string | undefined;
}

async function transfer(process: Process, { read, output }: DdStreams, block: number, count: number): Promise<Transfer> {
  const result: Transfer = { full: 0, partial: 0, outFull: 0, outPartial: 0, copied: 0, failure: undefined };
  for (let done = 0; done < count; done++) {
    let size = 0;
    const before = output?.position ?? 0;
    while (size < block) {
      const chunk = await read(block - size);
      if (!chunk) break;
      size += chunk.length;
      try {
        if (output) output.write(chunk);
        else await process.write(chunk);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        result.full++;
        result.copied += (output?.position ?? 0) - before;
        return { ...result, failure: error.message };
      }
      const waiting = process.compute(chunk.length / 1_400_000);
      if (waiting) await waiting;
    }
    if (size === 0) break;
    result.copied += size;
    if (size === block) result.full++;
    else result.partial++;
    if (size === block) result.outFull++;
    else result.outPartial++;
  }
  return result;
}

function summary(bytes: number, seconds: number, isBusyboxTool: boolean): string {
  const rate = bytes / seconds;
  if (isBusyboxTool) return `${bytes} bytes (${binary(bytes)}) copied, ${seconds.toFixed(6)} seconds, ${binary(rate)}/s\n`;
  const sizes = bytes < 1000 ? '' : ` (${decimal(bytes)}${bytes >= 1024 ? `, ${binaryUnits(bytes)}` : ''})`;
  return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}${sizes} copied, ${Number(seconds.toPrecision(6))} s, ${decimal(rate)}/s\n`;
}

const binary = (value: number): string => {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < 3) {
    left /= 1024;
    unit++;
  }
  return `${left.toFixed(1)}${units[unit]}`;
};

const scaled = (value: number, step: number, units: readonly string[]): string => {
  let unit = 0;
  let left = value;
  while (left >= step && unit < units.length - 1) {
    left /= step;
    unit++;
  }
  return `${left < 10 ? left.toFixed(1) : Math.round(left)} ${units[unit]}`;
};
const decimal = (value: number): string => scaled(value, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);
const binaryUnits = (value: number): string => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);

/** od, hexdump and xxd in their usual forms. */
const od: Program = async (process) => {
  const flags = process.argv.slice(1).filter((arg) => arg.startsWith('-')).join(' ');
  const { inputs } = openInputs(process, process.argv.slice(1).filter((arg, index, all) => !arg.startsWith('-') && !/^-[tAN]$/.test(all[index - 1] ?? '')));
  if (inputs.length === 0) return 1;
  const bytes = await readBytes(process, inputs[0]!.input);
  const isText = /-c|-t ?c/.test(flags);
  const hexAddresses = !/-A ?n/.test(flags);
  const NAMES: Record<number, string> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const cells = isText ? part.map((byte) => (NAMES[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))).padStart(4)) : /x1/.test(flags) ? part.map((byte) => ` ${byte.toString(16).padStart(2, '0')}`) : pairs(part).map((pair) => ` ${pair.toString(8).padStart(6, '0')}`);
    process.print(`${hexAddresses ? at.toString(8).padStart(7, '0') : ''}${cells.join('')}\n`);
  }
  if (hexAddresses) process.print(`${bytes.length.toString(8).padStart(7, '0')}\n`);
  return 0;
};

const pairs = (bytes: readonly number[]): number[] => Array.from({ length: Math.ceil(bytes.length / 2) }, (_, index) => bytes[index * 2]! + ((bytes[index * 2 + 1] ?? 0) << 8));

const hexdump: Program = async (process) => {
  const isCanonical = process.argv.includes('-C') || toolName(process) === 'hd';
  const isXxd = toolName(process) === 'xxd';
  const { inputs } = openInputs(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')));
  const bytes = await readBytes(process, inputs[0]!.input);
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'));
    if (isXxd) process.print(`${at.toString(16).padStart(8, '0')}: ${hex.reduce((all, item, index) => `${all}${index > 0 && index % 2 === 0 ? ' ' : ''}${item}`, '').padEnd(39)}  ${text}\n`);
    else if (isCanonical) process.print(`${at.toString(16).padStart(8, '0')}  ${`${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}`.padEnd(48)}  |${text}|\n`);
    else process.print(`${at.toString(16).padStart(7, '0')} ${pairs(part).map((pair) => pair.toString(16).padStart(4, '0')).join(' ')}\n`);
  }
  if (!isXxd && bytes.length > 0) process.print(`${bytes.length.toString(16).padStart(isCanonical ? 8 : 7, '0')}\n`);
  return 0;
};

const cmp: Program = async (process) => {
  const isQuiet = process.argv.includes('-s');
  const [a = '', b = ''] = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  const [left, right] = [await readBytes(process, openNamed(process, a)), await readBytes(process, openNamed(process, b))];
  const at = left.findIndex((byte, index) => byte !== right[index]);
  if (at < 0 && left.length === right.length) return 0;
  if (!isQuiet) process.print(at < 0 || at >= right.length ? `cmp: EOF on ${left.length < right.length ? a : b}\n` : `${a} ${b} differ: ${isBusybox(process) ? 'char' : 'byte'} ${at + 1}, line ${Buffer.from(left.subarray(0, at)).toString().split('\n').length}\n`);
  return 1;
};

const gzip: Program = async (process) => {
  const args = process.argv.slice(1);
  const isUnpacking = args.includes('-d') || args.includes('-dc') || ['gunzip', 'zcat'].includes(toolName(process));
  const names = args.filter((arg) => !arg.startsWith('-'));
  const toOutput = names.length === 0 || args.some((arg) => /^-\w*c/.test(arg)) || toolName(process) === 'zcat';
  for (const name of names.length > 0 ? names : ['-']) {
    const bytes = await readBytes(process, openNamed(process, name));
    let made: Uint8Array;
    try {
      made = new Uint8Array(isUnpacking ? gunzipSync(bytes) : gzipSync(bytes));
    } catch {
      process.error(isBusybox(process) ? `${toolName(process)}: invalid magic\n` : `\ngzip: ${name}: not in gzip format\n`);
      return 1;
    }
    if (toOutput) process.print(made);
    else {
      process.world.files.write(resolvePath(process, isUnpacking ? name.replace(/\.gz$/, '') : `${name}.gz`), made);
      process.world.files.removeFile(resolvePath(process, name));
    }
  }
  return 0;
};

export const byteTools: Readonly<Record<string, Program>> = {
  base64, dd, od, hexdump, hd: hexdump, xxd: hexdump, cmp, gzip, gunzip: gzip, zcat: gzip,
  md5sum: digest('md5'), sha1sum: digest('sha1'), sha256sum: digest('sha256'), sha512sum: digest('sha512'),
};
