import { createSecureServer, type Http2SecureServer, type Http2ServerRequest } from 'node:http2';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { newForbidden, newRequestEntityTooLarge, newUnauthorized } from '../../machinery/errors.ts';
import { StatusError } from '../../machinery/status.ts';
import { ConnectionRefusedError, type UserInfo } from '../../machinery/transport.ts';
import { impersonate } from '../authentication/impersonation.ts';
import type { Handled, HandledRequest } from '../filters/handler.ts';
import { requestInfo } from '../filters/request-info.ts';
import { PageNotFound } from '../handlers/page-not-found.ts';
import type { Authenticator, Authorizer } from '../interfaces.ts';
import type { ClusterCertificates } from '../pki/pki.ts';
import { negotiate } from './content-negotiation.ts';
import { ClientCertificates } from './client-certificates.ts';
import { statusBody, writeAnswer, writeStatus } from './respond.ts';

/** What one connection may hold in flight: lists of thousands of Pods beside many watches. */
const SESSION_MEGABYTES = 256;
const BODY_LIMIT = 3 * 1024 * 1024;
/** Who shows nothing: RBAC lets him see little more than whether the server is well. */
const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export interface FrontDoorOptions {
  readonly handle: (request: HandledRequest) => Promise<Handled>;
  readonly authenticators: readonly Authenticator[];
  /** Who may act as whom. */
  readonly authorizer: Authorizer;
  readonly now: () => number;
}

/**
 * The HTTPS port: reads requests, finds out who asks, writes answers. Loopback only, TLS 1.2 and up.
 *
 * HTTP/2 for who can (kubectl: over HTTP/1.1 the end of a wait cuts its connection and kubectl complains of a short watch),
 * HTTP/1.1 for the rest and for all upgrades.
 */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  #server: Http2SecureServer | undefined;
  #certificates: ClientCertificates | undefined;
  #listening: { host: string; port: number } | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(options: FrontDoorOptions) {
    this.#options = options;
  }

  /** `127.0.0.1:6443` */
  get address(): string | undefined {
    return this.#listening && `${this.#listening.host}:${this.#listening.port}`;
  }

  async listen({ host, port, certificates }: { host: string; port: number; certificates: ClusterCertificates }): Promise<number> {
    const { authority, server } = certificates;
    this.#certificates = new ClientCertificates(authority.certificate);
    this.#server = createSecureServer(
      { key: server.key, cert: server.certificate, ca: authority.certificate, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', allowHTTP1: true, maxSessionMemory: SESSION_MEGABYTES },
      // Node's HTTP/2 requests and answers have the parts of HTTP/1.1's that are used here.
      (request, response) => void this.#serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    );
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => void this.#upgrade(request, socket, head));
    // A peer that vanishes is no error of ours.
    this.#server.on('tlsClientError', () => {});
    this.#server.on('sessionError', () => {});
    const bound = await this.#bind(host, port);
    this.#listening = { host, port: bound };
    return bound;
  }

  /** Nobody is at the door: connections are cut and new ones refused. */
  suspend(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Listens again where it did. */
  reopen(): void {
    if (this.#server && this.#listening) this.#server.listen(this.#listening.port, this.#listening.host);
  }

  async close(): Promise<void> {
    this.suspend();
    await new Promise<void>((resolve) => (this.#server?.listening ? this.#server.close(() => resolve()) : resolve()));
  }

  #bind(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const server = this.#server!;
      server.once('error', reject);
      server.listen(port, host, () => {
        server.removeListener('error', reject);
        resolve((server.address() as { port: number }).port);
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const handled = await this.#toHandled(request);
      const result = await this.#options.handle(handled);
      await writeAnswer(request, response, result, this.#options.now);
    } catch (error) {
      this.#fail(request, response, error);
    }
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof ConnectionRefusedError) return hangUp(request);
    if (response.headersSent) return void response.destroy();
    if (error instanceof PageNotFound) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' });
      response.end('404 page not found\n');
      return;
    }
    writeStatus(request, response, toStatus(error));
  }

  async #toHandled(request: IncomingMessage): Promise<HandledRequest> {
    const { path, query } = parseUrl(request.url ?? '/');
    const caller = this.#authenticate(request);
    const user = this.#actingUser(request, caller, path, query);
    // What nobody could read is not done at all.
    const info = requestInfo(request.method ?? 'GET', path, query);
    if (info.isResource && info.subresource === '') negotiate(request.headers.accept, true, info.verb === 'list' || info.verb === 'watch');
    const bytes = request.method === 'GET' || request.method === 'HEAD' ? Buffer.alloc(0) : await readBody(request);
    return {
      method: request.method ?? 'GET', path, query, user, ...(user === caller ? {} : { impersonator: caller }),
      body: { bytes, contentType: request.headers['content-type'] ?? '' },
      contentType: request.headers['content-type'] ?? '',
      accept: request.headers.accept ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      part: 'you', cause: [], external: true,
    };
  }

  #authenticate(request: IncomingMessage): UserInfo {
    const certificate = this.#certificates?.of(connectionOf(request), this.#options.now());
    const { authorization } = request.headers;
    const credentials = { ...(authorization ? { authorization } : {}), ...(certificate ? { certificate } : {}) };
    for (const authenticator of this.#options.authenticators) {
      const found = authenticator.authenticate(credentials);
      if (found === 'invalid') throw newUnauthorized();
      if (found) return found;
    }
    // What was shown and convinced nobody is worse than nothing.
    if (authorization || connectionOf(request).getPeerCertificate()?.raw) throw newUnauthorized();
    return ANONYMOUS;
  }

  /** Whom the caller wants to be, if he may. */
  #actingUser(request: IncomingMessage, caller: UserInfo, path: string, query: Readonly<Record<string, string>>): UserInfo {
    return impersonate(caller, headersDistinct(request), requestInfo(request.method ?? 'GET', path, query), this.#options.authorizer);
  }

  /** The same chain as for any request; what comes of it takes over the socket. */
  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { answer } = await this.#options.handle(await this.#toHandled(request));
      if (answer.type !== 'connect') throw newForbidden({ group: '', resource: '' }, '', 'this path does not change protocols');
      await answer.connect({ request, socket, head });
    } catch (error) {
      if (error instanceof ConnectionRefusedError) return void socket.destroy();
      const status = toStatus(error);
      const { body, contentType } = statusBody(status);
      socket.end(`HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? 'Refused'}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString('utf8')}`);
    }
  }
}

