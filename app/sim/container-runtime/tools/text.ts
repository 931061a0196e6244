import type { Process, Program } from '../processes/process.ts';
import { linesOf, readAll, readInputs } from './input.ts';

/** Tools that turn text into text. */
const cat: Program = async (process) => {
  const { texts, failed } = await readInputs(process, process.argv.slice(1).filter((arg) => arg === '-' || !arg.startsWith('-')));
  for (const { text } of texts) process.print(text);
  return failed ? 1 : 0;
};

function countOption(args: readonly string[], fallback: number): { count: number; rest: string[] } {
  const rest: string[] = [];
  let count = fallback;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '-n') count = Number(args[++i]);
    else if (/^-n?\d+$/.test(arg)) count = Number(arg.replace(/^-n?/, ''));
    else if (!arg.startsWith('-')) rest.push(arg);
  }
  return { count, rest };
}

const head: Program = async (process) => {
  const { count, rest } = countOption(process.argv.slice(1), 10);
  const { texts, failed } = await readInputs(process, rest);
  for (const { text } of texts) process.print(linesOf(text).slice(0, count).map((line) => `${line}\n`).join(''));
  return failed ? 1 : 0;
};

const tail: Program = async (process) => {
  const { count, rest } = countOption(process.argv.slice(1), 10);
  const { texts, failed } = await readInputs(process, rest);
  for (const { text } of texts) process.print(linesOf(text).slice(-count).map((line) => `${line}\n`).join(''));
  if (process.argv.includes('-f')) await process.exited;
  return failed ? 1 : 0;
};

const wc: Program = async (process) => {
  const flags = process.argv.slice(1).filter((arg) => arg.startsWith('-')).join('');
  const names = process.argv.slice(1).filter((arg) => !arg.startsWith('-'));
  const { texts, failed } = await readInputs(process, names);
  for (const { name, text } of texts) {
    const counts: number[] = [];
    const all = flags === '';
    if (all || flags.includes('l')) counts.push(text.split('\n').length - 1);
    if (all || flags.includes('w')) counts.push(text.split(/\s+/).filter(Boolean).length);
    if (all || flags.includes('c')) counts.push(new TextEncoder().encode(text).length);
    const shown = counts.length === 1 ? String(counts[0]) : counts.map((count) => String(count).padStart(9)).join(' ');
    process.print(`${shown}${name === '-' ? '' : ` ${name}`}\n`);
  }
  return failed ? 1 : 0;
};

