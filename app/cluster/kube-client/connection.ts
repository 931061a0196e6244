import { request as httpsRequest, Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';

/** What a kubeconfig's current context says. PEM texts; `token` for bearer users. */
export interface Credentials {
  readonly server: string;
  readonly authority?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string } }[];
  readonly users?: readonly { readonly name: string; readonly user: { readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string; readonly token?: string } }[];
}

/** Reads a kubeconfig's text. Only what carries its data inside is understood: no files, no exec plug-ins. */
export function readCredentials(text: string): Credentials {
  const config = parse(text) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (!cluster || !user) throw new Error(`the kubeconfig has no cluster and user for its current context ${config['current-context'] ?? '(none)'}`);
  const decode = (data: string | undefined): string | undefined => (data ? Buffer.from(data, 'base64').toString('utf8') : undefined);
  return {
    server: cluster.server,
    authority: decode(cluster['certificate-authority-data']),
    certificate: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
    token: user.token,
  };
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A way to one API server. */
export interface Channel {
  /** The answer as soon as its headers are there. @throws ECONNREFUSED and its like */
  open(exchange: Exchange): Promise<IncomingMessage>;
  dispose(): void;
}

/** HTTPS to one API server with kept-alive connections. */
export class Connection implements Channel {
  readonly #credentials: Credentials;
  readonly #agent: Agent;
  readonly #userAgent: string;

  constructor(credentials: Credentials, userAgent: string) {
    this.#credentials = credentials;
    this.#userAgent = userAgent;
    this.#agent = new Agent({ keepAlive: true, ca: credentials.authority, cert: credentials.certificate, key: credentials.key });
  }

  open({ method, path, body, headers, signal }: Exchange): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(new URL(path, this.#credentials.server), {
        method, agent: this.#agent, signal,
        headers: {
          accept: 'application/json', 'user-agent': this.#userAgent,
          ...(this.#credentials.token ? { authorization: `Bearer ${this.#credentials.token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      });
      sent.on('response', resolve).on('error', reject);
      sent.end(body);
    });
  }

  dispose(): void {
    this.#agent.destroy();
  }
}

export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A stream of JSON values, one a line, as watches answer. */
export async function* linesOf(message: IncomingMessage): AsyncGenerator<unknown> {
  let rest = '';
  message.setEncoding('utf8');
  for await (const chunk of message) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line);
  }
}
