interface Variable {
  value: string | undefined;
  exported: boolean;
  readOnly: boolean;
}

/** A shell's variables, with the scopes of functions. */
export class Variables {
  readonly #all = new Map<string, Variable>();
  readonly #scopes: Map<string, Variable | undefined>[] = [];

  constructor(environment: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(environment)) this.#all.set(name, { value, exported: true, readOnly: false });
    if (!this.#all.has('IFS')) this.#all.set('IFS', { value: ' \t\n', exported: false, readOnly: false });
  }

  copy(): Variables {
    const copy = new Variables();
    copy.#all.clear();
    for (const [name, variable] of this.#all) copy.#all.set(name, { ...variable });
    return copy;
  }

  get(name: string): string | undefined {
    return this.#all.get(name)?.value;
  }

  set(name: string, value: string): void {
    const known = this.#all.get(name);
    if (known) known.value = value;
    else this.#all.set(name, { value, exported: false, readOnly: false });
  }

  /** Puts a value back as it was before a command. */
  restore(name: string, value: string | undefined): void {
    if (value === undefined) this.#all.delete(name);
    else this.set(name, value);
  }

  unset(name: string): void {
    this.#all.delete(name);
  }

  isReadOnly(name: string): boolean {
    return this.#all.get(name)?.readOnly ?? false;
  }

  mark(name: string, marks: Partial<Pick<Variable, 'exported' | 'readOnly'>>): void {
    const known = this.#all.get(name);
    if (known) Object.assign(known, marks);
    else this.#all.set(name, { value: undefined, exported: false, readOnly: false, ...marks });
  }

  exported(): Record<string, string> {
    return Object.fromEntries([...this.#all].flatMap(([name, { value, exported }]) => (exported && value !== undefined ? [[name, value]] : [])));
  }

  entries(): [string, string][] {
    return [...this.#all].flatMap(([name, { value }]): [string, string][] => (value === undefined ? [] : [[name, value]])).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  readOnlyNames(): string[] {
    return [...this.#all].filter(([, { readOnly }]) => readOnly).map(([name]) => name);
  }

  enterFunction(): void {
    this.#scopes.push(new Map());
  }

  leaveFunction(): void {
    for (const [name, variable] of this.#scopes.pop() ?? []) {
      if (variable) this.#all.set(name, variable);
      else this.#all.delete(name);
    }
  }

  /** False outside of functions. */
  makeLocal(name: string): boolean {
    const scope = this.#scopes[this.#scopes.length - 1];
    if (!scope) return false;
    const known = this.#all.get(name);
    if (!scope.has(name)) scope.set(name, known && { ...known });
    return true;
  }
}
