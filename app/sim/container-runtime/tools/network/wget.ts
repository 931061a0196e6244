import { DialError } from '../../../network/network.ts';
import type { Process, Program } from '../../processes/process.ts';
import { resolvePath } from '../input.ts';
import { lastValue, readArguments } from './arguments.ts';
import { basicAuthorization, call, NoAnswer, parseUrl, redirected, type HttpExchange, type Url } from '../../../machinery/http-client.ts';
import { addressOf } from './addresses.ts';
import { TimedOut, within } from './within.ts';

const FLAGS = ['q', 'S', 'c', 'spider', 'no-check-certificate', 'quiet', 'no-verbose'];
const VALUED = ['O', 'T', 'P', 'U', 't', 'Y', 'o', 'header', 'post-data', 'post-file', 'timeout', 'tries', 'output-document', 'user-agent'];
const DEFAULT_TIMEOUT_SECONDS = 900;
const BAR = '*'.repeat(32);

/** models busybox networking/wget.c */
export const wget: Program = async (process) => {
  const given = readArguments(process.argv.slice(1), FLAGS, VALUED);
  if (given.unknown || given.operands.length === 0) {
    process.error(given.unknown ? `wget: unrecognized option: ${given.unknown.replace(/^-+/, '')}\n${usage(process)}` : usage(process));
    return 1;
  }
  for (const target of given.operands) {
    const url = parseUrl(target);
    if (!url || !['http', 'https'].includes(url.scheme)) return process.error(`wget: not an http or ftp url: ${target}\n`), 1;
    const seconds = Number(lastValue(given, 'T', 'timeout') ?? DEFAULT_TIMEOUT_SECONDS);
    try {
      await fetchOne(process, url, {
        quiet: given.flags.has('q') || given.flags.has('quiet'), spider: given.flags.has('spider'), showHeaders: given.flags.has('S'), seconds, output: lastValue(given, 'O', 'output-document'), directory: lastValue(given, 'P'),
        agent: lastValue(given, 'U', 'user-agent') ?? 'Wget', headers: given.values.get('header') ?? [], post: lastValue(given, 'post-data'),
      });
    } catch (error) {
      process.error(`wget: ${wordsOf(error, url)}\n`);
      return 1;
    }
  }
  return 0;
};

interface Options {
  readonly quiet: boolean;
  readonly spider: boolean;
  readonly showHeaders: boolean;
  readonly seconds: number;
  readonly output: string | undefined;
  readonly directory: string | undefined;
  readonly agent: string;
  readonly headers: readonly string[];
  readonly post: string | undefined;
}

/** Said as it is, after the program's name. */
class Complaint extends Error {}

async function fetchOne(process: Process, first: Url, options: Options): Promise<void> {
  let url = first;
  for (let hops = 0; ; hops++) {
    const answer = await request(process, url, options);
    if (options.showHeaders) process.error(`  ${answer.version} ${answer.status} ${answer.statusText}\n${answer.headers.map(([name, value]) => `  ${name}: ${value}\n`).join('')}  \n`);
    const location = answer.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
    if ([301, 302, 303, 307, 308].includes(answer.status) && location) {
      if (hops >= 5) throw new Complaint('too many redirections');
      url = redirected(url, location) ?? url;
      continue;
    }
    if (answer.status >= 300 || answer.status < 200) throw new Complaint(`server returned error: ${answer.version} ${answer.status} ${answer.statusText}`);
    return save(process, url, answer, options);
  }
}

async function request(process: Process, url: Url, options: Options): Promise<HttpExchange> {
  // The name comes first: busybox' timeout does not cover it.
  const address = await addressOf(process, url.host);
  return within(process, options.seconds * 1000, async (signal) => {
    if (!options.quiet) process.error(`Connecting to ${url.authority} (${address}:${url.port})\n`);
    const connection = await process.world.network.dial(address, url.port, signal);
    signal.addEventListener('abort', () => connection.close(), { once: true });
    const own = options.headers.map((header): [string, string] => [header.split(':')[0]!, header.slice(header.indexOf(':') + 1).trim()]);
    const body = options.post === undefined ? undefined : new Uint8Array(Buffer.from(options.post));
    return call(connection, {
      method: options.spider ? 'HEAD' : body ? 'POST' : 'GET', path: url.path, ...(body ? { body } : {}),
      headers: [
        ...(own.some(([name]) => name.toLowerCase() === 'host') ? [] : [['Host', url.authority] as const]), ['User-Agent', options.agent], ['Connection', 'close'], ...(url.credentials ? [['Authorization', basicAuthorization(url.credentials)] as const] : []), ...own,
        ...(body ? [['Content-Type', 'application/x-www-form-urlencoded'] as const, ['Content-Length', String(body.length)] as const] : []),
      ],
    });
  });
}

function save(process: Process, url: Url, answer: HttpExchange, { quiet, spider, output, directory }: Options): void {
  if (spider) return quiet ? undefined : process.error('remote file exists\n');
  const isStandardOutput = output === '-';
  const name = output ?? (url.path.split('?')[0]!.split('/').pop() || 'index.html');
  const shown = isStandardOutput ? '-' : name;
  if (!quiet) process.error(isStandardOutput ? 'writing to stdout\n' : `saving to '${name}'\n`);
  if (isStandardOutput) process.stdout.write(answer.body);
  else if (output === undefined && process.world.files.exists(resolvePath(process, name))) throw new Complaint(`can't open '${name}': File exists`);
  else process.world.files.write(resolvePath(process, directory ? `${directory}/${name}` : name), answer.body);
  if (quiet) return;
  process.error(`${shown.slice(0, 20).padEnd(20)} 100% |${BAR}| ${sizeText(answer.body.length)}  0:00:00 ETA\n`);
  process.error(isStandardOutput ? 'written to stdout\n' : `'${name}' saved\n`);
}

function sizeText(bytes: number): string {
  return bytes < 100_000 ? String(bytes).padStart(5) : bytes < 10_240_000 ? `${Math.floor(bytes / 1024)}k`.padStart(5) : `${Math.floor(bytes / 1_048_576)}M`.padStart(5);
}

function wordsOf(error: unknown, { authority, host }: Url): string {
  if (error instanceof TimedOut) return 'download timed out';
  if (error instanceof NoAnswer) return 'error getting response: Connection reset by peer';
  if (!(error instanceof DialError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'ENOTFOUND') return `bad address '${authority}'`;
  return `can't connect to remote host (${error.address ?? host}): ${error.message}`;
}

function usage(process: Process): string {
  return `BusyBox v${process.world.image.tags['latest']?.version ?? '1.36.1'} multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[-P DIR] [-U AGENT] [-T SEC] URL...\n`;
}