const sort: Program = async (process) => {
  const flags = process.argv.slice(1).filter((arg) => arg.startsWith('-')).join('');
  const { texts } = await readInputs(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')));
  let lines = texts.flatMap(({ text }) => linesOf(text));
  lines.sort(flags.includes('n') ? (a, b) => Number.parseFloat(a) - Number.parseFloat(b) : (a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (flags.includes('r')) lines.reverse();
  if (flags.includes('u')) lines = [...new Set(lines)];
  process.print(lines.map((line) => `${line}\n`).join(''));
  return 0;
};

const uniq: Program = async (process) => {
  const counted = process.argv.includes('-c');
  const groups: { line: string; count: number }[] = [];
  for (const line of linesOf(await readAll(process.stdin))) {
    const last = groups[groups.length - 1];
    if (last?.line === line) last.count++;
    else groups.push({ line, count: 1 });
  }
  process.print(groups.map(({ line, count }) => `${counted ? `${String(count).padStart(7)} ` : ''}${line}\n`).join(''));
  return 0;
};

const grep: Program = async (process) => {
  const args = process.argv.slice(1);
  const flags = args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  const [pattern = '', ...names] = args.filter((arg) => !/^-[a-zA-Z]+$/.test(arg));
  const source = flags.includes('F') ? pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : flags.includes('E') ? pattern : pattern.replace(/\\([|(){}+?])|([|(){}+?])/g, (_, escaped: string, plain: string) => escaped ?? `\\${plain}`);
  const expression = new RegExp(flags.includes('w') ? `\\b(?:${source})\\b` : source, flags.includes('i') ? 'i' : '');
  const { texts, failed } = await readInputs(process, names);
  let matches = 0;
  for (const { name, text } of texts) {
    const found = linesOf(text).filter((line) => expression.test(line) !== flags.includes('v'));
    matches += found.length;
    if (flags.includes('q')) continue;
    const prefix = texts.length > 1 ? `${name}:` : '';
    if (flags.includes('c')) process.print(`${prefix}${found.length}\n`);
    else for (const line of found) process.print(`${prefix}${flags.includes('o') ? (expression.exec(line)?.[0] ?? '') : line}\n`);
  }
  return failed ? 2 : matches > 0 ? 0 : 1;
};

const cut: Program = async (process) => {
  const args = process.argv.slice(1);
  const option = (flag: string): string | undefined => {
    const at = args.findIndex((arg) => arg.startsWith(flag));
    return at < 0 ? undefined : args[at]!.slice(2) || args[at + 1];
  };
  const delimiter = option('-d') ?? '\t';
  const list = option('-f') ?? option('-c') ?? '1';
  const isCharacters = option('-c') !== undefined;
  const wanted = (index: number): boolean => list.split(',').some((range) => {
    const [from = '', to = from] = range.split('-');
    return index >= Number(from || 1) && index <= (range.includes('-') && to === '' ? Infinity : Number(to));
  });
  for (const line of linesOf(await readAll(process.stdin))) {
    const parts = isCharacters ? [...line] : line.split(delimiter);
    process.print(`${parts.length === 1 && !isCharacters ? line : parts.filter((_, index) => wanted(index + 1)).join(isCharacters ? '' : delimiter)}\n`);
  }
  return 0;
};

const tr: Program = async (process) => {
  const args = process.argv.slice(1).filter((arg) => !/^-[ds]+$/.test(arg));
  const from = characters(args[0] ?? '');
  const to = characters(args[1] ?? '');
  const isDelete = process.argv.includes('-d');
  const text = await readAll(process.stdin);
  process.print([...text].map((character) => {
    const at = from.indexOf(character);
    if (at < 0) return character;
    return isDelete ? '' : (to[Math.min(at, to.length - 1)] ?? character);
  }).join(''));
  return 0;
};

/** `a-z`, `[:upper:]`, `\n` as a list of characters. */
function characters(text: string): string[] {
  const named = text.replace('[:upper:]', 'A-Z').replace('[:lower:]', 'a-z').replace('[:digit:]', '0-9').replace(/\\n/g, '\n').replace(/\\t/g, '\t');
  const result: string[] = [];
  for (let i = 0; i < named.length; i++) {
    if (named[i + 1] === '-' && i + 2 < named.length) {
      for (let code = named.charCodeAt(i); code <= named.charCodeAt(i + 2); code++) result.push(String.fromCharCode(code));
      i += 2;
    } else result.push(named[i]!);
  }
  return result;
}

const sed: Program = async (process) => {
  const args = process.argv.slice(1);
  const quiet = args.includes('-n');
  const [script = '', ...names] = args.filter((arg) => !['-n', '-e', '-E', '-r', '-i'].includes(arg));
  const { texts } = await readInputs(process, names);
  for (const { text } of texts) for (const [index, line] of linesOf(text).entries()) sedLine(process, script, line, index + 1, quiet);
  return 0;
};

/** `s/a/b/g`, `3p`, `/x/d`: one command. */
function sedLine(process: Process, script: string, line: string, number: number, quiet: boolean): void {
  const match = /^(?:(\d+)(?:,(\d+))?|\/((?:\\.|[^/])*)\/)?\s*([spdq])(.*)$/.exec(script);
  if (!match) return void process.print(`${line}\n`);
  const [, from, to, pattern, command, rest = ''] = match;
  const applies = from ? number >= Number(from) && number <= Number(to ?? from) : pattern === undefined || new RegExp(pattern).test(line);
  if (!applies) return void (quiet || process.print(`${line}\n`));
  if (command === 'd') return;
  if (command === 'p') return process.print(quiet ? `${line}\n` : `${line}\n${line}\n`);
  if (command !== 's') return process.print(`${line}\n`);
  const delimiter = rest[0]!;
  const [, search = '', replacement = '', flags = ''] = rest.split(delimiter);
  const next = line.replace(new RegExp(search, flags.includes('g') ? 'g' : ''), replacement.replace(/&/g, '$$&').replace(/\\(\d)/g, '$$$1'));
  if (!quiet || flags.includes('p')) process.print(`${next}\n`);
}

const tee: Program = async (process) => {
  const text = await readAll(process.stdin);
  process.print(text);
  for (const name of process.argv.slice(1).filter((arg) => arg !== '-a')) process.world.files.write(name.startsWith('/') ? name : `${process.cwd}/${name}`, text, process.argv.includes('-a'));
  return 0;
};

const base64: Program = async (process) => {
  const text = (await readInputs(process, process.argv.slice(1).filter((arg) => !arg.startsWith('-')))).texts.map((item) => item.text).join('');
  if (process.argv.some((arg) => arg === '-d' || arg === '--decode')) process.print(Buffer.from(text, 'base64').toString());
  else process.print(`${Buffer.from(text).toString('base64').replace(/(.{76})(?=.)/g, '$1\n')}\n`);
  return 0;
};

const seq: Program = (process) => {
  const numbers = process.argv.slice(1).map(Number);
  const [first, step, last] = numbers.length === 1 ? [1, 1, numbers[0]!] : numbers.length === 2 ? [numbers[0]!, 1, numbers[1]!] : (numbers as [number, number, number]);
  for (let value = first!; step! > 0 ? value <= last! : value >= last!; value += step!) process.print(`${value}\n`);
  return 0;
};

export const textTools: Readonly<Record<string, Program>> = { cat, head, tail, wc, sort, uniq, grep, egrep: grep, cut, tr, sed, tee, base64, seq };
