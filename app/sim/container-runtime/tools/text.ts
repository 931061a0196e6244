import type { Process, Program } from '../processes/process.ts';
import type { FileError } from '../filesystem/filesystem.ts';
import { cannotOpen, chunksOf, isBusybox, linesFrom, linesOf, openInputs, readAll, readInputs, toolName } from './input.ts';
import { tool } from './options.ts';

const plainly = (_: Process, name: string, error: FileError): string => `${name}: ${error.message}`;

/** Tools that turn text into text, line by line. */
const cat = tool('nvetEAbusT', async (process, { flags, rest }) => {
  const { inputs, failed } = openInputs(process, rest);
  let number = 0;
  let isFailed = failed;
  for (const { name, input } of inputs) {
    if (flags.size === 0 || (flags.size === 1 && flags.has('u'))) {
      for await (const chunk of chunksOf(process, input)) {
        await process.write(chunk);
        const waiting = process.compute(chunk.length / 200_000);
        if (waiting) await waiting;
      }
      continue;
    }
    for await (const { line, ended } of linesFrom(process, input)) {
      const shown = flags.has('A') || flags.has('T') ? line.replace(/\t/g, '^I') : line;
      const isNumbered = flags.has('n') || (flags.has('b') && line !== '');
      await process.write(`${isNumbered ? `${String(++number).padStart(6)}${isBusybox(process) ? '  ' : '\t'}` : ''}${shown}${(flags.has('A') || flags.has('e') || flags.has('E')) && ended ? '$' : ''}${ended ? '\n' : ''}`);
    }
    isFailed ||= name === '';
  }
  return isFailed ? 1 : 0;
});

/** `5`, `-5`, `+5`, `2k` of head and tail. */
function amount(text: string): number {
  const [, digits = '0', unit = ''] = /^[-+]?(\d+)([kKmMb]?)$/.exec(text) ?? [];
  return Number(digits) * ({ '': 1, b: 512, k: 1024, K: 1024, m: 1 << 20, M: 1 << 20 }[unit] ?? 1);
}

/** `-5` becomes `-n 5`. */
function withCount(program: Program): Program {
  return (process) => {
    process.argv = process.argv.flatMap((arg, index) => (index > 0 && /^-\d+$/.test(arg) && !['-n', '-c'].includes(process.argv[index - 1]!) ? ['-n', arg.slice(1)] : [arg]));
    return program(process);
  };
}

