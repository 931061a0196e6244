import type { Clock, Random } from '../../../base/clock/index.ts';
import type { EndpointSlice, Service, Stored } from '../../../contracts/k8s/index.ts';
import { call, type HttpExchange } from '../../machinery/http-client.ts';
import type { Connection } from '../../machinery/streams.ts';
import type { NetworkNamespace } from '../../network/network.ts';
import { logDate } from '../../container-runtime/images/dates.ts';
import { readRequest, writeAnswer, type Answer, type Request } from './http.ts';
import { choose, modifyPath, type Asked, type Backend, type Filter, type Route } from './table.ts';

/** After so long without a connection a backend counts as gone. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface ProxyOptions {
  readonly network: NetworkNamespace;
  readonly clock: Clock;
  readonly random: Random;
  readonly hostname: string;
  service(namespace: string, name: string): Stored<Service> | undefined;
  slices(namespace: string, service: string): readonly Stored<EndpointSlice>[];
  log(line: string): void;
}

class Failed extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** The data plane: takes requests on the listeners' ports and hands each to an endpoint of the route that fits it. */
export class Proxy {
  routes: readonly Route[] = [];
  readonly #options: ProxyOptions;
  readonly #listening = new Map<number, { close(): void }>();
  #requests = 0;
  #turn = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  get requests(): number {
    return this.#requests;
  }

  listen(ports: ReadonlySet<number>): void {
    for (const [port, server] of this.#listening) if (!ports.has(port)) server.close(), this.#listening.delete(port);
    for (const port of ports) {
      if (this.#listening.has(port)) continue;
      try {
        this.#listening.set(port, this.#options.network.listen({ port, process: 'gateway' }, (connection) => void this.#serve(connection, port)));
      } catch (error) {
        this.#options.log(`cannot listen on port ${port}: ${(error as Error).message}`);
      }
    }
  }

  dispose(): void {
    this.listen(new Set());
  }

  async #serve(connection: Connection, port: number): Promise<void> {
    for (;;) {
      const request = await readRequest(connection);
      if (!request) return connection.close();
      const { clock } = this.#options;
      const startedAt = clock.now();
      const { answer, route, target } = await this.#answer(request, port, connection.remoteAddress.split(':')[0]!);
      const isKept = writeAnswer(connection, request, answer);
      this.#log(request, connection.remoteAddress, answer, route, target, clock.now() - startedAt);
      if (!isKept) return connection.close();
    }
  }

  async #answer(request: Request, port: number, client: string): Promise<{ answer: Answer; route?: Route; target?: string }> {
    const url = new URL(request.path, 'http://x');
    const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const asked: Asked = { port, host: (headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase(), method: request.method, path: decoded(url.pathname), query: url.searchParams, headers };
    const route = choose(this.routes, asked);
    if (!route) return { answer: plain(404, '404 page not found\n') };
    const redirect = route.filters.find(({ type }) => type === 'RequestRedirect');
    if (redirect) return { answer: redirected(redirect, route, asked, url.search), route };
    let target: string | undefined;
    try {
      const backend = this.#pick(route.backends);
      target = this.#endpoint(backend);
      const filters = [...route.filters, ...backend.filters];
      const exchange = await this.#forward(request, { ...asked, client, search: url.search }, route, filters, target);
      return { answer: { status: exchange.status, statusText: exchange.statusText, headers: changed(exchange.headers, filters.map((filter) => filter.responseHeaderModifier)), body: exchange.body }, route, target };
    } catch (error) {
      const { status, message } = error instanceof Failed ? error : new Failed(502, 'Bad Gateway');
      return { answer: plain(status, message), route, ...(target ? { target } : {}) };
    }
  }

  /** By weight. Nobody to choose from, or a broken one chosen: the request fails. */
  #pick(backends: readonly Backend[]): Backend {
    const total = backends.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) throw new Failed(500, 'Internal Server Error');
    let left = this.#options.random.int(total);
    const chosen = backends.find(({ weight }) => (left -= weight) < 0)!;
    if (chosen.isBroken) throw new Failed(500, 'Internal Server Error');
    return chosen;
  }

  /** An endpoint of the Service, in turn: `10.244.1.3:8080`. */
  #endpoint({ namespace, service: name, port: wanted }: Backend): string {
    const service = this.#options.service(namespace, name);
    const port = (service?.spec?.ports ?? []).find((one) => one.port === wanted || one.name === wanted);
    if (!service || !port) throw new Failed(503, 'no available server\n');
    if (service.spec?.type === 'ExternalName') return `${service.spec.externalName}:${port.port}`;
    const ready = this.#options.slices(namespace, name).flatMap((slice) => {
      const number = (slice.ports ?? []).find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
      return number === undefined ? [] : (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).map(({ addresses }) => `${addresses[0]}:${number}`);
    });
    if (ready.length === 0) throw new Failed(503, 'no available server\n');
    return ready[this.#turn++ % ready.length]!;
  }

  async #forward(request: Request, asked: Asked & { client: string; search: string }, route: Route, filters: readonly Filter[], target: string): Promise<HttpExchange> {
    const { network, clock, hostname } = this.#options;
    const rewrite = filters.find(({ type }) => type === 'URLRewrite')?.urlRewrite;
    const path = `${encodeURI(modifyPath(rewrite?.path, route.match.path, asked.path))}${asked.search}`;
    const forwarded: [string, string][] = [['X-Forwarded-For', asked.client], ['X-Forwarded-Host', asked.host], ['X-Forwarded-Port', String(asked.port)], ['X-Forwarded-Proto', asked.port === 443 ? 'https' : 'http'], ['X-Forwarded-Server', hostname], ['X-Real-Ip', asked.client]];
    const own = request.headers.filter(([name]) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name.toLowerCase()) && !forwarded.some(([other]) => other.toLowerCase() === name.toLowerCase()));
    const host = rewrite?.hostname ?? asked.headers['host'] ?? '';
    const headers = [['Host', host] as const, ...changed([...own, ...forwarded], filters.map((filter) => filter.requestHeaderModifier)), ...(request.body.length > 0 ? [['Content-Length', String(request.body.length)] as const] : []), ['Connection', 'close'] as const];
    const [address = '', port = ''] = target.split(':');
    const abort = new AbortController();
    const limit = <T>(promise: Promise<T>, milliseconds: number | undefined): Promise<T> => {
      if (milliseconds === undefined) return promise;
      const timer: { dispose(): void }[] = [];
      const late = new Promise<never>((_, reject) => timer.push(clock.schedule(milliseconds, () => (abort.abort(), reject(new Failed(504, 'Gateway Timeout'))))));
      return Promise.race([promise, late]).finally(() => timer[0]!.dispose());
    };
    const exchange = async (): Promise<HttpExchange> => {
      const connection = await limit(network.resolve(address).then(([ip]) => network.dial(ip!, Number(port), abort.signal)), CONNECT_TIMEOUT_MS);
      abort.signal.addEventListener('abort', () => connection.close(), { once: true });
      return call(connection, { method: request.method, path, headers, ...(request.body.length > 0 ? { body: request.body } : {}) });
    };
    const result = exchange();
    result.catch(() => {});
    return limit(result, route.timeoutMs);
  }

  /** As Traefik writes it: who, what, by which route, to which endpoint. */
  #log({ method, path, headers }: Request, client: string, { status, body }: Answer, route: Route | undefined, target: string | undefined, took: number): void {
    const agent = headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? '-';
    this.#options.log(`${client.split(':')[0]} - - [${logDate(this.#options.clock.now())}] "${method} ${path} HTTP/1.1" ${status} ${body.length} "-" "${agent}" ${++this.#requests} "${route?.source ?? '-'}" "${target ? `http://${target}` : '-'}" ${Math.round(took)}ms`);
  }
}

