import { DialError } from '../../../network/network.ts';
import type { Process, Program } from '../../processes/process.ts';
import { resolvePath } from '../input.ts';
import { lastValue, readArguments, type Arguments } from './arguments.ts';
import { basicAuthorization, call, NoAnswer, parseUrl, redirected, type HttpExchange, type Url } from '../../../machinery/http-client.ts';
import { TimedOut, within } from './within.ts';
import { addressOf } from './addresses.ts';

const FLAGS = ['s', 'S', 'i', 'I', 'k', 'L', 'v', 'f', 'O', 'G', 'g', '4', '6', '0', 'silent', 'show-error', 'include', 'head', 'insecure', 'location', 'verbose', 'fail', 'fail-with-body', 'remote-name', 'get', 'http1.1', 'compressed', 'no-progress-meter', 'ipv4'];
const VALUED = ['o', 'w', 'm', 'H', 'X', 'd', 'u', 'A', 'e', 'b', 'x', 'r', 'output', 'write-out', 'max-time', 'connect-timeout', 'header', 'request', 'data', 'data-raw', 'data-binary', 'json', 'user', 'user-agent', 'retry', 'retry-delay', 'resolve', 'cacert', 'url', 'proxy', 'connect-to', 'range', 'referer', 'cookie'];
const CONNECT_TIMEOUT_MS = 300_000;

/** Options that are a header each. */
const HEADER_OPTIONS: readonly (readonly [short: string, long: string, header: string, prefix: string])[] = [['r', 'range', 'Range', 'bytes='], ['e', 'referer', 'Referer', ''], ['b', 'cookie', 'Cookie', '']];

/** curl of Debian 12. models curl's tool_operate.c and its exit codes */
export const curl: Program = async (process) => {
  const given = readArguments(process.argv.slice(1), FLAGS, VALUED);
  if (given.unknown) return process.error(`curl: option ${given.unknown}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n`), 2;
  const targets = [...(given.values.get('url') ?? []), ...given.operands];
  if (targets.length === 0) return process.error("curl: try 'curl --help' or 'curl --manual' for more information\n"), 2;
  let status = 0;
  for (const target of targets) status = await fetchOne(process, given, target);
  return status;
};

/** What is known about one transfer when it is over. */
interface Transfer {
  readonly url: Url;
  readonly startedAt: number;
  isResolved?: boolean;
  connectedAt?: number;
  answer?: HttpExchange;
  redirects: number;
}

async function fetchOne(process: Process, given: Arguments, target: string): Promise<number> {
  const url = parseUrl(target);
  const isQuiet = given.flags.has('s') || given.flags.has('silent');
  const complains = !isQuiet || given.flags.has('S') || given.flags.has('show-error');
  const fail = (code: number, text: string): number => (complains && process.error(`curl: (${code}) ${text}\n`), code);
  if (!url) return fail(3, 'URL using bad/illegal format or missing URL');
  if (!['http', 'https'].includes(url.scheme)) return fail(1, `Protocol "${url.scheme}" not supported`);
  const transfer: Transfer = { url, startedAt: process.world.clock.now(), redirects: 0 };
  let code = 0;
  try {
    await perform(process, given, transfer);
    const { status } = transfer.answer!;
    const fails = status >= 400 && (given.flags.has('f') || given.flags.has('fail'));
    if (!fails) deliver(process, given, transfer, isQuiet);
    if (fails || (status >= 400 && given.flags.has('fail-with-body'))) code = fail(22, `The requested URL returned error: ${status}`);
  } catch (error) {
    code = fail(...wordsOf(error, transfer, process.world.clock.now()));
  }
  const format = lastValue(given, 'w', 'write-out');
  if (format) process.print(writeOut(format, transfer, process.world.clock.now()));
  return code;
}

async function perform(process: Process, given: Arguments, transfer: Transfer): Promise<void> {
  const most = lastValue(given, 'm', 'max-time');
  const connectMost = lastValue(given, 'connect-timeout');
  const connectMs = Math.min(most ? Number(most) * 1000 : Infinity, connectMost ? Number(connectMost) * 1000 : CONNECT_TIMEOUT_MS);
  const follows = given.flags.has('L') || given.flags.has('location');
  await within(process, most ? Number(most) * 1000 : undefined, async () => {
    for (let url: Url | undefined = transfer.url; url; ) {
      const connection = await within(process, connectMs, async (signal) => {
        const address = await addressOf(process, hostOf(given, url!));
        transfer.isResolved = true;
        return process.world.network.dial(address, url!.port, signal);
      });
      transfer.connectedAt ??= process.world.clock.now();
      if (given.flags.has('v') || given.flags.has('verbose')) process.error(`*   Trying ${connection.remoteAddress}...\n* Connected to ${url.host} (${connection.remoteAddress.split(':')[0]}) port ${url.port} (#0)\n`);
      const { method, headers, body } = requestOf(given, url);
      if (given.flags.has('v') || given.flags.has('verbose')) process.error(`> ${method} ${url.path} HTTP/1.1\n${headers.map(([name, value]) => `> ${name}: ${value}\n`).join('')}> \n`);
      transfer.answer = await call(connection, { method, path: url.path, headers, ...(body ? { body } : {}) });
      if (given.flags.has('v') || given.flags.has('verbose')) process.error(`< ${statusLine(transfer.answer)}\n${transfer.answer.headers.map(([name, value]) => `< ${name}: ${value}\n`).join('')}< \n`);
      const location: string | undefined = transfer.answer.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
      url = follows && location && transfer.answer.status >= 300 && transfer.answer.status < 400 && transfer.redirects++ < 50 ? redirected(url, location) : undefined;
    }
  });
}

