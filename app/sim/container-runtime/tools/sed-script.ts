import { posixExpression } from './regex.ts';

export type Address = { readonly type: 'line'; readonly line: number; readonly step?: number; readonly relative?: number } | { readonly type: 'last' } | { readonly type: 'match'; readonly expression: RegExp };

export interface SedCommand {
  readonly name: string;
  readonly from?: Address;
  readonly to?: Address;
  readonly negated: boolean;
  /** Of a, i, c, labels, exit codes. */
  readonly text?: string;
  readonly expression?: RegExp;
  readonly replacement?: (found: readonly string[]) => string;
  readonly flags?: string;
  readonly file?: string;
  readonly map?: ReadonlyMap<string, string>;
  /** Of `{`: where its `}` is. */
  jump?: number;
}

export class SedError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads a sed script. Blocks become jumps. */
export function parseSed(script: string, extended: boolean): SedCommand[] {
  const parser = new SedParser(script, extended);
  const commands: SedCommand[] = [];
  const open: number[] = [];
  for (let command = parser.next(); command; command = parser.next()) {
    if (command.name === '{') open.push(commands.length);
    if (command.name === '}') {
      const start = open.pop();
      if (start === undefined) throw new SedError('unexpected `}\'', parser.position);
      commands[start]!.jump = commands.length;
    }
    commands.push(command);
  }
  if (open.length > 0) throw new SedError('unmatched `{\'', 0);
  return commands;
}

