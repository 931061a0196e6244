/** What a command line says, as getopt reads it. */
export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
  /** The first option that is not known. */
  readonly unknown: string | undefined;
}

/**
 * Reads options: `flags` take nothing, `valued` take the next word or what follows them (`-T5`, `--max-time=5`). Long names are
 * given without dashes; single letters may be joined (`-qO-`).
 */
export function readArguments(words: readonly string[], flags: readonly string[], valued: readonly string[]): Arguments {
  const found = { flags: new Set<string>(), values: new Map<string, string[]>(), operands: [] as string[], unknown: undefined as string | undefined };
  const add = (name: string, value: string): void => void found.values.set(name, [...(found.values.get(name) ?? []), value]);
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      found.operands.push(...words.slice(at + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name = '', value] = splitOnce(word.slice(2), '=');
      if (valued.includes(name)) add(name, value ?? words[++at] ?? '');
      else if (flags.includes(name)) found.flags.add(name);
      else found.unknown ??= word;
    } else if (word.startsWith('-') && word.length > 1) {
      for (let letter = 1; letter < word.length; letter++) {
        const name = word[letter]!;
        if (flags.includes(name)) found.flags.add(name);
        else if (valued.includes(name)) {
          add(name, letter + 1 < word.length ? word.slice(letter + 1) : (words[++at] ?? ''));
          break;
        } else {
          found.unknown ??= `-${name}`;
        }
      }
    } else found.operands.push(word);
  }
  return found;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** The last value given under any of these names. */
export function lastValue({ values }: Arguments, ...names: readonly string[]): string | undefined {
  return names.flatMap((name) => values.get(name) ?? []).pop();
}