/** `--resolve name:port:address` takes the place of DNS. */
function hostOf(given: Arguments, { host, port }: Url): string {
  const entry = (given.values.get('resolve') ?? []).map((text) => text.split(':')).find(([name, at]) => name === host && at === String(port));
  return entry?.[2] ?? host;
}

function requestOf(given: Arguments, url: Url): { method: string; headers: [string, string][]; body?: Uint8Array } {
  const own = (given.values.get('H') ?? []).concat(given.values.get('header') ?? []).map((text): [string, string] => [text.split(':')[0]!, text.slice(text.indexOf(':') + 1).trim()]);
  const has = (name: string): boolean => own.some(([candidate]) => candidate.toLowerCase() === name);
  const json = given.values.get('json');
  const data = json ?? ['d', 'data', 'data-raw', 'data-binary'].flatMap((name) => given.values.get(name) ?? []);
  const body = data.length > 0 && !given.flags.has('G') ? new Uint8Array(Buffer.from(data.join(json ? '' : '&'))) : undefined;
  const isHead = given.flags.has('I') || given.flags.has('head');
  const credentials = lastValue(given, 'u', 'user') ?? url.credentials;
  const headers: [string, string][] = [
    ...(has('host') ? [] : [['Host', url.authority] as [string, string]]),
    ...(credentials ? [['Authorization', basicAuthorization(credentials)] as [string, string]] : []),
    ...(has('user-agent') ? [] : [['User-Agent', lastValue(given, 'A', 'user-agent') ?? 'curl/7.88.1'] as [string, string]]),
    ...(has('accept') ? [] : [['Accept', json ? 'application/json' : '*/*'] as [string, string]]),
    ...own,
    ...HEADER_OPTIONS.flatMap(([short, long, header, prefix]) => {
      const value = lastValue(given, short, long);
      return value === undefined ? [] : [[header, `${prefix}${value}`] as [string, string]];
    }),
    ...(body ? [...(has('content-length') ? [] : [['Content-Length', String(body.length)] as [string, string]]), ...(has('content-type') ? [] : [['Content-Type', json ? 'application/json' : 'application/x-www-form-urlencoded'] as [string, string]])] : []),
  ];
  return { method: lastValue(given, 'X', 'request') ?? (isHead ? 'HEAD' : body ? 'POST' : 'GET'), headers, ...(body ? { body } : {}) };
}

function statusLine({ version, status, statusText }: HttpExchange): string {
  return `${version} ${status}${statusText ? ` ${statusText}` : ''}`;
}

/** Puts the answer where it belongs, with the meter beside it when it is not shown. */
function deliver(process: Process, given: Arguments, { url, answer }: Transfer, isQuiet: boolean): void {
  const shows = ['i', 'include', 'I', 'head'].some((flag) => given.flags.has(flag));
  const head = shows ? `${statusLine(answer!)}\r\n${answer!.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n` : '';
  const bytes = new Uint8Array(Buffer.concat([Buffer.from(head, 'latin1'), answer!.body]));
  const output = lastValue(given, 'o', 'output') ?? (given.flags.has('O') || given.flags.has('remote-name') ? url.path.split('?')[0]!.split('/').pop() || undefined : undefined);
  const hasMeter = !isQuiet && !given.flags.has('no-progress-meter') && (output !== undefined ? output !== '-' : !process.tty);
  if (hasMeter) process.error(meter(answer!.body.length));
  if (output === undefined || output === '-') process.stdout.write(bytes);
  else process.world.files.write(resolvePath(process, output), bytes);
}

function meter(size: number): string {
  const shown = size < 100_000 ? String(size) : `${Math.floor(size / 1024)}k`;
  return `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\r100 ${shown.padStart(5)}  100 ${shown.padStart(5)}    0     0   300k      0 --:--:-- --:--:-- --:--:--  300k\n`;
}

function wordsOf(error: unknown, { url, startedAt, connectedAt, isResolved }: Transfer, now: number): [number, string] {
  const took = Math.round(now - startedAt);
  if (error instanceof TimedOut) return connectedAt === undefined ? [28, `${isResolved ? 'Connection' : 'Resolving'} timed out after ${took} milliseconds`] : [28, `Operation timed out after ${took} milliseconds with 0 bytes received`];
  if (error instanceof NoAnswer) return [52, 'Empty reply from server'];
  if (!(error instanceof DialError)) throw error;
  if (error.code === 'ENOTFOUND') return [6, `Could not resolve host: ${url.host}`];
  return [error.code === 'ETIMEDOUT' ? 28 : 7, `Failed to connect to ${url.host} port ${url.port} after ${took} ms: Couldn't connect to server`];
}

function writeOut(format: string, { url, answer, startedAt, connectedAt, redirects }: Transfer, now: number): string {
  const header = (name: string): string => answer?.headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1] ?? '';
  const seconds = (at: number | undefined): string => ((((at ?? startedAt) - startedAt) / 1000) + 0.000_3).toFixed(6);
  const values: Readonly<Record<string, string>> = {
    http_code: String(answer?.status ?? 0).padStart(3, '0'), response_code: String(answer?.status ?? 0).padStart(3, '0'), size_download: String(answer?.body.length ?? 0), content_type: header('content-type'), url_effective: `${url.scheme}://${url.authority}${url.path}`,
    time_total: seconds(now), time_connect: seconds(connectedAt), time_starttransfer: seconds(now), num_redirects: String(redirects), redirect_url: header('location'), http_version: '1.1', scheme: url.scheme, method: 'GET', exitcode: '0', url: `${url.scheme}://${url.authority}${url.path}`,
  };
  return format.replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole).replace(/%%/g, '%').replace(/\\([nrt\\])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t', '\\': '\\' })[letter]!);
}