class SedParser {
  readonly #text: string;
  readonly #extended: boolean;
  position = 0;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  next(): SedCommand | undefined {
    while (/[\s;]/.test(this.#peek())) this.position++;
    if (this.#peek() === '#') {
      while (this.position < this.#text.length && this.#peek() !== '\n') this.position++;
      return this.next();
    }
    if (this.position >= this.#text.length) return undefined;
    const from = this.#address();
    let to: Address | undefined;
    this.#spaces();
    if (from && this.#peek() === ',') {
      this.position++;
      this.#spaces();
      const relative = this.#peek() === '+';
      if (relative) this.position++;
      to = this.#address();
      if (!to) throw new SedError('unexpected `,\'', this.position);
      if (relative && to.type === 'line') to = { type: 'line', line: to.line, relative: to.line };
    }
    this.#spaces();
    let negated = false;
    while (this.#peek() === '!') {
      negated = true;
      this.position++;
      this.#spaces();
    }
    const name = this.#text[this.position++];
    if (name === undefined) throw new SedError('missing command', this.position);
    return { name, negated, ...(from ? { from } : {}), ...(to ? { to } : {}), ...this.#arguments(name) };
  }

  #arguments(name: string): Partial<SedCommand> {
    switch (name) {
      case 's':
        return this.#substitution();
      case 'y': {
        const delimiter = this.#text[this.position++]!;
        const [from, to] = [this.#delimited(delimiter), this.#delimited(delimiter)].map((text) => [...text.replace(/\\n/g, '\n')]);
        return { map: new Map(from!.map((character, index) => [character, to![index]!])) };
      }
      case 'a':
      case 'i':
      case 'c':
        return { text: this.#textArgument() };
      case ':':
      case 'b':
      case 't':
      case 'T':
      case 'r':
      case 'w':
      case 'q':
      case 'Q': {
        this.#spaces();
        const [label = ''] = /^[^\n;}]*/.exec(this.#text.slice(this.position)) ?? [];
        this.position += label.length;
        return { text: label.trim() };
      }
      case '{':
      case '}':
      case 'd':
      case 'D':
      case 'p':
      case 'P':
      case 'n':
      case 'N':
      case 'h':
      case 'H':
      case 'g':
      case 'G':
      case 'x':
      case 'l':
      case '=':
        return {};
      default:
        throw new SedError(`unknown command: \`${name}'`, this.position);
    }
  }

  #textArgument(): string {
    this.#spaces();
    if (this.#peek() === '\\') {
      this.position++;
      this.#spaces();
      if (this.#peek() === '\n') this.position++;
    }
    let text = '';
    while (this.position < this.#text.length) {
      const character = this.#text[this.position++]!;
      if (character === '\\') {
        const following = this.#text[this.position++] ?? '';
        text += following === 't' ? '\t' : following;
      } else if (character === '\n') break;
      else text += character;
    }
    return text;
  }

  #substitution(): Partial<SedCommand> {
    const delimiter = this.#text[this.position++];
    if (delimiter === undefined) throw new SedError("unterminated `s' command", this.position);
    const pattern = this.#delimited(delimiter);
    const replacement = this.#delimited(delimiter, true);
    const [flags = ''] = /^[gpiIeMm0-9]*/.exec(this.#text.slice(this.position)) ?? [];
    this.position += flags.length;
    let file: string | undefined;
    if (this.#peek() === 'w') {
      [file = ''] = /^[^\n]*/.exec(this.#text.slice(this.position + 1)) ?? [];
      this.position += file.length + 1;
      file = file.trim();
    }
    if (/[^\s;}#]/.test(this.#peek())) throw new SedError("unknown option to `s'", this.position + 1);
    return { expression: this.#expression(pattern, /[iI]/.test(flags) ? 'i' : ''), replacement: replacementOf(replacement), flags, ...(file ? { file } : {}) };
  }

  /** Text up to the next delimiter, which goes too. An escaped delimiter is the character itself. */
  #delimited(delimiter: string, isReplacement = false): string {
    let text = '';
    let inBracket = false;
    while (this.position < this.#text.length) {
      const character = this.#text[this.position++]!;
      if (character === '\\') {
        const following = this.#text[this.position++] ?? '';
        text += following === delimiter && !(isReplacement && delimiter === '&') ? following : `\\${following}`;
      } else if (character === delimiter && !inBracket) return text;
      else {
        if (!isReplacement && character === '[' && !inBracket) inBracket = this.#text.indexOf(']', this.position + 1) > 0 && delimiter !== '[';
        else if (character === ']' && !/\[\^?$/.test(text)) inBracket = false;
        text += character;
      }
    }
    throw new SedError("unterminated `s' command", this.position);
  }

  #address(): Address | undefined {
    const rest = this.#text.slice(this.position);
    const number = /^(\d+)(?:~(\d+))?/.exec(rest);
    if (number) {
      this.position += number[0].length;
      return { type: 'line', line: Number(number[1]), ...(number[2] ? { step: Number(number[2]) } : {}) };
    }
    if (rest.startsWith('$')) {
      this.position++;
      return { type: 'last' };
    }
    if (rest.startsWith('/') || rest.startsWith('\\')) {
      this.position += rest.startsWith('/') ? 1 : 2;
      const pattern = this.#delimited(rest.startsWith('/') ? '/' : rest[1]!);
      const isFolded = this.#peek() === 'I';
      if (isFolded) this.position++;
      return { type: 'match', expression: this.#expression(pattern, isFolded ? 'i' : '') };
    }
    return undefined;
  }

  #expression(pattern: string, flags: string): RegExp {
    try {
      return posixExpression(pattern, { extended: this.#extended, flags });
    } catch (error) {
      throw new SedError((error as Error).message, this.position);
    }
  }

  #spaces(): void {
    while (/[ \t]/.test(this.#peek())) this.position++;
  }

  #peek(): string {
    return this.#text[this.position] ?? '';
  }
}

/** `&`, `\1`, `\n`, `\U…\E` in what is put in. */
function replacementOf(text: string): (found: readonly string[]) => string {
  return (found) => {
    let result = '';
    let change = (part: string): string => part;
    for (let i = 0; i < text.length; i++) {
      const character = text[i]!;
      if (character === '&') result += change(found[0] ?? '');
      else if (character !== '\\') result += change(character);
      else {
        const following = text[++i] ?? '';
        if (/\d/.test(following)) result += change(found[Number(following)] ?? '');
        else if (following === 'n') result += '\n';
        else if (following === 't') result += '\t';
        else if (following === 'U') change = (part) => part.toUpperCase();
        else if (following === 'L') change = (part) => part.toLowerCase();
        else if (following === 'E') change = (part) => part;
        else result += following;
      }
    }
    return result;
  };
}
