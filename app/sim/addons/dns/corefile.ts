/** One line of a Corefile with what stands in its braces. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly body: readonly Directive[];
  readonly line: number;
}

export interface ServerBlock {
  /** Without the last dot; '' is the root. */
  readonly zones: readonly string[];
  readonly port: number;
  readonly directives: readonly Directive[];
}

/** What CoreDNS says before it gives up on a configuration. */
export class CorefileError extends Error {}

interface Token {
  readonly text: string;
  readonly line: number;
}

/** Reads a Corefile. models coredns/caddy: caddyfile parser */
export function parseCorefile(text: string, file: string): ServerBlock[] {
  const lines = text.split('\n').map((line, index) => tokensOf(line, index + 1));
  const blocks: ServerBlock[] = [];
  let at = 0;
  const directives = (): Directive[] => {
    const found: Directive[] = [];
    for (; at < lines.length; at++) {
      const line = lines[at]!;
      if (line.length === 0) continue;
      if (line[0]!.text === '}') return found;
      const opens = line.at(-1)!.text === '{';
      const words = opens ? line.slice(0, -1) : line;
      const body = opens ? (at++, directives()) : [];
      found.push({ name: words[0]!.text, args: words.slice(1).map((word) => word.text), body, line: words[0]!.line });
    }
    throw new CorefileError(`${file}:${lines.length} - Error during parsing: Unexpected EOF, expecting '}'`);
  };
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.length === 0) continue;
    if (line.at(-1)!.text !== '{') throw new CorefileError(`${file}:${line[0]!.line} - Error during parsing: Unexpected token '${line[0]!.text}', expecting '{'`);
    const keys = line.slice(0, -1).map(({ text: key }) => key.replace(/,$/, '').replace(/^dns:\/\//, ''));
    at++;
    blocks.push({ zones: keys.map(zoneOf), port: portOf(keys[0] ?? '.'), directives: directives() });
  }
  return blocks;
}

function tokensOf(line: string, number: number): Token[] {
  const found: Token[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|(#.*)|([^\s"]+)/g)) {
    if (match[2] !== undefined) break;
    found.push({ text: match[1] ?? match[3]!, line: number });
  }
  return found;
}

function zoneOf(key: string): string {
  return key.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
}

function portOf(key: string): number {
  return Number(/:(\d+)$/.exec(key)?.[1] ?? 53);
}
