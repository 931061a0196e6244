import type { Process } from '../processes/process.ts';
import { httpDate, logDate, slashDate } from './dates.ts';
import { fetchOver, type HttpRequest, type HttpResponse } from './http-server.ts';
import { locationFor, setting, type Directive, type Location, type Server } from './nginx-config.ts';

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', htm: 'text/html', txt: 'text/plain', css: 'text/css', js: 'application/javascript', json: 'application/json', png: 'image/png', svg: 'image/svg+xml', xml: 'text/xml' };
const TITLES: Readonly<Record<number, string>> = { 301: 'Moved Permanently', 302: 'Found', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Authorization Required', 403: 'Forbidden', 404: 'Not Found', 405: 'Not Allowed', 416: 'Requested Range Not Satisfiable', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' };
const DEFAULT_ROOT = '/etc/nginx/html';
const encoder = new TextEncoder();

interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request through the configuration, with its line in the access log. */
export async function respond(process: Process, servers: readonly Server[], request: HttpRequest, remote: string): Promise<HttpResponse> {
  const { clock } = process.world;
  const host = (request.headers['host'] ?? '').split(':')[0]!;
  const server = servers.find(({ names }) => names.includes(host)) ?? servers[0]!;
  const client = remote.split(':')[0]!;
  const answer = await answerFor(process, server, request, client);
  const headers = Object.fromEntries(server.directives.filter(({ name }) => name === 'add_header').map(({ args }) => [args[0]!, expand(args[1] ?? '', request, client, process)]));
  process.print(`${client} - - [${logDate(clock.now())}] "${request.method} ${request.path} ${request.version}" ${answer.status} ${request.method === 'HEAD' ? 0 : answer.body.length} "${request.headers['referer'] ?? '-'}" "${request.headers['user-agent'] ?? '-'}" "${request.headers['x-forwarded-for'] ?? '-'}"\n`);
  // models ngx_http_header_filter: the order of what it writes itself; then what modules add.
  const { 'Last-Modified': modified, Location: moved, ...added } = answer.headers ?? {};
  const own = { ...(answer.type === '' ? {} : { 'Content-Type': answer.type }), 'Content-Length': '', ...(modified ? { 'Last-Modified': modified } : {}), ...(moved === undefined ? {} : { Location: moved }), Connection: '' };
  return { status: answer.status, body: answer.body, headers: { Server: `nginx/${process.world.image.env['NGINX_VERSION']}`, Date: httpDate(clock.now()), ...own, ...added, ...headers } };
}

async function answerFor(process: Process, server: Server, request: HttpRequest, client: string): Promise<Answer> {
  const path = decodeURIComponent(request.path.split('?')[0]!);
  const location = locationFor(server, path);
  const levels = [location?.directives, server.directives];
  const returned = location?.directives.find(({ name }) => name === 'return') ?? server.directives.find(({ name }) => name === 'return');
  if (returned) return returnAnswer(process, returned, location, request, client);
  const upstream = setting('proxy_pass', location?.directives);
  if (upstream) return proxied(process, upstream[0]!, request, path, location!);
  if (location?.directives.some(({ name }) => name === 'stub_status')) return { status: 200, type: 'text/plain', body: encoder.encode('Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n') };
  if (request.method !== 'GET' && request.method !== 'HEAD') return errorAnswer(process, 405);
  return fileAnswer(process, path, location, levels, request, client);
}

function returnAnswer(process: Process, { args }: Directive, location: Location | undefined, request: HttpRequest, client: string): Answer {
  const status = Number(args[0]);
  if (Number.isNaN(status)) return { ...errorAnswer(process, 302), headers: { Location: args[0]! } };
  const text = args[1] === undefined ? undefined : expand(args[1], request, client, process);
  if (status >= 300 && status < 400) return { ...errorAnswer(process, status), headers: { Location: text ?? '' } };
  if (text === undefined) return TITLES[status] ? errorAnswer(process, status) : { status, body: new Uint8Array(), type: 'text/plain' };
  return { status, body: encoder.encode(text), type: setting('default_type', location?.directives)?.[0] ?? 'application/octet-stream' };
}

