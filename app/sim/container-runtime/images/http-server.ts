import type { Connection } from '../../machinery/streams.ts';
import { CLIENT_HELLO, isHandshake, SERVER_HELLO } from '../../network/tls.ts';
import type { Process } from '../processes/process.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 206: 'Partial Content', 416: 'Requested Range Not Satisfiable', 301: 'Moved Permanently', 304: 'Not Modified', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 405: 'Not Allowed', 500: 'Internal Server Error', 201: 'Created', 204: 'No Content', 302: 'Found', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 401: 'Unauthorized', 418: "I'm a teapot", 429: 'Too Many Requests', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };

/** Who answers, and what a request costs it. */
export interface Work {
  readonly process: Process;
  readonly milliseconds: number;
  /** Only for those who speak TLS. */
  readonly tls?: true;
}

/** Reads what comes first and settles whether the connection is encrypted. Undefined: the two do not understand each other. */
async function openHttp(connection: Connection, tls: boolean): Promise<string | undefined> {
  const first = await connection.input.read();
  if (!first) return undefined;
  if (isHandshake(first) !== tls) {
    connection.output.write(encoder.encode(tls ? 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n' : 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    return undefined;
  }
  if (!tls) return decoder.decode(first, { stream: true });
  connection.output.write(SERVER_HELLO);
  return decoder.decode(first.subarray(CLIENT_HELLO.length), { stream: true });
}

/** Serves HTTP/1.1 on one connection until the peer is done. `answer` may take virtual time. */
export async function serveHttp(connection: Connection, answer: (request: HttpRequest) => Promise<HttpResponse> | HttpResponse, work?: Work): Promise<void> {
  const opening = await openHttp(connection, work?.tls === true);
  if (opening === undefined) return connection.close();
  let buffered = opening;
  for (;;) {
    while (!buffered.includes('\r\n\r\n')) {
      const chunk = await connection.input.read();
      if (!chunk) return connection.close();
      buffered += decoder.decode(chunk, { stream: true });
    }
    const end = buffered.indexOf('\r\n\r\n');
    const request = parseRequest(buffered.slice(0, end));
    const length = Number(request.headers['content-length'] ?? 0);
    while (buffered.length < end + 4 + length) {
      const chunk = await connection.input.read();
      if (!chunk) break;
      buffered += decoder.decode(chunk, { stream: true });
    }
    buffered = buffered.slice(end + 4 + length);
    const waiting = work && work.process.compute(work.milliseconds);
    if (waiting) await waiting.catch(() => {});
    if (work?.process.ended) return connection.close();
    const response = await answer(request);
    const keepAlive = request.version === 'HTTP/1.1' && request.headers['connection']?.toLowerCase() !== 'close';
    const { 'Content-Length': _, ...bare } = response.headers;
    const headers = { ...(response.status === 304 ? bare : { ...response.headers, 'Content-Length': String(response.body.length) }), Connection: keepAlive ? 'keep-alive' : 'close' };
    const head = [`HTTP/1.1 ${response.status} ${REASONS[response.status] ?? ''}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
    connection.output.write(encoder.encode(head));
    if (request.method !== 'HEAD') connection.output.write(response.body);
    if (!keepAlive) return connection.close();
  }
}

function parseRequest(text: string): HttpRequest {
  const [first = '', ...lines] = text.split('\r\n');
  const [method = '', path = '/', version = 'HTTP/1.0'] = first.split(' ');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { method, path, version, headers };
}

export interface FetchResult {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One GET over a connection: what wget, curl and probes do. */
export async function fetchOver(connection: Connection, options: { host: string; path: string; method?: string; headers?: Readonly<Record<string, string>>; body?: string }): Promise<FetchResult> {
  const headers = { Host: options.host, Connection: 'close', ...options.headers, ...(options.body === undefined ? {} : { 'Content-Length': String(options.body.length) }) };
  const head = [`${options.method ?? 'GET'} ${options.path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  connection.output.write(encoder.encode(head + (options.body ?? '')));
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection.input) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('error getting response: Connection reset by peer');
  const [first = '', ...lines] = all.subarray(0, end).toString().split('\r\n');
  const [, status = '0', ...reason] = first.split(' ');
  const parsed = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { status: Number(status), statusText: reason.join(' '), headers: parsed, body: new Uint8Array(all.subarray(end + 4)) };
}