const isHttp2 = (request: IncomingMessage): boolean => request.httpVersionMajor === 2;
const sessionOf = (request: IncomingMessage): Http2ServerRequest['stream']['session'] => (request as unknown as Http2ServerRequest).stream.session;

/** The connection itself, the same one for all its requests. */
function connectionOf(request: IncomingMessage): TLSSocket {
  return (isHttp2(request) ? sessionOf(request)?.socket ?? request.socket : request.socket) as TLSSocket;
}

function hangUp(request: IncomingMessage): void {
  if (isHttp2(request)) sessionOf(request)?.destroy();
  else request.socket.destroy();
}

/** Each value of a header that was sent several times; Node has this for HTTP/1.1 only. */
function headersDistinct(request: IncomingMessage): NodeJS.Dict<string[]> {
  if (!isHttp2(request)) return request.headersDistinct;
  const found: NodeJS.Dict<string[]> = {};
  for (let index = 0; index < request.rawHeaders.length; index += 2) (found[request.rawHeaders[index]!.toLowerCase()] ??= []).push(request.rawHeaders[index + 1]!);
  return found;
}

function toStatus(error: unknown): StatusError {
  return error instanceof StatusError ? error : new StatusError({ message: `Internal error occurred: ${String(error)}`, reason: 'InternalError', code: 500 });
}

function parseUrl(url: string): { path: string; query: Record<string, string> } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query: Record<string, string> = {};
  if (mark >= 0) {
    const parameters = new URLSearchParams(url.slice(mark + 1));
    // exec repeats `command`: kept together, one a line.
    for (const key of new Set(parameters.keys())) query[key] = key === 'command' ? JSON.stringify(parameters.getAll(key)) : key === 'ports' ? parameters.getAll(key).join(',') : (parameters.get(key) ?? '');
  }
  return { path, query };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw newRequestEntityTooLarge(`limit is ${BODY_LIMIT}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

