import { FileError } from '../filesystem/filesystem.ts';
import type { Process, Program } from '../processes/process.ts';
import { isBusybox, resolvePath } from './input.ts';

const ROWS = 24;

/** vi(1): looks at a file, moves about, inserts and deletes, writes. */
class Editor {
  readonly #process: Process;
  readonly #name: string | undefined;
  #lines: string[];
  #row = 0;
  #column = 0;
  #top = 0;
  #mode: 'command' | 'insert' | 'line' = 'command';
  #entry = '';
  #pending = '';
  #status = '';
  #changed = false;
  #cut: string[] = [];
  done = false;

  constructor(process: Process, name: string | undefined) {
    this.#process = process;
    this.#name = name;
    let text = '';
    try {
      if (name !== undefined) text = process.world.files.readText(resolvePath(process, name));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#status = error.code === 'ENOENT' ? `'${name}' [New file]` : `'${name}' ${error.message}`;
    }
    this.#lines = text.replace(/\n$/, '').split('\n');
    if (this.#status === '') this.#status = `- ${name ?? 'No file'} 1/${this.#lines.length} ${Math.floor(100 / this.#lines.length)}%`;
  }

  draw(): string {
    if (this.#row < this.#top) this.#top = this.#row;
    if (this.#row >= this.#top + ROWS - 1) this.#top = this.#row - ROWS + 2;
    const shown = Array.from({ length: ROWS - 1 }, (_, index) => this.#lines[this.#top + index] ?? '~');
    const status = this.#mode === 'line' ? this.#entry : this.#mode === 'insert' ? `I ${this.#name ?? 'No file'}${this.#changed ? ' [Modified]' : ''} ${this.#row + 1}/${this.#lines.length}` : this.#status;
    this.#status = `- ${this.#name ?? 'No file'}${this.#changed ? ' [Modified]' : ''} ${this.#row + 1}/${this.#lines.length} ${Math.floor(((this.#row + 1) * 100) / this.#lines.length)}%`;
    return `\u001b[H\u001b[J${shown.map((line) => `${line.slice(0, 80)}\r\n`).join('')}${status}\u001b[${this.#row - this.#top + 1};${this.#column + 1}H`;
  }

  key(character: string): void {
    if (this.#mode === 'insert') this.#insert(character);
    else if (this.#mode === 'line') this.#line(character);
    else this.#command(character);
    const line = this.#lines[this.#row] ?? '';
    this.#column = Math.max(0, Math.min(this.#column, line.length - (this.#mode === 'insert' ? 0 : 1)));
  }

  #insert(character: string): void {
    const line = this.#lines[this.#row]!;
    this.#changed = true;
    if (character === '\u001b') this.#mode = 'command';
    else if (character === '\r' || character === '\n') {
      this.#lines.splice(this.#row, 1, line.slice(0, this.#column), line.slice(this.#column));
      this.#row++;
      this.#column = 0;
    } else if (character === '\u007f' || character === '\b') {
      if (this.#column === 0) return;
      this.#lines[this.#row] = line.slice(0, this.#column - 1) + line.slice(this.#column);
      this.#column--;
    } else {
      this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column);
      this.#column++;
    }
  }

  #command(character: string): void {
    const line = this.#lines[this.#row] ?? '';
    const twice = this.#pending === character;
    this.#pending = '';
    switch (character) {
      case 'h':
        return void this.#column--;
      case 'l':
        return void this.#column++;
      case 'j':
      case '\r':
        this.#row = Math.min(this.#lines.length - 1, this.#row + 1);
        return;
      case 'k':
        this.#row = Math.max(0, this.#row - 1);
        return;
      case '0':
        this.#column = 0;
        return;
      case '$':
        this.#column = line.length;
        return;
      case 'G':
        this.#row = this.#lines.length - 1;
        return;
      case 'x':
        this.#lines[this.#row] = line.slice(0, this.#column) + line.slice(this.#column + 1);
        this.#changed = true;
        return;
      case 'u':
        return;
      case 'i':
      case 'a':
      case 'A':
      case 'I':
      case 'o':
      case 'O':
        return this.#startInsert(character, line);
      case ':':
      case '/':
        this.#mode = 'line';
        this.#entry = character;
        return;
      case 'd':
      case 'y':
      case 'g':
      case 'Z':
        if (!twice) return void (this.#pending = character);
        return this.#double(character);
      case 'p':
        this.#lines.splice(this.#row + 1, 0, ...this.#cut);
        this.#row += this.#cut.length > 0 ? 1 : 0;
        this.#changed = true;
    }
  }

  #double(character: string): void {
    if (character === 'g') this.#row = 0;
    else if (character === 'Z') this.#ex('wq');
    else {
      this.#cut = [this.#lines[this.#row]!];
      if (character !== 'd') return;
      this.#lines.splice(this.#row, 1);
      if (this.#lines.length === 0) this.#lines.push('');
      this.#row = Math.min(this.#row, this.#lines.length - 1);
      this.#changed = true;
    }
  }

  #startInsert(character: string, line: string): void {
    this.#mode = 'insert';
    if (character === 'a') this.#column = Math.min(line.length, this.#column + 1);
    if (character === 'A') this.#column = line.length;
    if (character === 'I') this.#column = 0;
    if (character === 'o' || character === 'O') {
      this.#row += character === 'o' ? 1 : 0;
      this.#lines.splice(this.#row, 0, '');
      this.#column = 0;
    }
  }

  #line(character: string): void {
    if (character === '\u001b') this.#mode = 'command';
    else if (character === '\u007f' || character === '\b') {
      this.#entry = this.#entry.slice(0, -1);
      if (this.#entry === '') this.#mode = 'command';
    } else if (character !== '\r' && character !== '\n') this.#entry += character;
    else {
      this.#mode = 'command';
      if (this.#entry.startsWith('/')) this.#search(this.#entry.slice(1));
      else this.#ex(this.#entry.slice(1));
    }
  }

  #search(text: string): void {
    const order = [...this.#lines.keys()].map((index) => (index + this.#row + 1) % this.#lines.length);
    const found = order.find((index) => this.#lines[index]!.includes(text));
    if (found === undefined) this.#status = 'Pattern not found';
    else [this.#row, this.#column] = [found, this.#lines[found]!.indexOf(text)];
  }

  #ex(command: string): void {
    const substitution = /^(%|\d+(?:,\d+)?)?s\/((?:\\.|[^/])*)\/((?:\\.|[^/])*)\/?(g?)$/.exec(command);
    if (substitution) {
      const [, range, search = '', replacement = '', flag] = substitution;
      const expression = new RegExp(search, flag === 'g' ? 'g' : '');
      this.#lines = this.#lines.map((line, index) => (range === '%' || (range === undefined && index === this.#row) || range === String(index + 1) ? line.replace(expression, replacement) : line));
      this.#changed = true;
    } else if (/^\d+$/.test(command)) this.#row = Math.min(this.#lines.length, Number(command)) - 1;
    else if (/^(w|wq|x|wq!|w!|x!)$/.test(command)) this.#write(command);
    else if (command === 'q' && this.#changed) this.#status = 'No write since last change (:q! overrides)';
    else if (command === 'q' || command === 'q!') this.done = true;
    else if (!command.startsWith('set')) this.#status = `':${command}' is not implemented`;
  }

  #write(command: string): void {
    if (this.#name === undefined) return void (this.#status = 'No current filename');
    const text = `${this.#lines.join('\n')}\n`;
    try {
      this.#process.world.files.write(resolvePath(this.#process, this.#name), text);
      this.#changed = false;
      this.#status = `'${this.#name}' ${this.#lines.length}L, ${text.length}C`;
      if (/[qx]/.test(command)) this.done = true;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#status = `'${this.#name}' ${error.message}`;
    }
  }
}

const vi: Program = async (process) => {
  if (!process.tty) {
    process.error(isBusybox(process) ? 'vi: stdin is not a terminal\n' : 'Vim: Warning: Input is not from a terminal\n');
    return 1;
  }
  const editor = new Editor(process, process.argv.slice(1).find((arg) => !arg.startsWith('-')));
  if (process.terminal) process.terminal.mode = 'raw';
  process.print(editor.draw());
  for (let chunk = await process.stdin.read(); chunk && !editor.done; chunk = editor.done ? undefined : await process.stdin.read()) {
    for (const character of new TextDecoder().decode(chunk)) if (!editor.done) editor.key(character);
    if (!editor.done) process.print(editor.draw());
  }
  if (process.terminal) process.terminal.mode = 'cooked';
  process.print(`\u001b[${ROWS};1H\r\n`);
  return 0;
};

export const editors: Readonly<Record<string, Program>> = { vi, view: vi };
