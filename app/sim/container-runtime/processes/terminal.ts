import { BytePipe } from '../../machinery/streams.ts';
import type { Output, Process } from './process.ts';
import { LineEditor } from './line-editor.ts';

const encoder = new TextEncoder();

/** What a person typed at a prompt: a line, ^C, or ^D (undefined). */
export type Typed = { readonly line: string } | 'interrupt' | undefined;

/**
 * A pseudo-terminal between a person and programs.
 *
 * ```
 *   keys ──▶ write() ──▶ cooked: echo, backspace, ^C, ^D ──▶ input (a program's standard input)
 *                   ├──▶ raw: as they are ──────────────────▶ input            (vi, top)
 *                   └──▶ prompt: editing and history ───────▶ readLine()       (an interactive shell)
 *   programs ──▶ output ──▶ new lines begin at the left ──▶ screen
 * ```
 */
export class Terminal {
  readonly input = new TerminalInput();
  readonly screen: Output;
  /** Programs write here. */
  readonly output: Output;
  mode: 'cooked' | 'raw' = 'cooked';
  leader: Process | undefined;
  #line = '';
  #editor: LineEditor | undefined;
  #typed: ((typed: Typed) => void) | undefined;
  #ahead = '';
  readonly #history: string[] = [];
  #closed = false;

  constructor(screen: Output) {
    this.screen = screen;
    this.output = {
      write: (chunk) => screen.write(newLines(chunk)),
      end: () => screen.end(),
      drained: () => screen.drained?.(),
    };
  }

  /** Keys from the person. */
  write(chunk: Uint8Array): boolean {
    const text = new TextDecoder().decode(chunk);
    if (this.#typed) this.#edit(text);
    else if (this.mode === 'raw') this.input.write(chunk);
    else for (const character of text) this.#cooked(character);
    return !this.#closed;
  }

  /** The person's side is closed. */
  end(): void {
    this.#closed = true;
    this.input.end();
    this.#finish(undefined);
  }

  /** Shows a prompt and lets the person edit a line. */
  readLine(prompt: string, complete: (before: string) => readonly string[]): Promise<Typed> {
    this.#show(prompt);
    if (this.#closed) return Promise.resolve(undefined);
    this.#editor = new LineEditor(prompt, this.#history, complete, (text) => this.#show(text));
    return new Promise((resolve) => {
      this.#typed = resolve;
      const ahead = this.#ahead;
      this.#ahead = '';
      if (ahead !== '') this.#edit(ahead);
    });
  }

  #edit(text: string): void {
    for (const [index, key] of keysOf(text).entries()) {
      const result = this.#editor!.key(key);
      if (result === undefined) continue;
      if (typeof result === 'object' && result.line.trim() !== '' && this.#history[this.#history.length - 1] !== result.line) this.#history.push(result.line);
      this.#ahead = keysOf(text).slice(index + 1).join('');
      return this.#finish(result === 'end' ? undefined : result);
    }
  }

  #finish(typed: Typed): void {
    const resolve = this.#typed;
    this.#typed = undefined;
    this.#editor = undefined;
    resolve?.(typed);
  }

  #cooked(character: string): void {
    if (character === '\r' || character === '\n') {
      this.#show('\r\n');
      this.input.write(encoder.encode(`${this.#line}\n`));
      this.#line = '';
    } else if (character === '\u0003' || character === '\u001c') {
      this.#show(character === '\u0003' ? '^C\r\n' : '^\\');
      this.#line = '';
      this.#signal(character === '\u0003' ? 'SIGINT' : 'SIGQUIT');
    } else if (character === '\u0004') {
      if (this.#line === '') this.#endOfInput();
      else this.input.write(encoder.encode(this.#line));
      this.#line = '';
    } else if (character === '\u007f' || character === '\b') {
      if (this.#line === '') return;
      this.#line = [...this.#line].slice(0, -1).join('');
      this.#show('\b \b');
    } else if (character === '\u0015') {
      this.#show('\b \b'.repeat(this.#line.length));
      this.#line = '';
    } else {
      this.#line += character;
      this.#show(character < ' ' && character !== '\t' ? `^${String.fromCharCode(character.charCodeAt(0) + 64)}` : character);
    }
  }

  /** ^D ends one read, not the terminal. */
  #endOfInput(): void {
    this.input.write(END_OF_INPUT);
  }

  /** All that runs in the foreground gets it. */
  #signal(signal: 'SIGINT' | 'SIGQUIT'): void {
    const { leader } = this;
    if (!leader) return;
    const inForeground = [...leader.world.processes.values()].filter((process) => !process.background && process.terminal === this && process !== leader);
    if (inForeground.length === 0) leader.kill(signal, leader.pid !== 1);
    for (const process of inForeground) process.kill(signal);
  }

  #show(text: string): void {
    this.screen.write(encoder.encode(text));
  }
}

/** A chunk that means that there is nothing more for now. */
const END_OF_INPUT = new Uint8Array([4]);

/** What programs read: an end of input ends one program's reading, the next goes on. */
class TerminalInput extends BytePipe {
  override async read(): Promise<Uint8Array | undefined> {
    const chunk = await super.read();
    return chunk === END_OF_INPUT ? undefined : chunk;
  }
}

/** Arrow keys and their kind are several characters. */
function keysOf(text: string): string[] {
  return text.match(/\u001b\[[0-9;]*[A-Za-z~]|\u001bO[A-Z]|\u001b.|[\s\S]/gu) ?? [];
}

/** Each new line begins at the left. models termios: ONLCR */
function newLines(chunk: Uint8Array): Uint8Array {
  if (!chunk.includes(10)) return chunk;
  return new Uint8Array(Buffer.from(Buffer.from(chunk).toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'));
}
