import type { NetworkNamespace } from '../../network/network.ts';
import { CLIENT_HELLO, isHandshake } from '../../network/tls.ts';

export interface HttpRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: string;
  readonly tls?: boolean;
}

/** One GET from the node; its status. Rejects when no connection comes about or no answer. */
export async function httpStatus(network: NetworkNamespace, { host, port, path, headers, agent, tls }: HttpRequest, signal?: AbortSignal): Promise<number> {
  const connection = await network.dial(host, port, signal);
  const all = { Host: `${host}:${port}`, 'User-Agent': agent, Accept: '*/*', Connection: 'close', ...headers };
  const head = [`GET ${path.startsWith('/') ? path : `/${path}`} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  try {
    if (tls) {
      connection.output.write(CLIENT_HELLO);
      if (!isHandshake(await connection.input.read())) throw new Error('http: server gave HTTP response to HTTPS client');
    }
    connection.output.write(new TextEncoder().encode(head));
    const chunk = await connection.input.read();
    const status = /^HTTP\/1\.\d (\d+)/.exec(new TextDecoder().decode(chunk))?.[1];
    if (status === undefined) throw new Error(chunk ? 'malformed HTTP response' : 'EOF');
    return Number(status);
  } finally {
    connection.close();
  }
}
