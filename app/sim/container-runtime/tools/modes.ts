import type { Stat } from '../filesystem/filesystem.ts';

const TYPES: Readonly<Record<Stat['type'], string>> = { file: '-', directory: 'd', link: 'l', device: 'c', socket: 's', pipe: 'p' };

/** `drwxr-xr-x` */
export function modeText({ type, mode }: Pick<Stat, 'type' | 'mode'>): string {
  const triple = (shift: number, special: boolean, letter: string): string => {
    const bits = (mode >> shift) & 7;
    const execute = (bits & 1) !== 0;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-'}`;
  };
  return TYPES[type] + triple(6, (mode & 0o4000) !== 0, 's') + triple(3, (mode & 0o2000) !== 0, 's') + triple(0, (mode & 0o1000) !== 0, 't');
}

/** What `chmod` makes of a mode: `755`, `u+x,go-w`, `a=r`. undefined: it makes no sense. */
export function changedMode(spec: string, before: number, isDirectory: boolean, umask: number): number | undefined {
  if (/^[0-7]{1,4}$/.test(spec)) return Number.parseInt(spec, 8);
  let mode = before;
  for (const clause of spec.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (!match) return undefined;
    const [, who = '', operator = '', what = ''] = match;
    const classes = who === '' || who.includes('a') ? 'ugo' : who;
    let bits = 0;
    for (const letter of classes) {
      const shift = { u: 6, g: 3, o: 0 }[letter as 'u']!;
      for (const permission of what) {
        if (permission === 'r') bits |= 4 << shift;
        if (permission === 'w') bits |= 2 << shift;
        if (permission === 'x' || (permission === 'X' && (isDirectory || (before & 0o111) !== 0))) bits |= 1 << shift;
        if (permission === 's') bits |= letter === 'u' ? 0o4000 : letter === 'g' ? 0o2000 : 0;
        if (permission === 't') bits |= 0o1000;
      }
    }
    if (who === '') bits &= ~umask;
    const mask = [...classes].reduce((all, letter) => all | (7 << { u: 6, g: 3, o: 0 }[letter as 'u']!), 0);
    mode = operator === '+' ? mode | bits : operator === '-' ? mode & ~bits : (mode & ~mask) | bits;
  }
  return mode;
}

/** `1.5K` as ls -h, du -h and df -h print it. */
export function humanSize(bytes: number, isBusybox = true): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  const text = isBusybox || value < 10 ? (value < 10 || isBusybox ? (Math.ceil(value * 10 - 1e-9) / 10).toFixed(1) : String(Math.ceil(value))) : String(Math.ceil(value));
  return `${text}${'KMGTP'[unit]}`;
}
