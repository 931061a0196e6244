import type { FileSystem } from '../filesystem/filesystem.ts';
import type { Process, Program } from '../processes/process.ts';
import { globExpression } from '../shell/glob.ts';
import { cannotOpen, isBusybox, isDirectory, linesFrom, openInputs, resolvePath, type NamedInput } from './input.ts';
import { tool, type Options } from './options.ts';
import { posixSource } from './regex.ts';

interface Search {
  readonly matches: (line: string) => boolean;
  readonly expression: RegExp;
  readonly flags: ReadonlySet<string>;
  readonly before: number;
  readonly after: number;
  readonly limit: number;
  readonly withNames: boolean;
}

/** grep, egrep and fgrep. */
function grep(kind: '' | 'E' | 'F'): Program {
  return tool('ivnclLqshHowxrREFGPaze:f:m:A:B:C:', async (process, options) => {
    const patterns = patternsOf(process, options);
    const names = options.values('e').length > 0 || options.value('f') !== undefined ? options.rest : options.rest.slice(1);
    if (patterns.length === 0) {
      process.error(isBusybox(process) ? 'BusyBox v1.36.1 multi-call binary.\n\nUsage: grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...\n' : "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
      return isBusybox(process) ? 1 : 2;
    }
    const search = searchOf(options, kind, patterns);
    const files = search.flags.has('r') || search.flags.has('R') ? (names.length > 0 ? names : ['.']).flatMap((name) => walk(process, name, options)) : names;
    const { inputs, failed } = openInputs(process, files, (_, name, error) => (isBusybox(process) ? cannotOpen(process, name, error).replace(/^can't open '(.*)'/, '$1') : cannotOpen(process, name, error)));
    let found = false;
    for (const input of inputs) {
      if (input.name !== '-' && isDirectory(process, resolvePath(process, input.name))) continue;
      found = (await one(process, input, { ...search, withNames: search.withNames || (files.length > 1 && !search.flags.has('h')) })) || found;
      if (found && search.flags.has('q')) return 0;
    }
    return failed && !(found && search.flags.has('q')) ? 2 : found ? 0 : 1;
  }, { 'ignore-case': 'i', 'invert-match': 'v', 'line-number': 'n', count: 'c', quiet: 'q', silent: 'q', 'only-matching': 'o', 'word-regexp': 'w', recursive: 'r', 'extended-regexp': 'E', 'fixed-strings': 'F', regexp: 'e', 'max-count': 'm', 'files-with-matches': 'l', 'no-filename': 'h', 'no-messages': 's', 'after-context': 'A', 'before-context': 'B', context: 'C', color: 'a', include: 'z' }, { usageStatus: 2 });
}

function patternsOf(process: Process, options: Options): string[] {
  const given = options.values('e').length > 0 ? [...options.values('e')] : options.value('f') === undefined ? options.rest.slice(0, 1) : [];
  const file = options.value('f');
  if (file !== undefined) given.push(...process.world.files.readText(resolvePath(process, file)).replace(/\n$/, '').split('\n'));
  return given.flatMap((pattern) => pattern.split('\n'));
}

function searchOf({ flags, value }: Options, kind: '' | 'E' | 'F', patterns: readonly string[]): Search {
  const isFixed = kind === 'F' || flags.has('F');
  const isExtended = kind === 'E' || flags.has('E') || flags.has('P');
  const sources = patterns.map((pattern) => (isFixed ? pattern.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&') : flags.has('P') ? pattern : posixSource(pattern, isExtended)));
  let source = sources.map((item) => `(?:${item})`).join('|');
  if (flags.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`;
  if (flags.has('x')) source = `^(?:${source})$`;
  const expression = new RegExp(source, `g${flags.has('i') ? 'i' : ''}`);
  const test = (line: string): boolean => {
    expression.lastIndex = 0;
    return expression.test(line) !== flags.has('v');
  };
  const around = Number(value('C') ?? 0);
  return { matches: test, expression, flags, before: Number(value('B') ?? around), after: Number(value('A') ?? around), limit: Number(value('m') ?? Infinity), withNames: flags.has('H') || ((flags.has('r') || flags.has('R')) && !flags.has('h')) };
}

async function one(process: Process, { name, input }: NamedInput, search: Search): Promise<boolean> {
  const { flags, withNames } = search;
  const shownName = name === '-' ? '(standard input)' : name;
  let count = 0;
  let number = 0;
  let lastShown = 0;
  let after = 0;
  const earlier: { line: string; number: number }[] = [];
  const prefix = (at: number, mark: string): string => `${withNames ? `${shownName}${mark}` : ''}${flags.has('n') ? `${at}${mark}` : ''}`;
  const show = (line: string, at: number, mark: string): void => {
    if (search.before + search.after > 0 && lastShown > 0 && at > lastShown + 1) process.print('--\n');
    lastShown = at;
    process.print(`${prefix(at, mark)}${line}\n`);
  };
  for await (const { line } of linesFrom(process, input)) {
    number++;
    if (search.matches(line)) {
      count++;
      if (flags.has('q') || flags.has('l')) break;
      if (!flags.has('c') && !flags.has('L')) {
        if (flags.has('o')) only(process, line, search, prefix(number, ':'));
        else {
          for (const item of earlier.splice(0)) show(item.line, item.number, '-');
          show(line, number, ':');
        }
        after = search.after;
      }
      if (count >= search.limit) break;
    } else if (after > 0) {
      after--;
      show(line, number, '-');
    } else if (search.before > 0) {
      earlier.push({ line, number });
      if (earlier.length > search.before) earlier.shift();
    }
  }
  if (flags.has('c') && !flags.has('q') && !flags.has('l')) process.print(`${withNames ? `${shownName}:` : ''}${count}\n`);
  if (flags.has('l') && count > 0) process.print(`${shownName}\n`);
  if (flags.has('L') && count === 0) process.print(`${shownName}\n`);
  return count > 0;
}

function only(process: Process, line: string, { expression }: Search, prefix: string): void {
  expression.lastIndex = 0;
  for (const [found] of line.matchAll(expression)) if (found !== '') process.print(`${prefix}${found}\n`);
}

function walk(process: Process, name: string, options: Options): string[] {
  const { files } = process.world;
  const include = options.value('z');
  const visit = (path: string): string[] => {
    if (!directory(files, resolvePath(process, path))) return include === undefined || globExpression(include).test(path.split('/').pop()!) ? [path] : [];
    return files.list(resolvePath(process, path)).flatMap((entry) => visit(`${path}/${entry}`));
  };
  if (!files.exists(resolvePath(process, name))) return [name];
  return visit(name);
}

function directory(files: FileSystem, path: string): boolean {
  return files.exists(path) && files.lstat(path).type !== 'link' && files.isDirectory(path);
}

export const grepTools: Readonly<Record<string, Program>> = { grep: grep(''), egrep: grep('E'), fgrep: grep('F') };
