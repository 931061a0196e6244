import type { Connection } from './streams.ts';

export interface HttpExchange {
  readonly status: number;
  readonly statusText: string;
  readonly version: string;
  /** In order, names as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/** The peer closed before it had answered. */
export class NoAnswer extends Error {}

/** One request over a connection and its whole answer: by length, in chunks, or until the end. */
export async function call(connection: Connection, { method, path, headers, body }: HttpCall): Promise<HttpExchange> {
  const head = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  connection.output.write(new Uint8Array(Buffer.from(head)));
  if (body) connection.output.write(body);
  const reader = new Reader(connection);
  const text = await reader.until('\r\n\r\n');
  if (text === undefined) throw new NoAnswer('connection closed before an answer');
  const [first = '', ...lines] = text.split('\r\n');
  const [version = '', status = '0', ...reason] = first.split(' ');
  const received = lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  const header = (name: string): string | undefined => received.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
  const isEmpty = method === 'HEAD' || status === '204' || status === '304';
  const length = header('content-length');
  const content = isEmpty ? new Uint8Array() : header('transfer-encoding')?.toLowerCase() === 'chunked' ? await reader.chunked() : length === undefined ? await reader.rest() : await reader.bytes(Number(length));
  connection.close();
  return { status: Number(status), statusText: reason.join(' '), version, headers: received, body: content };
}

class Reader {
  readonly #connection: Connection;
  #buffer = Buffer.alloc(0);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async #more(): Promise<boolean> {
    const chunk = await this.#connection.input.read();
    if (!chunk) return false;
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    return true;
  }

  async until(mark: string): Promise<string | undefined> {
    let end = this.#buffer.indexOf(mark);
    while (end < 0) {
      if (!(await this.#more())) return undefined;
      end = this.#buffer.indexOf(mark);
    }
    const text = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + mark.length);
    return text;
  }

  async bytes(count: number): Promise<Uint8Array> {
    const pieces = [this.#buffer];
    let size = this.#buffer.length;
    while (size < count) {
      const chunk = await this.#connection.input.read();
      if (!chunk) break;
      pieces.push(Buffer.from(chunk));
      size += chunk.length;
    }
    const all = Buffer.concat(pieces);
    this.#buffer = all.subarray(count);
    return new Uint8Array(all.subarray(0, count));
  }

  async rest(): Promise<Uint8Array> {
    return this.bytes(Infinity);
  }

  async chunked(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const size = Number.parseInt((await this.until('\r\n')) ?? '0', 16);
      if (!size) return new Uint8Array(Buffer.concat(pieces));
      pieces.push(await this.bytes(size));
      await this.until('\r\n');
    }
  }
}

export interface Url {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Host and port as written. */
  readonly authority: string;
  readonly credentials?: string;
}

/** `[http://][user:password@]host[:port][/path]`; undefined when it is none. */
export function parseUrl(text: string): Url | undefined {
  const match = /^(?:([a-z]+):\/\/)?(?:([^/@]*)@)?(\[[^\]]+\]|[^/:?#]+)(?::(\d+))?([/?][^#]*)?/i.exec(text);
  if (!match) return undefined;
  const [, scheme = 'http', credentials, host = '', port, path = '/'] = match;
  return { scheme: scheme.toLowerCase(), host, port: Number(port ?? (scheme.toLowerCase() === 'https' ? 443 : 80)), path: path.startsWith('?') ? `/${path}` : path, authority: port ? `${host}:${port}` : host, ...(credentials === undefined ? {} : { credentials }) };
}

/** Where a redirect leads. */
export function redirected(from: Url, location: string): Url | undefined {
  return location.startsWith('/') ? { ...from, path: location } : parseUrl(location);
}

export function basicAuthorization(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
