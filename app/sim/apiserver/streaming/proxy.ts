import type { EndpointSlice, Pod, Service, Stored } from '../../../contracts/k8s/index.ts';
import { newBadRequest, newServiceUnavailable } from '../../machinery/errors.ts';
import { call, NoAnswer, type HttpExchange } from '../../machinery/http-client.ts';
import { BytePipe } from '../../machinery/streams.ts';
import type { HandledRequest } from '../filters/handler.ts';
import type { Answer } from '../handlers/answer.ts';
import type { RouterOptions } from '../handlers/router.ts';
import type { RequestContext } from '../interfaces.ts';
import type { Registry } from '../registry/registry.ts';
import { kubeletOf } from './log.ts';

/** Hop-by-hop and framing headers say nothing about the answer itself. */
const NOT_PASSED_ON = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade', 'content-type']);

/**
 * GET (and POST, PUT, …) pods|services|nodes/[SCHEME:]NAME[:PORT]/proxy/PATH: the API server asks in the caller's place.
 * models pkg/registry/core/pod|service|node/rest: ProxyREST, and apimachinery/pkg/util/proxy: UpgradeAwareHandler
 */
export async function proxyRequest(request: HandledRequest, context: RequestContext, registry: Registry, options: RouterOptions): Promise<Answer> {
  const { info } = context;
  const prefix = request.path.slice(0, request.path.indexOf('/proxy') + '/proxy'.length);
  const rest = request.path.slice(prefix.length);
  if (rest === '') return { type: 'text', code: 301, text: '', contentType: 'text/plain; charset=utf-8', headers: { location: `${prefix}/${queryText(request)}` } };
  const { name, port } = splitName(info.name);
  if (info.resource === 'nodes') {
    registry.get(undefined, name);
    const { code, contentType, body } = await kubeletOf({ spec: { nodeName: name, containers: [] } }, options).http(rest, request.query);
    return { type: 'text', code, text: body, contentType };
  }
  const target = info.resource === 'services' ? endpointOf(registry.get(info.namespace, name).object as unknown as Stored<Service>, port, options) : addressOf(registry.get(info.namespace, name).object as unknown as Stored<Pod>, port);
  const exchange = await ask(request, `${rest}${queryText(request)}`, target, options);
  return answerOf(exchange, prefix);
}

interface Target {
  readonly host: string;
  readonly port: number;
}

/** models apimachinery/pkg/util/net: SplitSchemeNamePort */
function splitName(text: string): { name: string; port: string } {
  const parts = text.split(':');
  if (parts.length === 3) return { name: parts[1]!, port: parts[2]! };
  return { name: parts[0]!, port: parts[1] ?? '' };
}

function addressOf(pod: Stored<Pod>, port: string): Target {
  const host = pod.status?.podIP;
  if (!host) throw newBadRequest('address not allowed');
  const first = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? [])[0]?.containerPort;
  return { host, port: Number(port || (first ?? 80)) };
}

/** An endpoint of the Service's port, by number or name. models pkg/registry/core/service/storage: ResourceLocation */
function endpointOf({ metadata: { name, namespace }, spec }: Stored<Service>, asked: string, { cache }: RouterOptions): Target {
  const byNumber = spec?.ports?.find((port) => String(port.port) === asked);
  if (/^\d+$/.test(asked) && !byNumber) throw newServiceUnavailable(`no service port ${asked} found for service ${JSON.stringify(name)}`);
  const portName = byNumber ? (byNumber.name ?? '') : asked;
  const slices = cache.list<Stored<EndpointSlice>>('endpointslices', namespace).filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  for (const slice of slices) {
    const port = slice.ports?.find((candidate) => (candidate.name ?? '') === portName)?.port;
    const host = (slice.endpoints ?? []).find((endpoint) => endpoint.conditions?.ready !== false)?.addresses?.[0];
    if (port !== undefined && host !== undefined) return { host, port };
  }
  throw newServiceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
}

function queryText({ query }: HandledRequest): string {
  const text = new URLSearchParams(Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]))).toString();
  return text === '' ? '' : `?${text}`;
}

async function ask(request: HandledRequest, path: string, { host, port }: Target, { dial }: RouterOptions): Promise<HttpExchange> {
  const body = 'bytes' in request.body ? request.body.bytes : undefined;
  try {
    const connection = await dial(host, port);
    return await call(connection, {
      method: request.method, path, ...(body && body.length > 0 ? { body: new Uint8Array(body) } : {}),
      headers: [['Host', `${host}:${port}`], ['User-Agent', request.userAgent], ['Accept', request.accept || '*/*'], ['X-Forwarded-Uri', request.path], ...(body && body.length > 0 ? [['Content-Type', request.contentType] as const, ['Content-Length', String(body.length)] as const] : [])],
    });
  } catch (error) {
    if (error instanceof NoAnswer) throw newServiceUnavailable('error trying to reach service: EOF');
    throw newServiceUnavailable(`error trying to reach service: dial tcp ${host}:${port}: connect: ${(error as Error).message.toLowerCase()}`);
  }
}

/** Links of a page that begin at the root are led through the proxy too. models apimachinery/pkg/util/proxy: Transport */
function answerOf({ status, headers, body }: HttpExchange, prefix: string): Answer {
  const header = (name: string): string | undefined => headers.find(([candidate]) => candidate.toLowerCase() === name)?.[1];
  const contentType = header('content-type') ?? 'application/octet-stream';
  const shown = contentType.startsWith('text/html') ? Buffer.from(Buffer.from(body).toString('utf8').replace(/\b(href|src|action)="\/(?!\/)/g, `$1="${prefix}/`)) : body;
  const source = new BytePipe();
  source.write(new Uint8Array(shown));
  source.end();
  return { type: 'stream', code: status, contentType, source, headers: Object.fromEntries(headers.filter(([name]) => !NOT_PASSED_ON.has(name.toLowerCase()))), abort: () => source.abandon() };
}
