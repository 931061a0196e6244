import { BytePipe } from '../../../machinery/streams.ts';
import { FileError, type OpenFile } from '../../filesystem/filesystem.ts';
import type { Input, Process } from '../../processes/process.ts';
import { EMPTY } from '../../shell/interpreter.ts';
import { isBusybox, openNamed, readAll, readLine, resolvePath, toolName } from '../input.ts';

/** Where an awk program's records come from and its output goes. */
export class AwkStreams {
  readonly #process: Process;
  readonly #outputs = new Map<string, OpenFile>();
  readonly #pipes = new Map<string, { pipe: BytePipe; done: Promise<number> }>();
  readonly #inputs = new Map<string, Input | null>();
  #files: string[] = [];
  #assign: (name: string, value: string) => void = () => {};
  #current: { name: string; input: Input } | undefined;
  #isFirst = true;
  #isOpened = false;
  #buffer = '';
  #ended = false;
  failed = false;

  constructor(process: Process) {
    this.#process = process;
  }

  open(files: readonly string[], assign: (name: string, value: string) => void): void {
    if (this.#isOpened) return;
    this.#isOpened = true;
    this.#assign = assign;
    this.#files = [...files];
    if (!files.some((file) => !/^[A-Za-z_]\w*=/.test(file))) this.#files.push('-');
  }

  skipFile(): void {
    this.#current = undefined;
    this.#buffer = '';
  }

  async record(separator: string, _fieldSeparator: string): Promise<{ text: string; file: string; isFirst: boolean } | undefined> {
    for (;;) {
      if (!this.#current && !this.#nextFile()) return undefined;
      const text = separator === '\n' ? await readLine(this.#current!.input) : await this.#separated(separator);
      if (text !== undefined) {
        const isFirst = this.#isFirst;
        this.#isFirst = false;
        return { text, file: this.#current!.name === '-' ? '' : this.#current!.name, isFirst };
      }
      this.#current = undefined;
    }
  }

  async #separated(separator: string): Promise<string | undefined> {
    if (!this.#ended) {
      this.#buffer = await readAll(this.#process, this.#current!.input);
      this.#ended = true;
    }
    if (separator === '') this.#buffer = this.#buffer.replace(/^\n+/, '');
    if (this.#buffer === '' || this.#buffer === '\n') return undefined;
    const expression = separator === '' ? /\n\n+/ : separator.length === 1 ? undefined : new RegExp(separator);
    const match = expression ? expression.exec(this.#buffer) : undefined;
    const at = expression ? (match?.index ?? -1) : this.#buffer.indexOf(separator);
    const length = match?.[0].length ?? 1;
    const text = at < 0 ? this.#buffer.replace(/\n$/, '') : this.#buffer.slice(0, at);
    this.#buffer = at < 0 ? '' : this.#buffer.slice(at + length);
    return text;
  }

  #nextFile(): boolean {
    for (let name = this.#files.shift(); name !== undefined; name = this.#files.shift()) {
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(name);
      if (assignment) {
        this.#assign(assignment[1]!, assignment[2]!);
        continue;
      }
      try {
        this.#current = { name, input: openNamed(this.#process, name) };
        this.#isFirst = true;
        this.#ended = false;
        return true;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        this.#process.error(isBusybox(this.#process) ? `awk: ${name}: ${error.message}\n` : `${toolName(this.#process)}: cannot open ${name} (${error.message})\n`);
        this.failed = true;
      }
    }
    return false;
  }

  /** undefined at the end, null when it cannot be opened. */
  async lineOfFile(name: string): Promise<string | undefined | null> {
    if (!this.#inputs.has(name)) {
      try {
        this.#inputs.set(name, openNamed(this.#process, name));
      } catch {
        this.#inputs.set(name, null);
      }
    }
    const input = this.#inputs.get(name);
    return input ? readLine(input) : null;
  }

  async lineOfCommand(command: string): Promise<string | undefined> {
    const key = `|${command}`;
    if (!this.#inputs.has(key)) {
      const pipe = new BytePipe();
      void this.#shell(command, EMPTY, pipe).then(() => pipe.end());
      this.#inputs.set(key, pipe);
    }
    return readLine(this.#inputs.get(key)!);
  }

  async print(text: string, operator: '>' | '>>' | '|', target: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    if (operator === '|') {
      let open = this.#pipes.get(target);
      if (!open) {
        const pipe = new BytePipe();
        this.#pipes.set(target, (open = { pipe, done: this.#shell(target, pipe, this.#process.stdout) }));
      }
      open.pipe.write(bytes);
    } else if (target === '/dev/stdout') await this.#process.write(text);
    else if (target === '/dev/stderr') this.#process.error(text);
    else {
      let file = this.#outputs.get(target);
      if (!file) this.#outputs.set(target, (file = this.#process.world.files.openForWrite(resolvePath(this.#process, target), operator === '>' ? 'truncate' : 'append')));
      file.write(bytes);
    }
  }

  /** close("command") of a program, and all at the end. */
  async close(name?: string): Promise<number> {
    let status = 0;
    for (const [command, { pipe, done }] of this.#pipes) {
      if (name !== undefined && name !== command) continue;
      pipe.end();
      status = await done;
      this.#pipes.delete(command);
    }
    if (name !== undefined) {
      this.#outputs.delete(name);
      this.#inputs.delete(name);
      this.#inputs.delete(`|${name}`);
    }
    return status;
  }

  async run(command: string): Promise<number> {
    return this.#shell(command, this.#process.stdin, this.#process.stdout);
  }

  #shell(command: string, stdin: Input, stdout: Process['stdout']): Promise<number> {
    const { world, env, cwd, stderr } = this.#process;
    return world.spawn(['sh', '-c', command], { env, cwd, stdin, stdout, stderr, parent: this.#process }).exited;
  }
}
