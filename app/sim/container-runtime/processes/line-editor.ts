/** A line being typed at a prompt: moving about, deleting, history, completion. */
export class LineEditor {
  readonly #prompt: string;
  readonly #history: readonly string[];
  readonly #complete: (before: string) => readonly string[];
  readonly #show: (text: string) => void;
  #text = '';
  #at = 0;
  #index: number;
  #draft = '';

  constructor(prompt: string, history: readonly string[], complete: (before: string) => readonly string[], show: (text: string) => void) {
    this.#prompt = prompt;
    this.#history = history;
    this.#complete = complete;
    this.#show = show;
    this.#index = history.length;
  }

  /** What the key leads to; undefined while the line goes on. */
  key(key: string): { line: string } | 'interrupt' | 'end' | undefined {
    switch (key) {
      case '\r':
      case '\n':
        this.#show('\r\n');
        return { line: this.#text };
      case '\u0003':
        this.#show('^C\r\n');
        return 'interrupt';
      case '\u0004':
        if (this.#text === '') return 'end';
        this.#set(this.#text.slice(0, this.#at) + this.#text.slice(this.#at + 1), this.#at);
        return undefined;
      case '\t':
        this.#completion();
        return undefined;
      case '\u000c':
        this.#show(`\u001b[H\u001b[J${this.#prompt}${this.#text}`);
        return undefined;
    }
    this.#editing(key);
    return undefined;
  }

  #editing(key: string): void {
    const [before, after] = [this.#text.slice(0, this.#at), this.#text.slice(this.#at)];
    switch (key) {
      case '\u007f':
      case '\b':
        if (before === '') return;
        if (after !== '') return this.#set(before.slice(0, -1) + after, this.#at - 1);
        this.#text = before.slice(0, -1);
        this.#at--;
        return this.#show('\b \b');
      case '\u001b[3~':
        return this.#set(before + after.slice(1), this.#at);
      case '\u001b[D':
      case '\u0002':
        return this.#move(Math.max(0, this.#at - 1));
      case '\u001b[C':
      case '\u0006':
        return this.#move(Math.min(this.#text.length, this.#at + 1));
      case '\u001b[H':
      case '\u001bOH':
      case '\u001b[1~':
      case '\u0001':
        return this.#move(0);
      case '\u001b[F':
      case '\u001bOF':
      case '\u001b[4~':
      case '\u0005':
        return this.#move(this.#text.length);
      case '\u001b[A':
      case '\u001bOA':
      case '\u0010':
        return this.#recall(-1);
      case '\u001b[B':
      case '\u001bOB':
      case '\u000e':
        return this.#recall(1);
      case '\u0015':
        return this.#set(after, 0);
      case '\u000b':
        return this.#set(before, this.#at);
      case '\u0017': {
        const kept = before.replace(/\S+\s*$/, '');
        return this.#set(kept + after, kept.length);
      }
    }
    if (key >= ' ' && !key.startsWith('\u001b')) this.#insert(key);
  }

  #insert(text: string): void {
    const after = this.#text.slice(this.#at);
    this.#text = this.#text.slice(0, this.#at) + text + after;
    this.#at += text.length;
    this.#show(text + after + back(after.length));
  }

  #recall(by: -1 | 1): void {
    const next = this.#index + by;
    if (next < 0 || next > this.#history.length) return;
    if (this.#index === this.#history.length) this.#draft = this.#text;
    this.#index = next;
    const line = this.#history[next] ?? this.#draft;
    this.#set(line, line.length);
  }

  /** Redraws the line as it is now. */
  #set(text: string, at: number): void {
    const gone = Math.max(0, this.#text.length - text.length);
    this.#show(`${back(this.#at)}${text}${' '.repeat(gone)}${back(gone + text.length - at)}`);
    this.#text = text;
    this.#at = at;
  }

  #move(at: number): void {
    this.#show(at < this.#at ? back(this.#at - at) : this.#text.slice(this.#at, at));
    this.#at = at;
  }

  #completion(): void {
    const before = this.#text.slice(0, this.#at);
    const word = /[^\s;|&<>()]*$/.exec(before)![0];
    const choices = this.#complete(before);
    if (choices.length === 0) return;
    const common = choices.reduce((shared, choice) => {
      let length = 0;
      while (length < shared.length && shared[length] === choice[length]) length++;
      return shared.slice(0, length);
    });
    if (common.length > word.length) this.#insert(common.slice(word.length) + (choices.length === 1 && !common.endsWith('/') ? ' ' : ''));
    else if (choices.length > 1) this.#show(`\r\n${choices.map((choice) => choice.split('/').filter(Boolean).pop()).join('  ')}\r\n${this.#prompt}${this.#text}${back(this.#text.length - this.#at)}`);
  }
}

const back = (count: number): string => (count > 0 ? `\u001b[${count}D` : '');
