import type { Connection } from '../../machinery/streams.ts';
import type { Process } from '../processes/process.ts';
import { serveHttp, type HttpRequest, type HttpResponse } from './http-server.ts';

/** CPU time of a small answer. */
const REQUEST_MS = 0.3;

/** Listens and serves until a signal says to go; returns the exit code. */
export async function serveUntilTold(process: Process, port: number, onConnection: (connection: Connection) => void, onSignal: (signal: 'SIGTERM' | 'SIGINT') => number = () => 0): Promise<number> {
  const server = process.world.network.listen({ port, process: (process.argv[0] ?? '').split('/').pop()! }, onConnection);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.onSignal(signal, () => process.end(onSignal(signal)));
  try {
    return await process.exited;
  } finally {
    server.close();
  }
}

export function httpUntilTold(process: Process, port: number, answer: (request: HttpRequest, remote: string) => Promise<HttpResponse> | HttpResponse): Promise<number> {
  return serveUntilTold(process, port, (connection) => void serveHttp(connection, (request) => answer(request, connection.remoteAddress), { process, milliseconds: REQUEST_MS }));
}

const encoder = new TextEncoder();

export function plain(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, body: encoder.encode(text), headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } };
}

/** The value of `-port 80`, `--port=80`, `-p80`. */
export function flag(args: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    for (const name of names) {
      if (arg === name) return args[index + 1];
      if (arg.startsWith(`${name}=`)) return arg.slice(name.length + 1);
    }
  }
  return undefined;
}