const head = withCount(tool('n:c:qv', async (process, { flags, value, rest }) => {
  const { inputs, failed } = openInputs(process, rest, (owner, name, error) => (isBusybox(owner) ? plainly(owner, name, error) : `cannot open '${name}' for reading: ${error.message}`));
  const bytes = value('c');
  const text = value('n') ?? '10';
  for (const [index, { name, input }] of inputs.entries()) {
    if ((inputs.length > 1 && !flags.has('q')) || flags.has('v')) process.print(`${index > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    if (bytes !== undefined) {
      let left = amount(bytes);
      for await (const chunk of chunksOf(process, input)) {
        process.print(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) break;
      }
    } else if (text.startsWith('-')) {
      process.print(linesOf(await readAll(process, input)).slice(0, -amount(text)).map((line) => `${line}\n`).join(''));
    } else {
      let left = amount(text);
      if (left === 0) continue;
      for await (const { line, ended } of linesFrom(process, input)) {
        process.print(`${line}${ended ? '\n' : ''}`);
        if (--left <= 0) break;
      }
    }
  }
  return failed ? 1 : 0;
}, { lines: 'n', bytes: 'c', quiet: 'q', verbose: 'v' }));

const tail = withCount(tool('n:c:fFqvs:', async (process, { flags, value, rest }) => {
  const { inputs, failed } = openInputs(process, rest, (owner, name, error) => (isBusybox(owner) ? cannotOpen(owner, name, error) : `cannot open '${name}' for reading: ${error.message}`));
  if (failed && inputs.length === 0 && isBusybox(process)) process.error('tail: no files\n');
  const isFollowing = flags.has('f') || flags.has('F');
  for (const [index, { name, input }] of inputs.entries()) {
    if (inputs.length > 1 && !flags.has('q')) process.print(`${index > 0 ? '\n' : ''}==> ${name === '-' ? 'standard input' : name} <==\n`);
    const text = await readAll(process, input);
    const bytes = value('c');
    const count = value('n') ?? '10';
    if (bytes !== undefined) process.print(bytes.startsWith('+') ? text.slice(amount(bytes) - 1) : text.slice(-amount(bytes)));
    else {
      const lines = text.split(/(?<=\n)/);
      const kept = count.startsWith('+') ? lines.slice(Math.max(0, amount(count) - 1)) : amount(count) === 0 ? [] : lines.slice(-amount(count));
      process.print(kept.join(''));
    }
  }
  if (isFollowing && inputs.length > 0) await follow(process, rest);
  return failed ? 1 : 0;
}, { lines: 'n', bytes: 'c', follow: 'f', quiet: 'q' }));

/** Prints what is appended to files, looking once a second. */
async function follow(process: Process, names: readonly string[]): Promise<never> {
  const path = (name: string): string => (name.startsWith('/') ? name : `${process.cwd}/${name}`);
  const sizes = new Map(names.map((name) => [name, process.world.files.stat(path(name)).size]));
  for (;;) {
    await process.sleep(1_000);
    for (const name of names) {
      if (!process.world.files.exists(path(name))) continue;
      const { size } = process.world.files.stat(path(name));
      const known = sizes.get(name)!;
      if (size > known) process.print(process.world.files.read(path(name)).slice(known));
      sizes.set(name, size);
    }
  }
}

const wc = tool('lwcmL', async (process, { flags, rest }) => {
  const { inputs, failed } = openInputs(process, rest, plainly);
  if (inputs.length === 0) return 1;
  const shown = (['l', 'w', 'm', 'c', 'L'] as const).filter((flag) => (flags.size === 0 ? 'lwc'.includes(flag) : flags.has(flag)));
  const totals: Record<string, number> = { l: 0, w: 0, m: 0, c: 0, L: 0 };
  const rows: { counts: Record<string, number>; name: string }[] = [];
  for (const { name, input } of inputs) {
    const counts: Record<string, number> = { l: 0, w: 0, m: 0, c: 0, L: 0 };
    let isInWord = false;
    let width = 0;
    for await (const chunk of chunksOf(process, input)) {
      counts['c']! += chunk.length;
      const waiting = process.compute(chunk.length / 200_000);
      if (waiting) await waiting;
      if (flags.size === 1 && flags.has('c')) continue;
      for (const byte of chunk) {
        if ((byte & 0xc0) !== 0x80) counts['m']!++;
        if (byte === 10) counts['l']!++;
        width = byte === 10 ? 0 : width + 1;
        counts['L'] = Math.max(counts['L']!, width);
        const isSpace = byte === 32 || (byte >= 9 && byte <= 13);
        if (!isSpace && !isInWord) counts['w']!++;
        isInWord = !isSpace;
      }
    }
    for (const key of Object.keys(totals)) totals[key]! += counts[key]!;
    rows.push({ counts, name: name === '-' && rest.length === 0 ? '' : name });
  }
  if (rows.length > 1) rows.push({ counts: totals, name: 'total' });
  const widest = String(Math.max(...rows.flatMap(({ counts }) => shown.map((key) => counts[key]!)))).length;
  for (const { counts, name } of rows) process.print(wcRow(process, shown.map((key) => counts[key]!), name, widest, rows.length === 1));
  return failed ? 1 : 0;
}, { lines: 'l', words: 'w', bytes: 'c', chars: 'm' });

function wcRow(process: Process, counts: readonly number[], name: string, widest: number, isOnly: boolean): string {
  const end = name === '' ? '\n' : ` ${name}\n`;
  if (counts.length === 1 && (!isBusybox(process) || isOnly)) return `${counts[0]}${end}`.padStart(isBusybox(process) || isOnly ? 0 : widest + end.length);
  if (isBusybox(process)) return `${counts.map((count) => String(count).padStart(9)).join(' ')}${end}`;
  return `${counts.map((count) => String(count).padStart(name === '' ? 7 : widest)).join(' ')}${end}`;
}

const uniq = tool('cdui', async (process, { flags, rest }) => {
  const { texts, failed } = await readInputs(process, rest.slice(0, 1));
  const key = (line: string): string => (flags.has('i') ? line.toLowerCase() : line);
  const groups: { line: string; count: number }[] = [];
  for (const line of texts.flatMap(({ text }) => linesOf(text))) {
    const last = groups[groups.length - 1];
    if (last && key(last.line) === key(line)) last.count++;
    else groups.push({ line, count: 1 });
  }
  const kept = groups.filter(({ count }) => (flags.has('d') ? count > 1 : flags.has('u') ? count === 1 : true));
  process.print(kept.map(({ line, count }) => `${flags.has('c') ? `${String(count).padStart(7)} ` : ''}${line}\n`).join(''));
  return failed ? 1 : 0;
}, { count: 'c', repeated: 'd', unique: 'u' });

const tee = tool('ai', async (process, { flags, rest }) => {
  const files = rest.map((name) => process.world.files.openForWrite(name.startsWith('/') ? name : `${process.cwd}/${name}`, flags.has('a') ? 'append' : 'truncate'));
  for await (const chunk of chunksOf(process, process.stdin)) {
    for (const file of files) file.write(chunk);
    await process.write(chunk);
  }
  return 0;
}, { append: 'a' });

const nl: Program = async (process) => {
  let number = 0;
  const { texts, failed } = await readInputs(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')));
  for (const line of texts.flatMap(({ text }) => linesOf(text))) process.print(line === '' && !process.argv.includes('-ba') ? '       \n' : `${String(++number).padStart(6)}\t${line}\n`);
  return failed ? 1 : 0;
};

const rev: Program = async (process) => {
  const { texts } = await readInputs(process, process.argv.slice(1));
  for (const line of texts.flatMap(({ text }) => linesOf(text))) process.print(`${[...line].reverse().join('')}\n`);
  return 0;
};

const tac: Program = async (process) => {
  const { texts, failed } = await readInputs(process, process.argv.slice(1));
  for (const { text } of texts) process.print(text.split(/(?<=\n)/).reverse().join(''));
  return failed ? 1 : 0;
};

const paste = tool('sd:', async (process, { flags, value, rest }) => {
  const { texts, failed } = await readInputs(process, rest);
  const delimiters = (value('d') ?? '\t').replace(/\\n/g, '\n').replace(/\\t/g, '\t');
  const columns = texts.map(({ text }) => linesOf(text));
  if (flags.has('s')) for (const column of columns) process.print(`${column.reduce((all, line, index) => (index === 0 ? line : `${all}${delimiters[(index - 1) % delimiters.length]}${line}`), '')}\n`);
  else for (let row = 0; row < Math.max(...columns.map((column) => column.length)); row++) process.print(`${columns.map((column, index) => `${index > 0 ? delimiters[(index - 1) % delimiters.length] : ''}${column[row] ?? ''}`).join('')}\n`);
  return failed ? 1 : 0;
});

const fold = tool('w:sb', async (process, { flags, value, rest }) => {
  const width = Number(value('w') ?? 80);
  const { texts } = await readInputs(process, rest);
  for (let line of texts.flatMap(({ text }) => linesOf(text))) {
    while (line.length > width) {
      const at = flags.has('s') ? line.lastIndexOf(' ', width - 1) + 1 || width : width;
      process.print(`${line.slice(0, at)}\n`);
      line = line.slice(at);
    }
    process.print(`${line}\n`);
  }
  return 0;
});

const comm = tool('123', async (process, { flags, rest }) => {
  const { texts } = await readInputs(process, rest);
  const [a = [], b = []] = texts.map(({ text }) => linesOf(text));
  const column = (flag: string, indent: number, line: string): void => void (flags.has(flag) || process.print(`${'\t'.repeat(indent)}${line}\n`));
  const second = flags.has('1') ? 0 : 1;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (j >= b.length || (i < a.length && a[i]! < b[j]!)) column('1', 0, a[i++]!);
    else if (i >= a.length || a[i]! > b[j]!) column('2', second, b[j++]!);
    else {
      column('3', second + (flags.has('2') ? 0 : 1), a[i++]!);
      j++;
    }
  }
  return 0;
});

const seq: Program = (process) => {
  const args = process.argv.slice(1);
  let isWide = false;
  let separator = '\n';
  while (/^-[ws]/.test(args[0] ?? '')) {
    const flag = args.shift()!;
    if (flag === '-w') isWide = true;
    else separator = flag.slice(2) || (args.shift() ?? '\n');
  }
  const texts = args;
  const bad = texts.find((text) => Number.isNaN(Number(text)));
  if (bad !== undefined || texts.length === 0) {
    process.error(bad === undefined ? `${toolName(process)}: missing operand\n` : isBusybox(process) ? `seq: invalid number '${bad}'\n` : `seq: invalid floating point argument: '${bad}'\nTry 'seq --help' for more information.\n`);
    return 1;
  }
  const digits = Math.max(0, ...texts.map((text) => text.split('.')[1]?.length ?? 0));
  const numbers = texts.map(Number);
  const [first, step, last] = numbers.length === 1 ? [1, 1, numbers[0]!] : numbers.length === 2 ? [numbers[0]!, 1, numbers[1]!] : (numbers as [number, number, number]);
  const count = Math.max(0, Math.floor((last - first) / step + 1e-9) + 1);
  const all = Array.from({ length: Math.min(count, 5_000_000) }, (_, index) => (first + index * step).toFixed(digits));
  const width = isWide ? Math.max(...all.map((text) => text.length)) : 0;
  if (all.length > 0) process.print(`${all.map((text) => text.padStart(width, '0')).join(separator)}\n`);
  return 0;
};

const yes: Program = async (process) => {
  const line = `${process.argv.slice(1).join(' ') || 'y'}\n`.repeat(128);
  for (;;) {
    await process.write(line);
    const waiting = process.compute(0.5);
    if (waiting) await waiting;
  }
};

const column: Program = async (process) => {
  const rows = linesOf(await readAll(process)).map((line) => line.trim().split(/\s+/));
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)).concat(all.slice(row.length)), []);
  for (const row of rows) process.print(`${row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]! + 2))).join('')}\n`);
  return 0;
};

const strings: Program = async (process) => {
  const { texts, failed } = await readInputs(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')));
  for (const { text } of texts) for (const [found] of text.matchAll(/[\x20-\x7e\t]{4,}/g)) process.print(`${found}\n`);
  return failed ? 1 : 0;
};

export const textTools: Readonly<Record<string, Program>> = { cat, head, tail, wc, uniq, tee, nl, rev, tac, paste, fold, comm, seq, yes, column, strings };
