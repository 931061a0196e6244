import { Agent, request } from 'node:https';
import type { ClusterCertificates } from '../apiserver/pki/pki.ts';
import type { Json } from './facts.ts';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** `bob (bearer token)`, `anonymous (no credentials)`; the administrator when absent. */
  readonly as?: string;
}

export interface RawAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Json | undefined;
}

/** Whoever does not answer within this hangs, or streams. */
const PATIENCE_MS = 10_000;

/** A client that sends what it is told, over the real door. */
export class RawClient {
  readonly #server: URL;
  readonly #admin: Agent;
  readonly #nobody: Agent;

  readonly pause: (milliseconds: number) => Promise<void>;

  /** @param pause waits on the cluster's clock */
  constructor(server: string, certificates: ClusterCertificates, pause: (milliseconds: number) => Promise<void>) {
    this.pause = pause;
    this.#server = new URL(server);
    const { authority, admin } = certificates;
    this.#admin = new Agent({ keepAlive: true, ca: authority.certificate, cert: admin.certificate, key: admin.key });
    this.#nobody = new Agent({ keepAlive: true, ca: authority.certificate });
  }

  send(sent: RawRequest): Promise<RawAnswer> {
    const who = sent.as?.split(' ')[0];
    const isOutside = who === 'anonymous' || who === 'bad';
    const groups: Record<string, string[]> = { alice: ['dev', 'system:authenticated'], bob: ['system:authenticated'] };
    const body = sent.body === undefined ? undefined : typeof sent.body === 'string' ? sent.body : JSON.stringify(sent.body);
    const headers: Record<string, string | string[]> = {
      accept: sent.accept ?? 'application/json',
      'user-agent': 'facts',
      ...(sent.contentType && sent.contentType !== '(none)' ? { 'content-type': sent.contentType } : {}),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...(who && !isOutside ? { 'impersonate-user': who, 'impersonate-group': groups[who]! } : {}),
      ...(who === 'bad' ? { authorization: 'Bearer nope' } : {}),
      ...sent.headers,
    };
    return new Promise((resolve) => {
      const outgoing = request({ host: this.#server.hostname, port: this.#server.port, method: sent.method, path: sent.path, headers, agent: isOutside ? this.#nobody : this.#admin }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => resolve({ code: answer.statusCode!, headers: answer.headers, text: '', json: undefined }));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ code: answer.statusCode!, headers: answer.headers, text, json: parse(text) });
        });
      });
      outgoing.on('error', (error) => resolve({ code: 0, headers: {}, text: String(error), json: undefined }));
      outgoing.setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error('no answer')));
      outgoing.end(body);
    });
  }

  async json(path: string, accept = 'application/json'): Promise<Json> {
    return (await this.send({ method: 'GET', path, accept })).json ?? {};
  }

  close(): void {
    this.#admin.destroy();
    this.#nobody.destroy();
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
