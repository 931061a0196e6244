import type { Process, Program } from '../processes/process.ts';
import { chunksOf, isBusybox, linesFrom, linesOf, openInputs, readInputs, resolvePath, toolName } from './input.ts';
import { tool } from './options.ts';

/** cut, tr and sort. */
const cut = tool('d:f:c:b:ns', async (process, { flags, value, rest }) => {
  const list = value('f') ?? value('c') ?? value('b');
  if (list === undefined) {
    process.error(isBusybox(process) ? 'cut: expected a list of bytes, characters, or fields\n' : "cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information.\n");
    return 1;
  }
  const delimiter = value('d') ?? '\t';
  if (delimiter.length !== 1) {
    process.error(isBusybox(process) ? 'cut: bad delimiter\n' : "cut: the delimiter must be a single character\nTry 'cut --help' for more information.\n");
    return 1;
  }
  const ranges = list.split(/[, ]/).map((range): [number, number] => {
    const [from = '', to] = range.split('-');
    return [Number(from || 1), to === undefined ? Number(from) : to === '' ? Infinity : Number(to)];
  });
  const isWanted = (index: number): boolean => ranges.some(([from, to]) => index >= from && index <= to);
  const isFields = value('f') !== undefined;
  const { inputs, failed } = openInputs(process, rest);
  for (const { input } of inputs) {
    for await (const { line } of linesFrom(process, input)) {
      const parts = isFields ? line.split(delimiter) : [...line];
      if (isFields && parts.length === 1) {
        if (!flags.has('s')) process.print(`${line}\n`);
        continue;
      }
      process.print(`${parts.filter((_, index) => isWanted(index + 1)).join(isFields ? delimiter : '')}\n`);
    }
  }
  return failed ? 1 : 0;
}, { delimiter: 'd', fields: 'f', characters: 'c', bytes: 'b', 'only-delimited': 's' });

const CLASSES: Readonly<Record<string, string>> = { alpha: 'A-Za-z', digit: '0-9', alnum: '0-9A-Za-z', upper: 'A-Z', lower: 'a-z', space: '\t\n\v\f\r ', blank: '\t ', punct: '!-/:-@[-`{-~', xdigit: '0-9A-Fa-f', cntrl: '\0-\x1f\x7f', print: ' -~', graph: '!-~' };

/** `a-z`, `[:upper:]`, `\n`, `x*5` as a list of characters. */
function characters(text: string): string[] {
  const named = text.replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole).replace(/\\(?:([0-7]{1,3})|([\s\S]))/g, (_, octal: string | undefined, letter: string) => (octal ? String.fromCharCode(Number.parseInt(octal, 8)) : ({ n: '\n', t: '\t', r: '\r', '\\': '\\' }[letter] ?? letter)));
  const result: string[] = [];
  for (let i = 0; i < named.length; i++) {
    if (named[i + 1] === '-' && i + 2 < named.length) {
      for (let code = named.charCodeAt(i); code <= named.charCodeAt(i + 2); code++) result.push(String.fromCharCode(code));
      i += 2;
    } else result.push(named[i]!);
  }
  return result;
}

const tr = tool('dscCt', async (process, { flags, rest }) => {
  if (rest.length === 0) {
    process.error(`${toolName(process)}: missing operand\nTry 'tr --help' for more information.\n`);
    return 1;
  }
  const from = new Map(characters(rest[0]!).map((character, index) => [character, index]));
  const to = rest[1] === undefined ? [] : characters(rest[1]);
  const squeezed = flags.has('s') ? new Set(rest[1] === undefined ? from.keys() : to) : undefined;
  const isComplement = flags.has('c') || flags.has('C');
  let last = '';
  const decoder = new TextDecoder('latin1');
  for await (const chunk of chunksOf(process, process.stdin)) {
    let made = '';
    for (const character of decoder.decode(chunk)) {
      const at = from.get(character);
      const isIn = (at !== undefined) !== isComplement;
      if (isIn && flags.has('d')) continue;
      const next = isIn && to.length > 0 ? (isComplement ? to[to.length - 1]! : to[Math.min(at!, to.length - 1)]!) : character;
      const isSqueezable = squeezed !== undefined && (rest[1] === undefined && isComplement ? isIn : squeezed.has(next));
      if (isSqueezable && next === last) continue;
      made += next;
      last = next;
    }
    await process.write(new Uint8Array(Buffer.from(made, 'latin1')));
    const waiting = process.compute(chunk.length / 20_000);
    if (waiting) await waiting;
  }
  return 0;
}, { delete: 'd', 'squeeze-repeats': 's', complement: 'c' });

