import type { FileSystem } from '../filesystem/filesystem.ts';

const CLASSES: Readonly<Record<string, string>> = { alpha: 'A-Za-z', digit: '0-9', alnum: 'A-Za-z0-9', upper: 'A-Z', lower: 'a-z', space: '\\s', blank: ' \\t', punct: '!-\\/:-@\\[-`{-~', xdigit: '0-9A-Fa-f', cntrl: '\\x00-\\x1f', print: '\\x20-\\x7e', graph: '\\x21-\\x7e' };

/** `[:alpha:]` and its kind inside a bracket expression. */
export function bracketClasses(text: string): string {
  return text.replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole);
}

/** A shell pattern as the source of a regular expression. */
export function globSource(pattern: string): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') source += escape(pattern[++i] ?? '');
    else if (character === '*') source += '[\\s\\S]*';
    else if (character === '?') source += '[\\s\\S]';
    else if (character === '[') {
      const end = bracketEnd(pattern, i);
      if (end < 0) source += '\\[';
      else {
        source += `[${bracketClasses(pattern.slice(i + 1, end)).replace(/^!/, '^').replace(/\\(?![sdtx/[])/g, '\\\\').replace(/^(\^?)\]/, '$1\\]')}]`;
        i = end;
      }
    } else source += escape(character);
  }
  return source;
}

/** Where the bracket expression that begins here ends; -1 when it does not. */
export function bracketEnd(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern.startsWith('[:', i)) {
      const close = pattern.indexOf(':]', i);
      if (close > 0) i = close + 1;
    } else if (pattern[i] === ']') return i;
  }
  return -1;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** A shell pattern as a regular expression for the whole text. */
export function globExpression(pattern: string, flags = ''): RegExp {
  return new RegExp(`^${globSource(pattern)}$`, flags);
}

/** The files that a pattern names, sorted; quoted characters in it are escaped by backslashes. */
export function globFiles(pattern: string, files: FileSystem, cwd: string): string[] {
  const isAbsolute = pattern.startsWith('/');
  let found: string[] = [isAbsolute ? '/' : ''];
  const parts = pattern.split('/').filter((part, index, all) => part !== '' || (index === all.length - 1 && index > 0));
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    found = found.flatMap((base) => expandPart(base, part, isLast, files, cwd));
  }
  return found.sort();
}

function expandPart(base: string, part: string, isLast: boolean, files: FileSystem, cwd: string): string[] {
  const absolute = (path: string): string => (path.startsWith('/') ? path : `${cwd}/${path}`);
  const plain = part.replace(/\\(.)/g, '$1');
  if (part === '') return [base];
  const next = (name: string): string => `${base}${name}${isLast ? '' : '/'}`;
  if (!/(^|[^\\])[*?[]/.test(part)) return isLast ? (exists(files, absolute(next(plain))) ? [next(plain)] : []) : [next(plain)];
  const directory = absolute(base === '' ? '.' : base);
  if (!files.isDirectory(directory)) return [];
  const expression = globExpression(part);
  let names: string[];
  try {
    names = files.list(directory);
  } catch {
    return [];
  }
  return names.filter((name) => expression.test(name) && (!name.startsWith('.') || part.startsWith('.')) && (isLast || files.isDirectory(`${directory}/${name}`))).map(next);
}

function exists(files: FileSystem, path: string): boolean {
  try {
    files.lstat(path);
    return true;
  } catch {
    return false;
  }
}