function plain(status: number, text: string): Answer {
  return { status, statusText: '', headers: [['Content-Type', 'text/plain; charset=utf-8']], body: Buffer.from(text) };
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function redirected({ requestRedirect = {} }: Filter, { match }: Route, asked: Asked, search: string): Answer {
  const scheme = requestRedirect.scheme ?? (asked.port === 443 ? 'https' : 'http');
  // Without a port: that of a scheme that is given, or the listener's.
  const port = requestRedirect.port ?? (requestRedirect.scheme ? undefined : asked.port);
  const isUsual = port === undefined || (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443);
  const location = `${scheme}://${requestRedirect.hostname ?? asked.host}${isUsual ? '' : `:${port}`}${modifyPath(requestRedirect.path, match.path, asked.path)}${search}`;
  return { status: requestRedirect.statusCode ?? 302, statusText: '', headers: [['Location', location]], body: new Uint8Array() };
}

type HeaderList = readonly (readonly [string, string])[];

function changed(headers: HeaderList, changes: readonly (Filter['requestHeaderModifier'] | undefined)[]): HeaderList {
  let list = [...headers];
  for (const { set = [], add = [], remove = [] } of changes.flatMap((change) => (change ? [change] : []))) {
    const gone = new Set([...remove, ...set.map(({ name }) => name)].map((name) => name.toLowerCase()));
    list = [...list.filter(([name]) => !gone.has(name.toLowerCase())), ...[...set, ...add].map(({ name, value }) => [name, value] as const)];
  }
  return list;
}