const UNITS: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };

interface SortKey {
  readonly start: number;
  readonly startCharacter: number;
  readonly end: number;
  readonly flags: string;
}

function sortKey(text: string): SortKey {
  const [, start = '1', character = '1', startFlags = '', end = '', , endFlags = ''] = /^(\d+)(?:\.(\d+))?([bdfghinrMV]*)(?:,(\d+)(?:\.(\d+))?([bdfghinrMV]*))?$/.exec(text) ?? [];
  return { start: Number(start), startCharacter: Number(character), end: end === '' ? Infinity : Number(end), flags: startFlags + endFlags };
}

/** The part of a line that a key names. */
function keyOf(line: string, { start, startCharacter, end }: SortKey, separator: string | undefined): string {
  const fields = separator === undefined ? (line.match(/[ \t]*[^ \t]+/g) ?? []) : line.split(separator);
  return fields.slice(start - 1, end).join(separator ?? '').slice(startCharacter - 1);
}

function comparison(flags: string): (a: string, b: string) => number {
  const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  let compare = plain;
  if (/[ng]/.test(flags)) compare = (a, b) => (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0);
  else if (flags.includes('h')) compare = (a, b) => human(a) - human(b);
  else if (flags.includes('V')) compare = versions;
  else if (flags.includes('f')) compare = (a, b) => plain(a.toUpperCase(), b.toUpperCase());
  const trimmed = flags.includes('b') ? (a: string, b: string): number => compare(a.trimStart(), b.trimStart()) : compare;
  return flags.includes('r') ? (a, b) => trimmed(b, a) : trimmed;
}

const human = (text: string): number => (Number.parseFloat(text) || 0) * 1024 ** (UNITS[/^[\s\d.]+([KMGT])/i.exec(text)?.[1]?.toUpperCase() ?? ''] ?? 0);

function versions(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x === y) continue;
    return /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return 0;
}

const sort = tool('rnuhfgbMVsczk:t:o:', async (process, { flags, value, values, rest }) => {
  const bad = rest.find((name) => name !== '-' && !process.world.files.exists(resolvePath(process, name)));
  if (bad !== undefined) {
    process.error(isBusybox(process) ? `sort: ${bad}: No such file or directory\n` : `sort: cannot read: ${bad}: No such file or directory\n`);
    return 2;
  }
  const { texts } = await readInputs(process, rest);
  const all = [...flags].join('');
  const separator = value('t');
  const keys = values('k').map(sortKey);
  const byWhole = comparison(all);
  const comparisons = keys.map((key) => ({ key, compare: comparison(key.flags === '' ? all : key.flags) }));
  const compareKeys = (a: string, b: string): number => {
    for (const { key, compare } of comparisons) {
      const order = compare(keyOf(a, key, separator), keyOf(b, key, separator));
      if (order !== 0) return order;
    }
    return keys.length === 0 ? byWhole(a, b) : 0;
  };
  const lastResort = comparison(all.includes('r') ? 'r' : '');
  const lines = texts.flatMap(({ text }) => linesOf(text));
  if (flags.has('c')) {
    const disorder = lines.findIndex((line, index) => index > 0 && compareKeys(lines[index - 1]!, line) > 0);
    if (disorder < 0) return 0;
    process.error(`sort: -:${disorder + 1}: disorder: ${lines[disorder]}\n`);
    return 1;
  }
  lines.sort((a, b) => compareKeys(a, b) || (flags.has('s') || flags.has('u') ? 0 : lastResort(a, b)));
  const kept = flags.has('u') ? lines.filter((line, index) => index === 0 || compareKeys(lines[index - 1]!, line) !== 0) : lines;
  const text = kept.map((line) => `${line}\n`).join('');
  const waiting = process.compute(lines.length * 0.002);
  if (waiting) await waiting;
  const output = value('o');
  if (output === undefined) process.print(text);
  else writeTo(process, output, text);
  return 0;
}, { reverse: 'r', 'numeric-sort': 'n', unique: 'u', key: 'k', 'field-separator': 't', 'human-numeric-sort': 'h', 'version-sort': 'V' });

function writeTo(process: Process, name: string, text: string): void {
  process.world.files.write(name.startsWith('/') ? name : `${process.cwd}/${name}`, text);
}


export const fieldTools: Readonly<Record<string, Program>> = { cut, tr, sort };
