import { bracketClasses, bracketEnd } from '../shell/glob.ts';

/** A POSIX regular expression, basic or extended, as JavaScript's. */
export function posixExpression(pattern: string, { extended = false, flags = '' }: { extended?: boolean; flags?: string } = {}): RegExp {
  return new RegExp(posixSource(pattern, extended), `${flags}`);
}

export function posixSource(pattern: string, extended: boolean): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') {
      const next = pattern[++i] ?? '';
      source += escapeOf(next, extended);
    } else if (character === '[') {
      const end = bracketEnd(pattern, i);
      if (end < 0) throw new Error('Unmatched [, [^, [:, [., or [=');
      source += bracket(pattern.slice(i + 1, end));
      i = end;
    } else if (!extended && /[|(){}+?]/.test(character)) source += `\\${character}`;
    else if (!extended && character === '*' && (source === '' || /(^|[^\\])(\(|\|)$/.test(source))) source += '\\*';
    else if (!extended && character === '^' && source !== '' && !/(\(|\|)$/.test(source)) source += '\\^';
    else if (!extended && character === '$' && i < pattern.length - 1 && !/^\\[)|]/.test(pattern.slice(i + 1))) source += '\\$';
    else if (extended && character === '{' && !/^\{\d*,?\d*\}/.test(pattern.slice(i))) source += '\\{';
    else if (character === '/') source += '\\/';
    else source += character;
  }
  return source;
}

function escapeOf(next: string, extended: boolean): string {
  switch (next) {
    case '<':
      return '\\b(?=\\w)';
    case '>':
      return '\\b(?<=\\w)';
    case '`':
      return '^';
    case "'":
      return '$';
    case 'n':
    case 't':
    case 'w':
    case 'W':
    case 's':
    case 'S':
    case 'b':
    case 'B':
      return `\\${next}`;
  }
  if (/[|(){}+?]/.test(next)) return extended ? `\\${next}` : next;
  if (/\d/.test(next)) return `\\${next}`;
  return /[A-Za-z]/.test(next) ? next : `\\${next}`;
}

function bracket(body: string): string {
  const negated = body.startsWith('^');
  const inside = negated ? body.slice(1) : body;
  const escaped = inside.replace(/\\/g, '\\\\').replace(/^\]/, '\\]').replace(/\[(?![:.=])/g, '\\[');
  return `[${negated ? '^' : ''}${bracketClasses(escaped).replace(/\\\\([tsdnx])/g, (whole, letter: string) => (letter === 't' || letter === 'n' || letter === 's' ? `\\${letter}` : whole))}]`;
}