function fileAnswer(process: Process, path: string, location: Location | undefined, levels: readonly (readonly Directive[] | undefined)[], request: HttpRequest, client: string): Answer {
  const { files, clock } = process.world;
  const alias = setting('alias', location?.directives)?.[0];
  const root = setting('root', ...levels)?.[0] ?? DEFAULT_ROOT;
  const place = (target: string): string => (alias === undefined ? `${root}${target}` : `${alias}${target.slice(location!.path.length)}`);
  const tries = setting('try_files', ...levels);
  const chosen = tries ? tries.slice(0, -1).map((item) => expand(item, request, client, process)).find((item) => files.exists(place(item))) : path;
  const fallback = tries?.[tries.length - 1];
  if (tries && chosen === undefined && fallback?.startsWith('=')) return errorAnswer(process, Number(fallback.slice(1)));
  const target = chosen ?? fallback ?? path;
  const indexes = setting('index', ...levels) ?? ['index.html'];
  const full = place(target);
  const found = target.endsWith('/') || files.isDirectory(full) ? indexes.map((name) => `${full.replace(/\/$/, '')}/${name}`).find((candidate) => files.isFile(candidate)) : files.isFile(full) ? full : undefined;
  if (found !== undefined && files.may(found, 4)) return staticAnswer(files.read(found), files.stat(found).mtime, TYPES[found.slice(found.lastIndexOf('.') + 1)] ?? setting('default_type', ...levels)?.[0] ?? 'application/octet-stream', request, process);
  const isDirectory = files.isDirectory(full);
  const status = isDirectory || found !== undefined ? 403 : 404;
  const what = status === 403 ? `directory index of "${full.endsWith('/') ? full : `${full}/`}" is forbidden` : `open() "${full}" failed (2: No such file or directory)`;
  process.error(`${slashDate(clock.now())} [error] 29#29: *1 ${what}, client: ${client}, server: localhost, request: "${request.method} ${request.path} ${request.version}", host: "${request.headers['host'] ?? ''}"\n`);
  return errorAnswer(process, status);
}

/** A file, or a part of it, or the news that it is the one the client has. models ngx_http_static_module, not_modified and range filters */
function staticAnswer(body: Uint8Array, mtime: number, type: string, request: HttpRequest, process: Process): Answer {
  const seconds = Math.floor(mtime / 1000);
  const etag = `"${seconds.toString(16)}-${body.length.toString(16)}"`;
  const headers = { 'Last-Modified': httpDate(seconds * 1000), ETag: etag };
  const { 'if-none-match': known, 'if-modified-since': since, range } = request.headers;
  if (known !== undefined ? known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag) : since === headers['Last-Modified']) return { status: 304, type: '', body: new Uint8Array(), headers };
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === '' && to === '') return { status: 200, type, body, headers: { ...headers, 'Accept-Ranges': 'bytes' } };
  const start = from === '' ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (start > end) return { ...errorAnswer(process, 416), headers: { 'Content-Range': `bytes */${body.length}` } };
  return { status: 206, type, body: body.subarray(start, end + 1), headers: { ...headers, 'Content-Range': `bytes ${start}-${end}/${body.length}` } };
}

async function proxied(process: Process, upstream: string, request: HttpRequest, path: string, location: Location): Promise<Answer> {
  const [, host = '', port = '80', base = ''] = /^https?:\/\/([^/:]+)(?::(\d+))?(.*)$/.exec(upstream) ?? [];
  const target = base === '' ? request.path : `${base}${path.slice(location.path.length)}`;
  try {
    const connection = await process.world.network.dial(host, Number(port));
    const answer = await fetchOver(connection, { host: `${host}${port === '80' ? '' : `:${port}`}`, path: target, method: request.method });
    return { status: answer.status, body: answer.body, type: answer.headers['content-type'] ?? 'text/html' };
  } catch {
    process.error(`${slashDate(process.world.clock.now())} [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: localhost, request: "${request.method} ${request.path} ${request.version}", upstream: "${upstream}", host: "${request.headers['host'] ?? ''}"\n`);
    return errorAnswer(process, 502);
  }
}

/** `$uri`, `$hostname`, `$host` and their kind. */
function expand(text: string, request: HttpRequest, client: string, process: Process): string {
  const [path = '', query = ''] = request.path.split('?');
  const values: Record<string, string> = { uri: path, request_uri: request.path, args: query, hostname: process.world.hostname, host: (request.headers['host'] ?? '').split(':')[0]!, http_host: request.headers['host'] ?? '', remote_addr: client, request_method: request.method, scheme: 'http', server_addr: process.world.network.addresses[0] ?? '', nginx_version: process.world.image.env['NGINX_VERSION']!, server_name: 'localhost' };
  return text.replace(/\\n/g, '\n').replace(/\$\{?(\w+)\}?/g, (whole, name: string) => values[name] ?? (name.startsWith('http_') ? (request.headers[name.slice(5).replace(/_/g, '-')] ?? '') : whole));
}

function errorAnswer(process: Process, status: number): Answer {
  const title = `${status} ${TITLES[status] ?? ''}`;
  return { status, type: 'text/html', body: encoder.encode(`<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/${process.world.image.env['NGINX_VERSION']}</center>\r\n</body>\r\n</html>\r\n`) };
}
