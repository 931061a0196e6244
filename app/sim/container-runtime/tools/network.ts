import { fetchOver } from '../images/http-server.ts';
import type { Process, Program } from '../processes/process.ts';
import { DialError } from '../../network/network.ts';
import { resolvePath } from './input.ts';

interface Url {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

function parseUrl(text: string): Url {
  const match = /^(?:http:\/\/)?([^/:]+)(?::(\d+))?(\/.*)?$/.exec(text);
  return { host: match?.[1] ?? text, port: Number(match?.[2] ?? 80), path: match?.[3] ?? '/' };
}

/** busybox wget */
const wget: Program = async (process) => {
  const args = process.argv.slice(1);
  const flags = args.filter((arg) => arg.startsWith('-')).join('');
  const output = args.includes('-O') ? args[args.indexOf('-O') + 1] : flags.includes('O-') ? '-' : undefined;
  const timeoutAt = args.findIndex((arg) => arg.startsWith('-T'));
  const timeoutSeconds = timeoutAt < 0 ? 900 : Number(args[timeoutAt]!.slice(2) || args[timeoutAt + 1]);
  const target = args.filter((arg, index) => !arg.startsWith('-') && !['-O', '-T'].includes(args[index - 1] ?? '')).pop() ?? '';
  const url = parseUrl(target);
  const quiet = flags.includes('q');
  try {
    if (!quiet) process.error(`Connecting to ${url.host}${url.port === 80 ? '' : `:${url.port}`} (${url.host}:${url.port})\n`);
    const connection = await dialWithin(process, url, timeoutSeconds);
    const answer = await fetchOver(connection, { host: url.host, path: url.path, headers: { 'User-Agent': 'Wget' } });
    if (answer.status >= 400) {
      process.error(`wget: server returned error: HTTP/1.1 ${answer.status} ${answer.statusText}\n`);
      return 1;
    }
    const text = new TextDecoder().decode(answer.body);
    if (output === '-' || output === '/dev/stdout') process.print(text);
    else process.world.files.write(resolvePath(process, output ?? (url.path.split('/').pop() || 'index.html')), answer.body);
    return 0;
  } catch (error) {
    process.error(`wget: ${wgetMessage(error, url)}\n`);
    return 1;
  }
};

async function dialWithin(process: Process, url: Url, seconds: number): ReturnType<Process['world']['network']['dial']> {
  const abort = new AbortController();
  const timer = process.world.clock.schedule(seconds * 1000, () => abort.abort(new Error('download timed out')));
  try {
    return await process.world.network.dial(url.host, url.port, abort.signal);
  } finally {
    timer.dispose();
  }
}

function wgetMessage(error: unknown, { host, port }: Url): string {
  if (!(error instanceof DialError)) return error instanceof Error ? error.message : String(error);
  if (error.code === 'ECONNREFUSED') return `can't connect to remote host (${host}): Connection refused`;
  if (error.code === 'EHOSTUNREACH' && !/^\d/.test(host)) return `bad address '${host}${port === 80 ? '' : `:${port}`}'`;
  return `can't connect to remote host (${host}): ${error.message}`;
}

const curl: Program = async (process) => {
  const args = process.argv.slice(1);
  const silent = args.some((arg) => /^-\w*s/.test(arg));
  const url = parseUrl(args.filter((arg, index) => !arg.startsWith('-') && !['-H', '-o', '-m', '--max-time', '-w', '-X', '-d'].includes(args[index - 1] ?? '')).pop() ?? '');
  const limit = args.findIndex((arg) => arg === '-m' || arg === '--max-time');
  try {
    const connection = await dialWithin(process, url, limit < 0 ? 130 : Number(args[limit + 1]));
    const answer = await fetchOver(connection, { host: url.host, path: url.path, headers: { 'User-Agent': 'curl/8.5.0', Accept: '*/*' }, ...(args.includes('-I') ? { method: 'HEAD' } : {}) });
    if (args.some((arg) => arg === '-I' || arg === '-i')) process.print(`HTTP/1.1 ${answer.status} ${answer.statusText}\r\n${Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    process.print(new TextDecoder().decode(answer.body));
    return 0;
  } catch (error) {
    const isRefused = error instanceof DialError && error.code === 'ECONNREFUSED';
    const unknown = error instanceof DialError && error.code === 'EHOSTUNREACH';
    if (!silent || args.some((arg) => /^-\w*S/.test(arg))) process.error(unknown ? `curl: (6) Could not resolve host: ${url.host}\n` : isRefused ? `curl: (7) Failed to connect to ${url.host} port ${url.port} after 0 ms: Couldn't connect to server\n` : `curl: (28) Connection timed out\n`);
    return unknown ? 6 : isRefused ? 7 : 28;
  }
};

export const networkTools: Readonly<Record<string, Program>> = { wget, curl };
