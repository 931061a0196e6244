import type { Connection } from '../../machinery/streams.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** In order, names as sent. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** More than this, and whoever asks gets nothing. */
const LARGEST = 64 * 1024 * 1024;
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 301: 'Moved Permanently', 302: 'Found', 404: 'Not Found', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };
/** They are between two neighbours, and each hop has its own. */
const HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'te', 'trailer'];

/** The next request of a connection, with its body; undefined when the peer is done, or speaks no HTTP. */
export async function readRequest(connection: Connection): Promise<Request | undefined> {
  const reader = new Reader(connection);
  const head = await reader.until('\r\n\r\n');
  if (head === undefined) return undefined;
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', path = '', version = ''] = first.split(' ');
  if (!version.startsWith('HTTP/') || !path.startsWith('/')) return undefined;
  const headers = lines.filter((line) => line.includes(':')).map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  const header = (name: string): string | undefined => headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const body = header('transfer-encoding')?.toLowerCase() === 'chunked' ? await reader.chunked() : await reader.bytes(Number(header('content-length') ?? 0));
  reader.giveBack();
  return body && { method, path, version, headers, body };
}

/** Whether the connection stays open. */
export function writeAnswer(connection: Connection, { method, version, headers: asked }: Request, { status, statusText, headers, body }: Answer): boolean {
  const isKept = version === 'HTTP/1.1' && asked.find(([name]) => name.toLowerCase() === 'connection')?.[1].toLowerCase() !== 'close';
  // The answer to HEAD tells the length of what it leaves out.
  const isHead = method === 'HEAD' && headers.some(([name]) => name.toLowerCase() === 'content-length');
  const own = headers.filter(([name]) => !HOP.includes(name.toLowerCase()) || (isHead && name.toLowerCase() === 'content-length'));
  const lines = [`HTTP/1.1 ${status} ${statusText || (REASONS[status] ?? '')}`, ...own.map(([name, value]) => `${name}: ${value}`), ...(isHead || status === 204 || status === 304 ? [] : [`Content-Length: ${body.length}`]), ...(isKept ? [] : ['Connection: close'])];
  connection.output.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  if (method !== 'HEAD') connection.output.write(body);
  return isKept;
}

class Reader {
  readonly #connection: Connection;
  #buffer = Buffer.alloc(0);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async #more(): Promise<boolean> {
    if (this.#buffer.length > LARGEST) return false;
    const chunk = await this.#connection.input.read();
    if (!chunk) return false;
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    return true;
  }

  async until(mark: string): Promise<string | undefined> {
    let end = this.#buffer.indexOf(mark);
    for (; end < 0; end = this.#buffer.indexOf(mark)) if (!(await this.#more())) return undefined;
    const text = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + mark.length);
    return text;
  }

  async bytes(count: number): Promise<Uint8Array | undefined> {
    if (!(count >= 0 && count <= LARGEST)) return undefined;
    while (this.#buffer.length < count) if (!(await this.#more())) return undefined;
    const bytes = new Uint8Array(this.#buffer.subarray(0, count));
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  async chunked(): Promise<Uint8Array | undefined> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const size = Number.parseInt((await this.until('\r\n')) ?? '', 16);
      const piece = await this.bytes(Number.isNaN(size) ? -1 : size);
      if (!piece || (await this.until('\r\n')) === undefined) return undefined;
      if (size === 0) return new Uint8Array(Buffer.concat(pieces));
      pieces.push(piece);
    }
  }

  /** What belongs to the next request. */
  giveBack(): void {
    this.#connection.input.unread?.(new Uint8Array(this.#buffer));
  }
}
