/** Which shell it is: busybox's ash, Debian's dash, or bash. They differ in words, not in grammar. */
export type Flavor = 'ash' | 'dash' | 'bash';

interface Place {
  readonly name: string;
  readonly line: number;
  readonly interactive: boolean;
}

/** How the shell's own complaints begin. */
export function complaintPrefix(flavor: Flavor, { name, line }: Place): string {
  if (flavor === 'dash') return `${name}: ${line}: `;
  return `${name}: `;
}

/** ash names the line for its built-ins only, and counts from 0 in `-c`. */
export function builtinPrefix(flavor: Flavor, place: Place, builtin: string): string {
  if (flavor === 'ash') return `${place.name}: ${builtin}: ${place.interactive ? '' : `line ${place.line - 1}: `}`;
  return `${complaintPrefix(flavor, place)}${builtin}: `;
}

export function notFound(flavor: Flavor, place: Place, command: string, reason: 'not-found' | 'denied' | 'format'): { text: string; status: number } {
  const prefix = complaintPrefix(flavor, place);
  if (reason === 'denied') return { text: `${prefix}${command}: Permission denied`, status: 126 };
  if (reason === 'format') return { text: flavor === 'bash' ? `${prefix}${command}: cannot execute binary file: Exec format error` : `${prefix}${command}: Exec format error`, status: 126 };
  const isPath = command.includes('/');
  if (flavor === 'bash') return { text: `${prefix}${command}: ${isPath ? 'No such file or directory' : 'command not found'}`, status: 127 };
  return { text: `${prefix}${command}: not found`, status: 127 };
}

/** A redirection that fails. */
export function redirectionFailed(flavor: Flavor, place: Place, operation: 'open' | 'create', path: string, error: { code: string; message: string }): string {
  const prefix = complaintPrefix(flavor, place);
  const isMissing = error.code === 'ENOENT';
  if (flavor === 'bash') return `${prefix}${path}: ${error.message}`;
  const why = !isMissing ? error.message : flavor === 'ash' ? (operation === 'open' ? 'no such file' : 'nonexistent directory') : operation === 'open' ? 'No such file' : 'Directory nonexistent';
  return `${prefix}${flavor === 'ash' ? `can't ${operation}` : `cannot ${operation}`} ${path}: ${why}`;
}

/** `message` is in ash's words: `syntax error: unexpected "fi"`. */
export function syntaxError(flavor: Flavor, place: Place, message: string, line: number): string {
  const [, what = message, expecting = ''] = /^syntax error: unexpected (.*?)( \(expecting .*\))?$/.exec(message) ?? [];
  const isUnexpected = what !== message;
  if (flavor === 'ash') return `${place.name}: ${message}`;
  if (flavor === 'dash') return `${place.name}: ${line}: Syntax error: ${isUnexpected ? `${what} unexpected${expecting}` : capital(message.replace('syntax error: ', ''))}`;
  const prefix = `${place.name}: ${place.interactive ? '' : `-c: line ${line}: `}`;
  if (message.includes('unterminated quoted')) return `${prefix}unexpected EOF while looking for matching \`"'`;
  return `${prefix}syntax error${isUnexpected ? (what === 'end of file' ? ': unexpected end of file' : ` near unexpected token \`${what.replace(/"/g, '')}'`) : message.slice(12)}`;
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** What the prompt looks like. */
export function prompt(flavor: Flavor, { user, host, cwd, home, isRoot }: { user: string; host: string; cwd: string; home: string; isRoot: boolean }): string {
  const mark = isRoot ? '#' : '$';
  const short = home !== '/' && (cwd === home || cwd.startsWith(`${home}/`)) ? `~${cwd.slice(home.length)}` : cwd;
  if (flavor === 'dash') return `${mark} `;
  if (flavor === 'ash') return `${short} ${mark} `;
  return `${user}@${host}:${short}${mark} `;
}
