/** What Go's JSON scanner says of a text that is no JSON; undefined when it is. models encoding/json: scanner */
export function goJsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return new Scanner(text).problem();
  }
}

class End extends Error {}
class Bad extends Error {}

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

/** Walks the text as Go does and stops at the first character that does not fit. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  problem(): string {
    try {
      this.#value();
      this.#space();
      if (this.#at < this.#text.length) this.#refuse('after top-level value');
    } catch (error) {
      if (error instanceof Bad) return error.message;
    }
    return 'unexpected end of JSON input';
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new End();
    return character;
  }

  #refuse(where: string): never {
    const character = this.#peek();
    const quoted = character === "'" ? `'\\''` : character === '"' ? `'"'` : /\p{Cc}/u.test(character) ? `'${character < '\u0080' ? '\\x' : '\\u00'}${character.charCodeAt(0).toString(16).padStart(2, '0')}'` : `'${character === '\n' ? '\\n' : character}'`;
    throw new Bad(`invalid character ${quoted} ${where}`);
  }

  #value(): void {
    this.#space();
    const character = this.#peek();
    if (character === '{') return this.#object();
    if (character === '[') return this.#array();
    if (character === '"') return this.#string();
    if (character === '-' || /\d/.test(character)) return this.#number();
    const literal = LITERALS[character];
    if (!literal) this.#refuse('looking for beginning of value');
    for (let index = 0; index < literal.length; index++, this.#at++) {
      if (this.#peek() !== literal[index]) this.#refuse(`in literal ${literal} (expecting '${literal[index]}')`);
    }
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#peek() === '}') return void this.#at++;
    for (;;) {
      this.#space();
      if (this.#peek() !== '"') this.#refuse('looking for beginning of object key string');
      this.#string();
      this.#space();
      if (this.#peek() !== ':') this.#refuse('after object key');
      this.#at++;
      this.#value();
      this.#space();
      const next = this.#peek();
      if (next !== ',' && next !== '}') this.#refuse('after object key:value pair');
      this.#at++;
      if (next === '}') return;
    }
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#peek() === ']') return void this.#at++;
    for (;;) {
      this.#value();
      this.#space();
      const next = this.#peek();
      if (next !== ',' && next !== ']') this.#refuse('after array element');
      this.#at++;
      if (next === ']') return;
    }
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#peek();
      if (character < ' ') this.#refuse('in string literal');
      this.#at++;
      if (character === '"') return;
      if (character !== '\\') continue;
      if (!'"\\/bfnrtu'.includes(this.#peek())) this.#refuse('in string escape code');
      this.#at++;
    }
  }

  #number(): void {
    if (this.#peek() === '-') this.#at++;
    if (!/\d/.test(this.#peek())) this.#refuse('in numeric literal');
    while (/[\d.eE+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
